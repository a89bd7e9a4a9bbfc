"""Load the bodies, branches, offices and sections of accounts/data; safe to repeat."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts import reference


class Command(BaseCommand):
    """manage.py load_reference"""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say how many rows were new or different."""
        loaded = reference.load()
        self.stdout.write(
            f"reference data: {loaded.organizations} bodies, {loaded.branches} branch rows, "
            f"{loaded.offices} offices new or changed"
        )
