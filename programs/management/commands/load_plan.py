"""Load the plans of programs/plan; safe to run at every start."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.actors import system_actor
from programs.loading import load_plan, plan_files


class Command(BaseCommand):
    """Areas, initiatives, programmes, editions and lines, by natural key."""

    help = "Load the year's plans (YAML); a second run changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, help="default: all in programs/plan")

    def handle(self, *args: Any, **options: Any) -> None:
        for path in options["files"] or plan_files():
            began = time.monotonic()
            loaded = load_plan(path, by=system_actor(), now=timezone.now())
            self.stdout.write(
                f"{path.name}: {loaded.areas} areas, {loaded.initiatives} initiatives, "
                f"{loaded.lines} lines, {loaded.closed} closed ({time.monotonic() - began:.2f} s)"
            )
