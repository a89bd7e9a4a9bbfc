"""The pairs of characters of a text: pg_trgm cannot find words of two characters, which 難民 is."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION core_bigrams(words text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT pg_catalog.substr(words, at, 2)), '{}')
    FROM pg_catalog.generate_series(1, pg_catalog.length(words) - 1) AS at
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0003_add_jobs")]

    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION core_bigrams(text);")]
