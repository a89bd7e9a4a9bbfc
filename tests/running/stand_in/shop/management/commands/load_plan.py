"""Stands for the year's plan."""

from typing import Any

from django.core.management.base import BaseCommand

from shop.models import Thing


class Command(BaseCommand):
    """Load one thing, once."""

    def handle(self, *args: Any, **options: Any) -> None:
        Thing.objects.get_or_create(name="plan")
