"""What apps register with core: workflows and screens by model, reports by name. Filled by each app's modules."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from core.reports import Report
    from core.workflow import Workflow

workflows: "dict[type[models.Model], Workflow]" = {}
reports: "dict[str, Report]" = {}
screens: dict[type[models.Model], Any] = {}


def case_models() -> Iterable[type[models.Model]]:
    """Return every registered case model, in the order of its label."""
    return sorted(workflows, key=lambda model: model._meta.label)


def model_by_label(label: str) -> type[models.Model]:
    """Return the case model of a label such as `grants.Application`; LookupError if none."""
    for model in workflows:
        if model._meta.label_lower == label.lower():
            return model
    raise LookupError(label)
