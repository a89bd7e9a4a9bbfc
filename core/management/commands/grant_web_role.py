"""Give the web role what it needs and no more; run by the owner after migrate."""

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection

APPEND_ONLY = ("core_auditevent", "core_auditseal", "core_receipt")


class Command(BaseCommand):
    """manage.py grant_web_role (as the owner: CLAIR_DATABASE_ROLE=owner)"""

    help = "Grants the web role its rights on all tables; audit and receipts stay append-only."

    def handle(self, *args, **options):
        role = connection.ops.quote_name(settings.WEB_ROLE)
        with connection.cursor() as cursor:
            cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
            cursor.execute(
                f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"
            )
            cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")
            cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}")
            for table in APPEND_ONLY:
                cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}")
        self.stdout.write(f"rights granted to {settings.WEB_ROLE}")
