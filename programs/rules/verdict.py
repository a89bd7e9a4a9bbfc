"""The outcome of judging: findings that cite their clause, and the amount that is possible."""

from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.fiscal import era_date_plain
from core.money import format_yen


class Level(StrEnum):
    """A violation stops a submission; a warning and an information do not."""

    VIOLATION = "violation"
    WARNING = "warning"
    INFO = "info"


# What each amount is that the outcome is the least of.
STEPS = {
    "requested": pgettext_lazy("step of the amount", "amount applied for"),
    "cap_left": _("what is left of the cap after the body's other applications of the year"),
    "cost": _("eligible cost"),
    "rate": _("share of the cost that is paid"),
}
# What each finding says; the code is stored, the words are translated when they are shown.
MESSAGES = {
    "applicant_kind": _("A body of this kind cannot apply for this programme."),
    "implementer_only": _(
        "An NPO takes part only as implementer. Apply through a local government or an association."
    ),
    "joint_kind": _("One of the joint bodies is of a kind that cannot apply for this programme."),
    "implementer_kind": _(
        "The kind of one implementer is not named by the rules. CLAIR will check it."
    ),
    "below_floor": _(
        "The amount (%(found)s) is below the least amount %(allowed)s. Ask for %(allowed)s or more."
    ),
    "over_cap": _(
        "The amount requested (%(found)s) is above what is left for this body: %(allowed)s. "
        "Applications for the same fiscal year are added up."
    ),
    "over_cost": _(
        "The amount requested (%(found)s) is above the eligible cost %(allowed)s. "
        "Lower the amount or check the budget."
    ),
    "over_rate": _(
        "The amount requested (%(found)s) is above the share of the cost that is paid: %(allowed)s."
    ),
    "rounded": _("The amount is cut down to %(allowed)s."),
    "no_category": _("Choose at least one category of project."),
    "unknown_category": _("“%(found)s” is no category of this programme. Choose from the list."),
    "unknown_expense": _(
        "“%(found)s” is no class of cost of this programme. Choose from the list."
    ),
    "over_expense_limit": _("A class of cost (%(found)s) is above its limit %(allowed)s."),
    "over_quota": _(
        "This would be the body's application no. %(found)s of the year; at most %(allowed)s "
        "may be filed. Withdraw another one first."
    ),
    "no_share": _("Enter the share of each joint body and of the lead, in yen."),
    "shares_sum": _(
        "The shares add up to %(found)s, but %(allowed)s are applied for. Make them equal."
    ),
    "no_place": _("Choose whether the project takes place mainly in Japan or abroad."),
    "no_currency": _("Choose the currency of the budget: %(allowed)s."),
    "starts_before_decision": _(
        "The project begins on %(found)s. It may begin only after the notice of the decision, "
        "which is planned for %(allowed)s."
    ),
    "no_period": _("Enter the first and the last day of the project."),
    "period_order": _(
        "The project ends (%(found)s) before it begins (%(allowed)s). Check the dates."
    ),
    "starts_too_early": _(
        "The project begins on %(found)s. The first possible day is %(allowed)s."
    ),
    "ends_too_late": _("The project ends on %(found)s. The last possible day is %(allowed)s."),
    "missing_document": _("A required document is missing: %(found)s"),
    "double_funding": _(
        "A project that gets a grant of the state or of a body close to it cannot be supported."
    ),
    "late": _("Arrived after the deadline %(allowed)s."),
    "rate_unknown": _("The rate of support is not confirmed; CLAIR decides the amount."),
}


@dataclass(frozen=True)
class Finding:
    """One thing the rules say about an application, with the clause and the form's field."""

    code: str
    level: Level
    clause: str = ""
    field: str = ""
    found: Any = None
    allowed: Any = None
    is_confirmed: bool = True

    @property
    def text(self) -> str:
        """Return the finding in the reader's language, saying what to do."""
        return MESSAGES[self.code] % {
            "found": show(self.found),
            "allowed": show(self.allowed),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return what is stored and sent: code and values, words left to the reader."""
        row = asdict(self)
        row["found"], row["allowed"] = _plain(self.found), _plain(self.allowed)
        return row | {"level": str(self.level)}


@dataclass(frozen=True)
class Step:
    """One step of the computation of the amount, in yen."""

    code: str
    amount: int

    @property
    def label(self) -> Any:
        """Return what the amount is; empty for the outcome itself."""
        return STEPS.get(self.code, "")


@dataclass(frozen=True)
class Verdict:
    """What the rules say: acceptable or not, why, and how much at most (yen)."""

    findings: tuple[Finding, ...]
    allowed_amount: int
    steps: tuple[Step, ...] = ()
    unconfirmed: tuple[str, ...] = ()

    @property
    def violations(self) -> tuple[Finding, ...]:
        """Return what stops a submission."""
        return tuple(f for f in self.findings if f.level == Level.VIOLATION)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Return what the reader should know but may pass by."""
        return tuple(f for f in self.findings if f.level == Level.WARNING)

    @property
    def is_acceptable(self) -> bool:
        """Say whether nothing stands against a submission."""
        return not self.violations

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as JSON, to be stored with the submission."""
        return {
            "is_acceptable": self.is_acceptable,
            "allowed_amount": self.allowed_amount,
            "findings": [finding.to_dict() for finding in self.findings],
            "steps": [asdict(step) for step in self.steps],
            "unconfirmed": list(self.unconfirmed),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Verdict":
        """Return a stored verdict as it was, so that it can be shown again."""
        return cls(
            findings=tuple(_finding(row) for row in data["findings"]),
            allowed_amount=data["allowed_amount"],
            steps=tuple(Step(**row) for row in data["steps"]),
            unconfirmed=tuple(data["unconfirmed"]),
        )


def show(value: Any) -> str:
    """Write a found or allowed value as the reader reads it: yen, 和暦 or as it stands."""
    if value is None:
        return ""
    if isinstance(value, int):
        return format_yen(value)
    if isinstance(value, date):
        is_japanese = (get_language() or "ja").startswith("ja")
        return era_date_plain(value) if is_japanese else value.isoformat()
    return str(value)


def _plain(value: Any) -> Any:
    return {"date": value.isoformat()} if isinstance(value, date) else value


def _value(value: Any) -> Any:
    return date.fromisoformat(value["date"]) if isinstance(value, dict) else value


def _finding(row: dict[str, Any]) -> Finding:
    values = {"found": _value(row["found"]), "allowed": _value(row["allowed"])}
    return Finding(**row | values | {"level": Level(row["level"])})
