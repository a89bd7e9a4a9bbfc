"""Load the demo: people, editions with calls open today, applications in every status."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clair import demo


class Command(BaseCommand):
    """manage.py load_demo (demo mode only; once: what is there is left as it is)"""

    help = "Loads demo accounts, editions and applications; does nothing where they exist."

    def handle(self, *args, **options):
        if not settings.DEMO:
            raise CommandError("load_demo runs in demo mode only (CLAIR_DEMO=1)")
        done = demo.load(now=timezone.now())
        self.stdout.write("demo data loaded" if done else "demo data is there already")
