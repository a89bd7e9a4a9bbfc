"""Draw every registered workflow into docs/workflows.md: a state diagram and its table."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from core import registry
from core.workflow import Transition, Workflow, permission_name

TARGET = Path(settings.BASE_DIR) / "docs" / "workflows.md"
HEAD = """# How every case moves

Drawn from the tables in each app's `workflow.py` by `manage.py workflow_diagrams`; do not edit.
Names are those of code and API; the words beside them are the labels on screen.
"""
COLUMNS = ("Transition", "From", "To", "Right", "What it needs and does")


class Command(BaseCommand):
    """manage.py workflow_diagrams [--check]"""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail if the file is stale")
        parser.add_argument("--file", type=Path, default=TARGET)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file, or say that it does not say what the tables say."""
        path: Path = options["file"]
        text = document([registry.workflows[model] for model in registry.case_models()])
        if not options["check"]:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            self.stdout.write(f"{path} is written")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            raise CommandError(f"{path} is stale. Run: manage.py workflow_diagrams")


def document(flows: list[Workflow]) -> str:
    """Return the whole file, with Japanese labels whatever language is active."""
    with translation.override("ja"):
        return "\n".join([HEAD, *(section(flow) for flow in flows)])


def section(flow: Workflow) -> str:
    """Return one workflow: heading, diagram, table, and what owners see of hidden statuses."""
    meta = flow.model._meta
    lines = [
        f"## {meta.label} — {meta.verbose_name}",
        "",
        *diagram(flow),
        "",
        f"| {' | '.join(COLUMNS)} |",
        f"|{'---|' * len(COLUMNS)}",
        *(f"| {' | '.join(cells(flow, row))} |" for row in flow.transitions),
        "",
        f"Edited while: {names(flow.editable)}.",
    ]
    lines += [f"Owners see `{shown}` for `{status}`." for status, shown in flow.hidden.items()]
    return "\n".join([*lines, ""])


def diagram(flow: Workflow) -> list[str]:
    """Return the mermaid state diagram."""
    statuses = flow.model.Status  # type: ignore[attr-defined]
    moves = [
        f"    {source} --> {target}: {row.name}"
        for row in flow.transitions
        for source in row.source
        for target in row.possible_targets
    ]
    labels = [f'    state "{status.label}" as {status.value}' for status in statuses]
    return ["```mermaid", "stateDiagram-v2", *labels, f"    [*] --> {flow.initial}", *moves, "```"]


def cells(flow: Workflow, row: Transition) -> list[str]:
    """Return the table's cells of one transition."""
    right = "the system" if row.system else f"`{permission_name(flow.model, row.verb)}`"
    return [
        f"`{row.name}` {row.label}",
        names(row.source),
        names(row.possible_targets),
        right,
        "; ".join(conditions(row)) or "–",
    ]


def conditions(row: Transition) -> list[str]:
    """Return what the table says of a transition beside its statuses and its right."""
    words = {
        "runs from a decided approval (決)": row.needs_authority,
        "staff may do it on behalf of the body": row.owner_act,
        "guarded": row.guard,
        "a notice (✉)": row.notify,
        f"a letter (✎ `{row.letter}`)": row.letter,
    }
    form = [f"asks for {', '.join(row.form.base_fields)}"] if row.form else []
    barred = [f"not by whoever did `{name}`" for name in row.two_person]
    return [*form, *barred, *(text for text, holds in words.items() if holds)]


def names(values: tuple[str, ...]) -> str:
    """Return statuses as a list of names."""
    return ", ".join(f"`{value}`" for value in values)
