"""The audit and the receipts are append-only: by trigger for everyone, by grant for the web role."""

from django.conf import settings
from django.db import migrations

TABLES = ("core_auditevent", "core_auditseal", "core_receipt")

FUNCTION = """
CREATE FUNCTION core_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
"""
TRIGGER = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION core_append_only();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION core_append_only();
"""
UNTRIGGER = """
DROP TRIGGER {table}_append_only ON {table};
DROP TRIGGER {table}_no_truncate ON {table};
"""


def revoke(apps, schema_editor):
    """Take UPDATE, DELETE and TRUNCATE from the web role, where it exists."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [settings.WEB_ROLE])
        if cursor.fetchone():
            role = schema_editor.quote_name(settings.WEB_ROLE)
            for table in TABLES:
                cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}")


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION core_append_only();"),
        *(
            migrations.RunSQL(TRIGGER.format(table=table), UNTRIGGER.format(table=table))
            for table in TABLES
        ),
        migrations.RunPython(revoke, migrations.RunPython.noop),
        migrations.RunSQL(
            "CREATE SEQUENCE core_receipt_number;", "DROP SEQUENCE core_receipt_number;"
        ),
    ]
