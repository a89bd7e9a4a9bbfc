"""All rules of an edition in boxes and rows, read from data and written back to data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.fields import NormalizedCharField, YenField
from programs.forms.rule_boxes import (
    PLACE_CHOICES,
    CapRow,
    CategoryRow,
    CountField,
    CurrencyRow,
    DocumentRow,
    ExpenseRow,
    HourField,
    IndicatorRow,
    KindsField,
    MonthDayField,
    PercentField,
    RowSet,
    ShareField,
    rows_of,
)
from programs.kinds import KINDS
from programs.rules import RuleData, RuleError
from programs.rules.data import ASSUMED
from programs.rules.terms import DUTIES, UNITS, YEAR_DAYS, RepaymentTerms

ROWS: dict[str, type[forms.Form]] = {
    "caps": CapRow,
    "currencies": CurrencyRow,
    "categories": CategoryRow,
    "expenses": ExpenseRow,
    "documents": DocumentRow,
    "indicators": IndicatorRow,
}
TERMS = ("surcharge_percent", "arrears_percent", "year_days")
# Each heading with its rules, and the boxes of each rule.
LAYOUT: tuple[tuple[Any, tuple[tuple[str, Any, tuple[str, ...]], ...]], ...] = (
    (
        gettext_lazy("Who may apply"),
        (
            ("applicant_kinds", gettext_lazy("Who may apply"), ("applicant_kinds",)),
            ("implementers", gettext_lazy("Implementers"), ("implementer_kinds", "implementer_only")),
            ("quota", gettext_lazy("How many applications"), ("quota",)),
            ("routing", gettext_lazy("Way through the branch"), ()),
        ),
    ),
    (
        gettext_lazy("How much"),
        (
            ("places", gettext_lazy("Place of the project"), ("places",)),
            ("caps", gettext_lazy("Ceilings"), ("joint_cap",)),
            ("floor", gettext_lazy("Least amount"), ("floor",)),
            ("rate", gettext_lazy("Rate"), ("rate",)),
            ("deduct_income", gettext_lazy("Income"), ("deduct_income",)),
            ("rounding_unit", gettext_lazy("Fractions"), ("rounding_unit",)),
            ("currencies", gettext_lazy("Currency"), ()),
            ("joint_shares", gettext_lazy("Joint project"), ("joint_shares",)),
            ("joint_counting", gettext_lazy("Ceiling with joint projects"), ("joint_counting",)),
        ),
    ),
    (
        gettext_lazy("What and when"),
        (
            ("categories", gettext_lazy("What kind of project"), ()),
            ("period", gettext_lazy("Project period"), ("period_starts", "period_ends")),
            ("starts_after_decision", gettext_lazy("Beginning of the project"), ("starts_after_decision",)),
            ("multi_year", gettext_lazy("Several years"), ("multi_year",)),
            ("window", gettext_lazy("When applications are taken"), ("window_opens", "window_closes")),
            ("window_hours", gettext_lazy("Hour"), ("window_hour",)),
        ),
    ),
    (
        gettext_lazy("Costs and papers"),
        (
            ("expenses", gettext_lazy("Eligible costs"), ()),
            ("documents", gettext_lazy("Documents"), ()),
            ("double_funding_ban", gettext_lazy("Other grants"), ("double_funding_ban",)),
        ),
    ),
    (
        gettext_lazy("After the decision"),
        (
            ("changes", gettext_lazy("Changes"), ("change_share", "change_amount")),
            ("duties", gettext_lazy("Days"), tuple(f"duty_{duty}" for duty in DUTIES)),
            ("report_by", gettext_lazy("Report at the latest"), ("report_by",)),
            ("indicators", gettext_lazy("Figures of the result"), ()),
            ("advance", gettext_lazy("Payment in advance"), ("advance_allowed", "advance_share")),
            ("repayment", gettext_lazy("Surcharge and arrears"), tuple(f"repayment_{name}" for name in TERMS)),
            ("retention_years", gettext_lazy("Papers to keep"), ("retention_years",)),
            ("asset_threshold", gettext_lazy("Equipment"), ("asset_threshold",)),
            ("asset_years", gettext_lazy("Years of the limit"), ("asset_years",)),
        ),
    ),
)  # fmt: skip
TITLES: dict[str, Any] = {
    name: title for _heading, rules in LAYOUT for name, title, _boxes in rules
}
# Rules whose boxes stand in the data under their own names, with what an empty box means.
PLAIN = (
    "applicant_kinds", "implementer_kinds", "implementer_only", "places", "quota", "joint_cap",
    "rate", "deduct_income", "joint_shares", "joint_counting", "starts_after_decision",
    "multi_year", "double_funding_ban", "retention_years", "asset_threshold",
    "asset_years",
)  # fmt: skip


def _flag(label: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False)


def _choice(label: Any, *choices: tuple[str, Any]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, initial=choices[0][0])


def _days(label: Any) -> CountField:
    return CountField(label=label, required=False)


class RuleForm(forms.Form):
    """The rules that are no rows; beside each its clause and whether a source states it."""

    applicant_kinds = KindsField(label=gettext_lazy("kinds of bodies that may apply"))
    implementer_kinds = KindsField(
        label=gettext_lazy("kinds of bodies that may carry the project out"), required=False
    )
    implementer_only = KindsField(
        label=gettext_lazy("kinds of bodies that take part only as implementers"), required=False
    )
    quota = CountField(
        label=gettext_lazy("applications a year for each body (empty: any number)"), required=False
    )
    places = forms.MultipleChoiceField(
        label=gettext_lazy("ask where the project takes place"), choices=PLACE_CHOICES,
        widget=forms.CheckboxSelectMultiple, required=False,
    )  # fmt: skip
    joint_cap = YenField(
        label=gettext_lazy("ceiling of a joint project (yen; empty: as alone)"), required=False
    )
    floor = YenField(label=gettext_lazy("least amount (yen; empty: none)"), required=False)
    rate = ShareField(
        label=gettext_lazy("share of the eligible cost, as 1/2 (empty: not known)"), required=False
    )
    deduct_income = _flag(gettext_lazy("take income off the cost first"))
    rounding_unit = forms.TypedChoiceField(
        label=gettext_lazy("amounts below this are cut off (yen)"),
        choices=[(unit, f"{unit:,}") for unit in UNITS],
        coerce=int,
        initial=1_000,
    )
    joint_shares = _flag(gettext_lazy("each body of a joint project enters its share"))
    joint_counting = _choice(
        gettext_lazy("of the ceilings of the year, a joint project takes"),
        ("lead", gettext_lazy("the whole amount from the lead")),
        ("shares", gettext_lazy("from each body its share")),
    )
    period_starts = MonthDayField(label=gettext_lazy("first possible day, as 4月1日"))
    period_ends = MonthDayField(label=gettext_lazy("last possible day, as 2月末"))
    starts_after_decision = _choice(
        gettext_lazy("begin only after the notice of the decision"),
        ("never", gettext_lazy("not asked")),
        ("second_round", gettext_lazy("from the second round on")),
        ("always", gettext_lazy("always")),
    )
    multi_year = _flag(gettext_lazy("several years are possible, examined again each year"))
    window_opens = MonthDayField(label=gettext_lazy("usually from"), required=False)
    window_closes = MonthDayField(label=gettext_lazy("usually until"), required=False)
    window_hour = HourField(
        label=gettext_lazy("hour on the last day, as 17:00 (empty: not known)"), required=False
    )
    double_funding_ban = _flag(gettext_lazy("no other grant of the state or a body close to it"))
    change_share = ShareField(
        label=gettext_lazy("approval above this share of a class of cost"), required=False
    )
    change_amount = YenField(
        label=gettext_lazy("approval above this amount moved (yen)"), required=False
    )
    duty_correction = _days(gettext_lazy("days for a correction"))
    duty_withdrawal = _days(gettext_lazy("days for a withdrawal after the notice"))
    duty_processing = _days(gettext_lazy("days to the decision (standard)"))
    duty_report = _days(gettext_lazy("days for the report after the project"))
    duty_change = _days(gettext_lazy("days ahead for a change"))
    duty_claim = _days(gettext_lazy("days for the claim after the notice of the fixed amount"))
    duty_repayment = _days(gettext_lazy("days for a repayment after its order"))
    duty_tax_credit = _days(gettext_lazy("days for the report on the tax credit"))
    retention_years = CountField(label=gettext_lazy("years that papers are kept"), required=False)
    asset_threshold = YenField(
        label=gettext_lazy("price of equipment from which disposal needs approval (yen)"),
        required=False,
    )

    asset_years = CountField(
        label=gettext_lazy("years in which disposal needs approval"), required=False
    )
    report_by = MonthDayField(
        label=gettext_lazy("last day for reports, as 3月31日; April and May: after the year"),
        required=False,
    )
    advance_allowed = _flag(gettext_lazy("payment before the amount is fixed is possible"))
    advance_share = ShareField(
        label=gettext_lazy("at most this share of the decided amount (empty: all of it)"),
        required=False,
    )
    repayment_surcharge_percent = PercentField(
        label=gettext_lazy("surcharge after a cancellation, percent a year")
    )
    repayment_arrears_percent = PercentField(
        label=gettext_lazy("arrears on what is paid late, percent a year")
    )
    repayment_year_days = forms.TypedChoiceField(
        label=gettext_lazy("days by which a year is divided"),
        choices=[(days, str(days)) for days in YEAR_DAYS],
        coerce=int,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in TITLES:
            self.fields[f"clause_{name}"] = NormalizedCharField(
                label=_("clause"), max_length=300, required=False
            )
            self.fields[f"confirmed_{name}"] = _flag(_("confirmed by a source"))

    def clean(self) -> dict[str, Any]:
        """A usual window has both days or none."""
        cleaned = super().clean() or {}
        for one, other in (("window_opens", "window_closes"), ("window_closes", "window_opens")):
            if cleaned.get(one) and not cleaned.get(other) and other not in self.errors:
                self.add_error(other, _("Give both days, or neither."))
        if cleaned.get("window_hour") and not cleaned.get("window_opens"):
            self.add_error("window_hour", _("Give the days too, or leave the hour empty."))
        if cleaned.get("advance_share") and not cleaned.get("advance_allowed"):
            self.add_error(
                "advance_share", _("Tick that it is possible, or leave the share empty.")
            )
        return cleaned


@dataclass
class Block:
    """One rule on the page: its boxes, its rows, its clause and mark, and what is wrong."""

    name: str
    title: Any
    boxes: list[BoundField]
    clause: BoundField
    confirmed: BoundField
    rows: RowSet | None = None
    errors: list[str] = field(default_factory=list)

    @property
    def is_wrong(self) -> bool:
        """Say whether a box, a row or the rule as a whole is refused."""
        row_faults = any(form.errors for form in self.rows.forms) if self.rows else False
        boxes = (*self.boxes, self.clause)
        return bool(self.errors) or row_faults or any(box.errors for box in boxes)


class RuleEditor:
    """The boxes and rows of one set of rules, shown from data or read from a POST."""

    def __init__(self, base: Mapping[str, Any], posted: Any = None) -> None:
        self.base = base
        self.form = RuleForm(posted, initial=_initial(base))
        self.rows = {
            name: rows_of(row)(
                posted, prefix=name, initial=None if posted else list(base.get(name, ()))
            )
            for name, row in ROWS.items()
        }
        self.errors: dict[str, list[str]] = {}
        self._checked: bool | None = None

    def is_valid(self) -> bool:
        """Check boxes, rows, and the rules as a whole; each fault stands at its rule."""
        if self._checked is None:
            sets = [rows.is_valid() for rows in self.rows.values()]
            self._checked = self.form.is_valid() and all(sets) and self._fits()
        return self._checked

    def _fits(self) -> bool:
        data = self.data()
        missing = _without_cap(data)
        if missing:
            names = _(", ").join(str(KINDS[kind]) for kind in missing)
            self.errors["caps"] = [_("No ceiling for: %(name)s") % {"name": names}]
            return False
        try:
            RuleData.parse(data)
        except RuleError as error:
            self.errors[error.rule if error.rule in TITLES else ""] = [str(error)]
            return False
        return True

    def data(self) -> dict[str, Any]:
        """Return the rules as data, in the shape of programs/rules/data.py."""
        given = self.form.cleaned_data
        found: dict[str, Any] = {name: given[name] for name in PLAIN}
        found |= {name: rows.rows() for name, rows in self.rows.items()}
        return found | {
            "floor": given["floor"] or 0,
            "rounding_unit": given["rounding_unit"],
            "period": {"starts": given["period_starts"], "ends": given["period_ends"]},
            "window": _window(given),
            "changes": {"share": given["change_share"], "amount": given["change_amount"]},
            "duties": {d: given[f"duty_{d}"] for d in DUTIES if given[f"duty_{d}"]},
            "report_by": given["report_by"] or None,
            "advance": {"share": given["advance_share"]} if given["advance_allowed"] else None,
            "repayment": {name: given[f"repayment_{name}"] for name in TERMS},
            "clauses": self._clauses(given),
            "unconfirmed": self._unconfirmed(given),
        }

    def _clauses(self, given: dict[str, Any]) -> dict[str, str]:
        kept = {k: v for k, v in self.base.get("clauses", {}).items() if k not in TITLES}
        typed = {name: given[f"clause_{name}"] for name in TITLES}
        return kept | {name: text for name, text in typed.items() if text}

    def _unconfirmed(self, given: dict[str, Any]) -> list[str]:
        kept = {name for name in self.base.get("unconfirmed", ()) if name not in TITLES}
        return sorted(kept | {name for name in TITLES if not given[f"confirmed_{name}"]})

    def groups(self) -> Iterator[tuple[Any, list[Block]]]:
        """Return the page: headings with their rules."""
        for heading, rules in LAYOUT:
            yield heading, [self._block(*rule) for rule in rules]

    def _block(self, name: str, title: Any, boxes: tuple[str, ...]) -> Block:
        return Block(
            name,
            title,
            [self.form[box] for box in boxes],
            self.form[f"clause_{name}"],
            self.form[f"confirmed_{name}"],
            self.rows.get(name),
            self.errors.get(name, []),
        )


def _initial(data: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: data[name] for name in (*PLAIN, "floor", "rounding_unit") if name in data}
    unconfirmed = set(data.get("unconfirmed", TITLES)) | (ASSUMED - set(data))
    for name in TITLES:
        found[f"clause_{name}"] = data.get("clauses", {}).get(name, "")
        found[f"confirmed_{name}"] = name not in unconfirmed
    for part, names in {
        "period": ("starts", "ends"),
        "window": ("opens", "closes", "hour"),
    }.items():
        for name in names:
            found[f"{part}_{name}"] = (data.get(part) or {}).get(name)
    for name in ("share", "amount"):
        found[f"change_{name}"] = data.get("changes", {}).get(name)
    assumed, stated = RepaymentTerms(), data.get("repayment", {})
    found |= {f"repayment_{name}": stated.get(name, getattr(assumed, name)) for name in TERMS}
    advance = data.get("advance")
    found |= {"report_by": data.get("report_by"), "advance_allowed": advance is not None}
    found["advance_share"] = (advance or {}).get("share")
    return found | {f"duty_{duty}": data.get("duties", {}).get(duty) for duty in DUTIES}


def _window(given: dict[str, Any]) -> dict[str, str] | None:
    if not given["window_opens"]:
        return None
    days = {"opens": given["window_opens"], "closes": given["window_closes"]}
    return days | ({"hour": given["window_hour"]} if given["window_hour"] else {})


def _without_cap(data: dict[str, Any]) -> list[str]:
    """Return the kinds that may apply and have no ceiling at some place of the edition."""
    if not data["caps"]:
        return []
    return [
        kind
        for kind in data["applicant_kinds"]
        if not all(
            any(
                kind in row["kinds"] and row.get("place", "") in ("", place) for row in data["caps"]
            )
            for place in data["places"] or [""]
        )
    ]
