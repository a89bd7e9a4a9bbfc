"""The fixed amount (額の確定, Art. 15), step by step: pure arithmetic on whole yen.

    floor_unit(min(latest approved decided, cap, rate × (eligible actual − income)))

Classes of cost are limited first; income counts only where the edition says so. The rules are those
frozen with the decision. A share of all cost is taken of the accepted cost before any limit
(domain.md §1.5; unconfirmed for CLAIR).
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from core.money import floor_to
from programs.rules import RuleData

_UNITS = {1: "円未満", 10: "十円未満", 100: "百円未満", 1_000: "千円未満", 10_000: "万円未満"}


@dataclass(frozen=True)
class FixingStep:
    """One step: what it is, how it comes about, the yen, and the clause that it rests on."""

    code: str
    label: str
    working: str
    yen: int
    clause: str = ""
    is_confirmed: bool = True


@dataclass(frozen=True)
class Fixing:
    """The amount with every step that led to it (yen)."""

    amount: int
    eligible: int
    steps: tuple[FixingStep, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the computation as JSON, to be stored with the award and sent."""
        return {
            "amount": self.amount,
            "eligible": self.eligible,
            "steps": [asdict(step) for step in self.steps],
        }


def fix_amount(
    rules: RuleData, *, decided: int, cap: int | None, spent: Mapping[str, int], income: int
) -> Fixing:
    """Return the amount and its steps; `spent` is the accepted actual cost by class (yen)."""
    classes = list(_classes(rules, spent))
    eligible = sum(step.yen for step in classes)
    steps = [*classes, _sum_of(classes, eligible)]
    base = eligible
    if rules.deduct_income:
        base = max(0, eligible - income)
        steps.append(_income(rules, eligible, income, base))
    share = _share(rules, base)
    bounds = [*_bounds(rules, decided, cap), share]
    least = min(step.yen for step in bounds)
    amount = floor_to(least, rules.rounding_unit)
    steps += [*bounds, _least(bounds, least), _floored(rules, least, amount)]
    return Fixing(amount, eligible, tuple(steps))


def _classes(rules: RuleData, spent: Mapping[str, int]) -> Iterable[FixingStep]:
    total = sum(spent.values())
    known = {row.key: row for row in rules.expenses}
    for key, found in spent.items():
        row = known.get(key)
        most = row.most(total) if row else None
        working = f"実績 {found:,}円"
        if row and most is not None and most < found:
            working += f" → {_limit_words(row, total, most)}"
        yen = found if most is None else min(found, most)
        yield FixingStep(
            "class", row.name if row else key, working, yen, *_rests(rules, "expenses")
        )


def _limit_words(row: Any, total: int, most: int) -> str:
    is_share = row.share is not None and int(total * row.share) == most
    return f"全経費 {total:,}円 × {_fraction(row.share)}" if is_share else f"上限 {most:,}円"


def _sum_of(classes: list[FixingStep], eligible: int) -> FixingStep:
    working = " ＋ ".join(f"{step.yen:,}" for step in classes) or "0"
    return FixingStep("eligible", "助成対象経費の実績額", working, eligible)


def _income(rules: RuleData, eligible: int, income: int, base: int) -> FixingStep:
    working = f"{eligible:,} － 収入 {income:,}"
    return FixingStep("income", "収入を除いた額", working, base, *_rests(rules, "deduct_income"))


def _share(rules: RuleData, base: int) -> FixingStep:
    if rules.rate is None:
        return FixingStep(
            "rate", "助成率（未確認）を乗じない額", f"{base:,}", base, *_rests(rules, "rate")
        )
    working = f"{base:,} × {_fraction(rules.rate)}"
    yen = int(base * rules.rate)
    return FixingStep("rate", "助成率を乗じた額", working, yen, *_rests(rules, "rate"))


def _bounds(rules: RuleData, decided: int, cap: int | None) -> list[FixingStep]:
    found = [FixingStep("decided", "交付決定額（変更後）", f"{decided:,}", decided)]
    if cap is not None:
        found.append(FixingStep("cap", "限度額", f"{cap:,}", cap, *_rests(rules, "caps")))
    return found


def _least(bounds: list[FixingStep], least: int) -> FixingStep:
    working = "、".join(f"{step.yen:,}" for step in bounds)
    return FixingStep("least", "最も少ない額", f"{working} のうち最も少ない額", least)


def _floored(rules: RuleData, least: int, amount: int) -> FixingStep:
    unit = rules.rounding_unit
    working = f"{least:,} → {_UNITS[unit]}切捨て"
    return FixingStep("amount", "確定額", working, amount, *_rests(rules, "rounding_unit"))


def _rests(rules: RuleData, name: str) -> tuple[str, bool]:
    return rules.clause(name), rules.is_confirmed(name)


def _fraction(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}" if value.denominator > 1 else f"{value}"
