"""One function judges an application: the form, the API and the review all ask it."""

from collections.abc import Iterator
from typing import Any

from core.fiscal import deadline_text
from core.money import floor_to
from programs.rules.data import RuleData
from programs.rules.facts import Facts
from programs.rules.verdict import Finding, Level, Step, Verdict


def judge(rules: RuleData, facts: Facts) -> Verdict:
    """Return every finding with its clause, and the largest amount that the rules allow."""
    allowed, steps = allowed_amount(rules, facts)
    findings = (
        *_applicant(rules, facts),
        *_shares(rules, facts),
        *_amount(rules, facts),
        *_content(rules, facts),
        *_period(rules, facts),
        *_decision_first(rules, facts),
        *_papers(rules, facts),
    )
    return Verdict(findings, allowed, steps, tuple(sorted(rules.unconfirmed)))


def allowed_amount(rules: RuleData, facts: Facts) -> tuple[int, tuple[Step, ...]]:
    """Return floor(min(requested, what is left of the cap, rate × cost)) and its steps, in yen."""
    steps = [Step("requested", max(facts.requested_amount, 0))]
    left = cap_left(rules, facts)
    if left is not None:
        steps.append(Step("cap_left", left))
    steps.append(Step("cost" if rules.rate is None else "rate", share_of_cost(rules, facts)))
    least = min(step.amount for step in steps)
    steps.append(Step("rounded", floor_to(least, rules.rounding_unit)))
    return steps[-1].amount, tuple(steps)


def cap_left(rules: RuleData, facts: Facts) -> int | None:
    """Return what the body may still ask for: the cap is summed over its applications."""
    cap = rules.cap_for(facts.applicant_kind, is_joint=facts.joint, place=facts.place)
    return None if cap is None else max(cap - facts.already_requested, 0)


def share_of_cost(rules: RuleData, facts: Facts) -> int:
    """Return rate × (cost − income where the edition deducts it); all of it if no rate is known."""
    cost = max(facts.eligible_cost - (facts.income if rules.deduct_income else 0), 0)
    return cost if rules.rate is None else int(cost * rules.rate)


def _make(
    rules: RuleData,
    rule: str,
    code: str,
    field: str,
    *,
    level: Level = Level.VIOLATION,
    **values: Any,
) -> Finding:
    return Finding(
        code,
        level,
        rules.clause(rule),
        field,
        is_confirmed=rules.is_confirmed(rule),
        **values,
    )


def _applicant(rules: RuleData, facts: Facts) -> Iterator[Finding]:
    """Who may apply, alone, jointly or as implementer."""
    kind = facts.applicant_kind
    if kind in rules.implementer_only:
        yield _make(rules, "implementers", "implementer_only", "organization", found=kind)
    elif kind not in rules.applicant_kinds:
        yield _make(rules, "applicant_kinds", "applicant_kind", "organization", found=kind)
    if rules.quota is not None and facts.earlier_applications >= rules.quota:
        found = facts.earlier_applications + 1
        yield _make(rules, "quota", "over_quota", "organization", found=str(found),
                    allowed=str(rules.quota))  # fmt: skip
    for party in facts.parties:
        if party.role == "joint" and party.kind in rules.implementer_only:
            yield _make(rules, "implementers", "implementer_only", "parties", found=party.kind)
        elif party.role == "joint" and party.kind not in rules.applicant_kinds:
            yield _make(rules, "applicant_kinds", "joint_kind", "parties", found=party.kind)
        elif party.role == "implementer" and not _may_implement(rules, party.kind):
            yield _make(
                rules, "implementers", "implementer_kind", "parties",
                level=Level.WARNING, found=party.kind,
            )  # fmt: skip


def _shares(rules: RuleData, facts: Facts) -> Iterator[Finding]:
    """The shares of the lead and the joint bodies make up the amount applied for."""
    sharing = [party for party in facts.parties if party.role in ("lead", "joint")]
    if not rules.joint_shares or not facts.joint or not sharing:
        return
    if any(party.share is None for party in sharing):
        yield _make(rules, "joint_shares", "no_share", "parties")
        return
    total = sum(party.share or 0 for party in sharing)
    if total != facts.requested_amount:
        yield _make(
            rules, "joint_shares", "shares_sum", "parties",
            found=total, allowed=facts.requested_amount,
        )  # fmt: skip


def _may_implement(rules: RuleData, kind: str) -> bool:
    return kind in (
        *rules.implementer_kinds,
        *rules.implementer_only,
        *rules.applicant_kinds,
    )


