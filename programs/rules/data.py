"""An edition's rules parsed from JSON into types; each rule carries the clause it rests on.

What no public source states is listed in `unconfirmed` and shown so wherever it is used.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from programs.rules.reading import READERS, RuleError, read
from programs.rules.terms import (
    UNITS,
    Advance,
    CapGroup,
    Category,
    ChangeLimits,
    Currency,
    Document,
    Expense,
    Indicator,
    Period,
    RepaymentTerms,
    Window,
    report_day,
)

# A rule without a clause of its own rests on that of the wider rule.
_WIDER = {"window_hours": "window", "joint_counting": "joint_shares", "deduct_income": "rate",
          "report_by": "duties", "asset_years": "asset_threshold"}  # fmt: skip
_OPTIONAL = frozenset({"rate", "joint_cap", "window"})
# Rules that older versions do not have; where they are missing, RuleData's default holds.
_LATER = frozenset({
    "places", "quota", "joint_shares", "joint_counting", "starts_after_decision", "multi_year",
    "currencies", "changes", "duties", "retention_years", "asset_threshold", "report_by",
    "advance", "repayment", "indicators", "asset_years",
})  # fmt: skip
# Of these, those whose default nobody has confirmed where a version does not state them.
ASSUMED = frozenset({"report_by", "advance", "repayment", "indicators", "asset_years"})


@dataclass(frozen=True)
class RuleData:
    """All rules of one edition: amounts in yen, rate as a fraction (None = not known)."""

    applicant_kinds: tuple[str, ...]
    caps: tuple[CapGroup, ...]
    joint_cap: int | None
    floor: int
    rate: Fraction | None
    deduct_income: bool
    rounding_unit: int
    categories: tuple[Category, ...]
    expenses: tuple[Expense, ...]
    documents: tuple[Document, ...]
    period: Period
    window: Window | None
    implementer_kinds: tuple[str, ...]
    implementer_only: tuple[str, ...]
    double_funding_ban: bool
    clauses: dict[str, str] = field(default_factory=dict)
    unconfirmed: frozenset[str] = frozenset()
    places: tuple[str, ...] = ()
    quota: int | None = None
    joint_shares: bool = False
    joint_counting: str = "lead"
    starts_after_decision: str = "never"
    multi_year: bool = False
    currencies: tuple[Currency, ...] = ()
    changes: ChangeLimits = field(default_factory=ChangeLimits)
    duties: dict[str, int] = field(default_factory=dict)
    retention_years: int | None = None
    asset_threshold: int | None = None
    report_by: str | None = None
    advance: Advance | None = None
    repayment: RepaymentTerms = field(default_factory=RepaymentTerms)
    indicators: tuple[Indicator, ...] = ()
    asset_years: int | None = None

    @classmethod
    def parse(cls, data: dict[str, Any]) -> "RuleData":
        """Return the rules typed, or raise RuleError naming the first field that is wrong."""
        unknown = sorted(set(data) - set(READERS))
        if unknown:
            raise RuleError(_("Unknown rule: %(name)s") % {"name": ", ".join(unknown)})
        missing = sorted(set(READERS) - set(data) - _OPTIONAL - _LATER)
        if missing:
            raise RuleError(_("Missing rule: %(name)s") % {"name": ", ".join(missing)})
        given = {name for name in READERS if name in data or name in _OPTIONAL}
        values = {name: read(name, data.get(name)) for name in given}
        values["unconfirmed"] = values.get("unconfirmed", frozenset()) | (ASSUMED - set(data))
        rules = cls(**values)
        _check(rules)
        return rules

    def cap_for(self, kind: str, *, is_joint: bool, place: str = "") -> int | None:
        """Return the ceiling (yen) for a body of that kind and place; a joint project has its own.

        While the place is not known, the highest ceiling of the kind holds.
        """
        if is_joint and self.joint_cap is not None:
            return self.joint_cap
        found = [
            group.cap
            for group in self.caps
            if kind in group.kinds and (not place or group.place in ("", place))
        ]
        return max(found, default=None)

    def currency(self, code: str) -> Currency | None:
        """Return the currency with its rate; None where the edition does not take it."""
        return next((row for row in self.currencies if row.code == code), None)

    def days(self, duty: str, default: int) -> int:
        """Return the days for a duty, or the default where the edition sets none."""
        return self.duties.get(duty, default)

    def report_due(self, ends_on: date, fiscal_year: int) -> date | None:
        """Return when the final report is due: days after the end, or the day of the year if earlier.

        A project that is unfinished at the year's end reports all the same (補助金適正化法 Art. 14).
        """
        found = [report_day(self.report_by, fiscal_year)] if self.report_by else []
        if "report" in self.duties:
            found.append(ends_on + timedelta(days=self.duties["report"]))
        return min(found, default=None)

    def waits_for_decision(self, round_number: int) -> bool:
        """Say whether a project of that round may begin only after the notice of the decision."""
        asked = self.starts_after_decision
        return asked == "always" or (asked == "second_round" and round_number > 1)

    def clause(self, name: str) -> str:
        """Return the clause that the named rule rests on, its own or that of the wider rule."""
        return self.clauses.get(name) or self.clauses.get(_WIDER.get(name, ""), "")

    def is_confirmed(self, name: str) -> bool:
        """Say whether a public source states the named rule."""
        return name not in self.unconfirmed


def _check(rules: RuleData) -> None:
    """Refuse data whose fields contradict each other."""
    if rules.rounding_unit not in UNITS:
        message = _("The rounding unit must be 1, 10, 100, 1,000 or 10,000 yen.")
        raise RuleError(message, "rounding_unit")
    without_cap = [k for k in rules.applicant_kinds if rules.cap_for(k, is_joint=False) is None]
    if rules.caps and without_cap:
        raise RuleError(_("No ceiling for: %(name)s") % {"name": ", ".join(without_cap)}, "caps")
    _check_places(rules)
    for name in ("categories", "expenses", "documents", "indicators"):
        keys = [row.key for row in getattr(rules, name)]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            message = _("The same key stands twice: %(name)s") % {"name": ", ".join(twice)}
            raise RuleError(message, name)
    if any(document.when not in ("always", "joint", "optional") for document in rules.documents):
        raise RuleError(_("A document is asked always, joint or optional."))


def _check_places(rules: RuleData) -> None:
    """Every kind has a ceiling at every place of the edition, and no ceiling names another."""
    if any(group.place and group.place not in rules.places for group in rules.caps):
        raise RuleError(_("A ceiling names a place that the edition does not ask for."), "caps")
    for place in rules.places if rules.caps else ():
        without = [
            k
            for k in rules.applicant_kinds
            if rules.cap_for(k, is_joint=False, place=place) is None
        ]
        if without:
            raise RuleError(_("No ceiling for: %(name)s") % {"name": ", ".join(without)}, "caps")
