"""Tell the planner what core_bigrams costs: else it computes it row by row rather than use the index."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0006_add_reportrun")]

    operations = [
        migrations.RunSQL(
            "ALTER FUNCTION core_bigrams(text) COST 1000",
            "ALTER FUNCTION core_bigrams(text) COST 100",
        )
    ]