def _amount(rules: RuleData, facts: Facts) -> Iterator[Finding]:
    """Ceiling, cost, rate, floor and rounding."""
    requested, field = facts.requested_amount, "requested_amount"
    left, share = cap_left(rules, facts), share_of_cost(rules, facts)
    if left is not None and requested > left:
        yield _make(rules, "caps", "over_cap", field, found=requested, allowed=left)
    if requested > facts.eligible_cost:
        yield _make(
            rules,
            "expenses",
            "over_cost",
            field,
            found=requested,
            allowed=facts.eligible_cost,
        )
    elif requested > share:
        yield _make(rules, "rate", "over_rate", field, found=requested, allowed=share)
    cut = floor_to(max(requested, 0), rules.rounding_unit)
    if cut < rules.floor:
        yield _make(rules, "floor", "below_floor", field, found=requested, allowed=rules.floor)
    if cut != requested and requested > 0:
        yield _make(
            rules, "rounding_unit", "rounded", field,
            level=Level.WARNING, found=requested, allowed=cut,
        )  # fmt: skip
    if rules.rate is None:
        yield _make(rules, "rate", "rate_unknown", field, level=Level.INFO)


def _content(rules: RuleData, facts: Facts) -> Iterator[Finding]:
    """Categories, classes of cost with their limits, and other grants."""
    if rules.categories and not facts.categories:
        yield _make(rules, "categories", "no_category", "categories")
    known = {category.key for category in rules.categories}
    for key in facts.categories:
        if key not in known:
            yield _make(rules, "categories", "unknown_category", "categories", found=key)
    yield from _where(rules, facts)
    limits = {expense.key: expense.most(facts.eligible_cost) for expense in rules.expenses}
    for key, amount in facts.expenses.items():
        limit = limits.get(key)
        if key not in limits:
            yield _make(rules, "expenses", "unknown_expense", "lines", found=key)
        elif limit is not None and amount > limit:
            yield _make(
                rules,
                "expenses",
                "over_expense_limit",
                "lines",
                found=amount,
                allowed=limit,
            )
    if rules.double_funding_ban and facts.other_grant:
        yield _make(rules, "double_funding_ban", "double_funding", "other_grant")


def _where(rules: RuleData, facts: Facts) -> Iterator[Finding]:
    """Place and currency, where the edition asks for them."""
    if rules.places and facts.place not in rules.places:
        yield _make(rules, "places", "no_place", "place")
    if rules.currencies and rules.currency(facts.currency) is None:
        codes = ", ".join(currency.code for currency in rules.currencies)
        yield _make(rules, "currencies", "no_currency", "currency", allowed=codes)


def _period(rules: RuleData, facts: Facts) -> Iterator[Finding]:
    """The project lies within its fiscal year as the rules bound it."""
    starts, ends = facts.starts_on, facts.ends_on
    first = rules.period.first_day(facts.fiscal_year)
    last = rules.period.last_day(facts.fiscal_year)
    if starts is None or ends is None:
        yield _make(rules, "period", "no_period", "ends_on" if starts else "starts_on")
        return
    if ends < starts:
        yield _make(rules, "period", "period_order", "ends_on", found=ends, allowed=starts)
    if starts < first:
        yield _make(
            rules,
            "period",
            "starts_too_early",
            "starts_on",
            found=starts,
            allowed=first,
        )
    if ends > last:
        yield _make(rules, "period", "ends_too_late", "ends_on", found=ends, allowed=last)


def _decision_first(rules: RuleData, facts: Facts) -> Iterator[Finding]:
    """A project that may start only after the notice of the decision does not start before it."""
    if not rules.waits_for_decision(facts.round):
        return
    if facts.decides_on and facts.starts_on and facts.starts_on < facts.decides_on:
        yield _make(
            rules, "starts_after_decision", "starts_before_decision", "starts_on",
            found=facts.starts_on, allowed=facts.decides_on,
        )  # fmt: skip


def _papers(rules: RuleData, facts: Facts) -> Iterator[Finding]:
    """Required documents, and the arrival (late is for CLAIR to accept or refuse)."""
    with_others = facts.joint or any(party.role != "lead" for party in facts.parties)
    for document in rules.documents:
        asked = document.when == "always" or (document.when == "joint" and with_others)
        if asked and document.key not in facts.documents:
            yield _make(
                rules,
                "documents",
                "missing_document",
                document.key,
                found=document.name,
            )
    if facts.arrived_at and facts.closes_at and facts.arrived_at > facts.closes_at:
        deadline = deadline_text(facts.closes_at)
        yield _make(rules, "window", "late", "", level=Level.WARNING, allowed=deadline)
