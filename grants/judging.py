"""One verdict for form, API and review: an application's facts, judged by its edition's rules."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce

from grants.models import Application, ApplicationParty, BudgetLine
from programs.rules import Facts, Party, RuleData, Verdict, judge

_FREED = (
    Application.Status.DRAFT,
    Application.Status.NOT_ACCEPTED,
    Application.Status.WITHDRAWN,
)
_TOLD = (Application.Status.INFORMALLY_NOTIFIED, Application.Status.ANNOUNCED)


def verdict_of(application: Application, *, arrived_at: Any = None) -> Verdict | None:
    """Judge the application as it stands; None where its edition has no rules yet."""
    rules = application.rules
    return judge(rules, facts_of(application, rules, arrived_at=arrived_at)) if rules else None


def stored_verdict(application: Application) -> Verdict | None:
    """Return the verdict stored with the submission, as it was."""
    return Verdict.from_dict(application.verdict) if application.verdict else None


def facts_of(application: Application, rules: RuleData | None, *, arrived_at: Any = None) -> Facts:
    """Return the plain facts that these rules look at (yen, JST dates)."""
    taken = already_requested(application, rules)
    earlier = _others(application).count() if rules and rules.quota else 0
    return facts_from(application, taken, earlier, arrived_at=arrived_at)


def facts_from(
    application: Application, already: int, earlier: int, *, arrived_at: Any = None
) -> Facts:
    """Return the facts, given what the body's other applications take (yen) and their number."""
    lines = [
        line for line in application.budget_lines.all() if line.stage == BudgetLine.Stage.APPLIED
    ]
    expenses: dict[str, int] = {}
    for line in lines:
        if line.kind == BudgetLine.Kind.EXPENSE:
            expenses[line.category] = expenses.get(line.category, 0) + line.amount
    return Facts(
        fiscal_year=application.edition.fiscal_year,
        applicant_kind=application.organization.kind,
        requested_amount=application.requested_amount,
        eligible_cost=sum(expenses.values()),
        income=sum(line.amount for line in lines if line.kind == BudgetLine.Kind.INCOME),
        is_joint=application.is_joint,
        parties=tuple(Party(p.kind, p.organization.kind, p.share) for p in _parties(application)),
        starts_on=application.starts_on,
        ends_on=application.ends_on,
        categories=tuple(application.categories),
        expenses=expenses,
        documents=frozenset(link.question for link in application.files.all() if link.question),
        other_grant=application.has_other_grant,
        already_requested=already,
        place=application.place,
        currency=application.currency,
        round=application.call.round,
        decides_on=application.call.decides_on,
        earlier_applications=earlier,
        arrived_at=arrived_at or application.arrived_at,
        closes_at=application.call.closes_at,
    )


def _parties(application: Application) -> list[ApplicationParty]:
    rows = application.parties.all()
    if "parties" not in getattr(application, "_prefetched_objects_cache", {}):
        rows = rows.select_related("organization")
    return sorted(rows, key=lambda party: party.pk)


def _others(application: Application) -> Any:
    """Return the body's other applications of the edition that count, its own as lead."""
    rows = _counted(application.edition_id).filter(organization=application.organization_id)
    return rows.exclude(pk=application.pk)


def _counted(edition_id: int) -> Any:
    return Application.objects.filter(edition=edition_id).exclude(status__in=_FREED)


def already_requested(application: Application, rules: RuleData | None = None) -> int:
    """Return what the body's other applications of the edition take of its cap (yen).

    That is the amount asked for, and once the body knows the decision, the amount decided. Where
    the edition counts shares, a joint project takes of each body its own share alone.
    """
    counting = rules.joint_counting if rules else "lead"
    rows = takings(application.edition_id, counting, organization=application.organization_id)
    return sum(row.yen for row in rows if row.application != application.pk)


@dataclass(frozen=True)
class Taking:
    """What one application takes of a body's cap (yen)."""

    organization: int
    application: int
    yen: int


def takings(edition_id: int, counting: str, *, organization: int | None = None) -> list[Taking]:
    """Return what each application of the edition takes of each body's cap, in one or two queries.

    `organization` narrows it to one body.
    """
    decided = When(status__in=_TOLD, then=Coalesce("decided_amount", 0))
    taken = Case(decided, default=F("requested_amount"))
    rows = _counted(edition_id).order_by()
    own = rows if organization is None else rows.filter(organization=organization)
    if counting == "lead":
        return _own(own, taken)
    return _own(own.filter(is_joint=False), taken) + _shares(edition_id, organization)


def _own(rows: Any, taken: Case) -> list[Taking]:
    found = rows.annotate(taken=taken).values_list("organization", "pk", "taken")
    return [Taking(body, pk, yen) for body, pk, yen in found]


def _shares(edition_id: int, organization: int | None) -> list[Taking]:
    """Return the shares in joint applications; one that was refused takes nothing any more."""
    joint = _counted(edition_id).filter(is_joint=True)
    parties = ApplicationParty.objects.filter(
        application__in=joint,
        kind__in=[ApplicationParty.Kind.LEAD, ApplicationParty.Kind.JOINT],
    )
    if organization is not None:
        parties = parties.filter(organization=organization)
    refused = Q(application__status__in=_TOLD, application__outcome=Application.Outcome.REJECTED)
    rows = parties.exclude(refused).values_list("organization", "application", "share")
    return [Taking(body, pk, yen or 0) for body, pk, yen in rows]


def hold_cap(application: Application) -> None:
    """Let the body's submissions in the edition pass one by one until this transaction ends.

    The cap is summed over rows that are no case of this act, so no row lock would hold it.
    """
    key = f"grants.cap:{application.edition_id}:{application.organization_id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
