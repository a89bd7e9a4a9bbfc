"""The plan as data: areas, lines, programmes, editions with rules, calls and forms."""

from programs.models.calls import Call, CallQuerySet
from programs.models.cases import ProgramCase
from programs.models.confirmations import Confirmation
from programs.models.criteria import Criterion
from programs.models.editions import Edition, Program
from programs.models.forms import Form, FormVersion, Question
from programs.models.plan import Area, Initiative, PlanLine
from programs.models.rulesets import RuleSet

__all__ = [
    "Area",
    "Call",
    "CallQuerySet",
    "Confirmation",
    "Criterion",
    "Edition",
    "Form",
    "FormVersion",
    "Initiative",
    "PlanLine",
    "Program",
    "ProgramCase",
    "Question",
    "RuleSet",
]
