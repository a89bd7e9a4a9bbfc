"""The staff's pages of the plan, editions with rules, forms and calls."""

from programs.admin.calls import CallAdmin
from programs.admin.editions import CriterionInline, EditionAdmin
from programs.admin.forms import FormAdmin, FormVersionAdmin, QuestionInline
from programs.admin.plan import AreaAdmin, InitiativeAdmin, PlanLineAdmin, ProgramAdmin
from programs.admin.rules import RuleSetAdmin

__all__ = [
    "AreaAdmin",
    "CallAdmin",
    "CriterionInline",
    "EditionAdmin",
    "FormAdmin",
    "FormVersionAdmin",
    "InitiativeAdmin",
    "PlanLineAdmin",
    "ProgramAdmin",
    "QuestionInline",
    "RuleSetAdmin",
]
