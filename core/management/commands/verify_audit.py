"""Check the audit's digests and chain; exit code 1 and one line for each break."""

from django.core.management.base import BaseCommand, CommandError

from core import audit
from core.models import AuditEvent, AuditSeal


class Command(BaseCommand):
    """manage.py verify_audit"""

    help = "Checks every audit event's digest, the chain of seals and the exported heads."

    def handle(self, *args, **options):
        found = audit.report_problems()
        for sentence in found:
            self.stderr.write(sentence)
        if found:
            raise CommandError(f"{len(found)} problem(s) in the audit")
        events, seals = AuditEvent.objects.count(), AuditSeal.objects.count()
        self.stdout.write(f"audit whole: {events} events, {seals} sealed, {events - seals} waiting")
