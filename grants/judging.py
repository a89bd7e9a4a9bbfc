"""One verdict for form, API and review: an application's facts, judged by its edition's rules."""

from typing import Any

from django.db import connection
from django.db.models import Case, F, Q, Sum, When
from django.db.models.functions import Coalesce

from grants.models import Application, ApplicationParty, BudgetLine
from programs.models import RuleSet
from programs.rules import Facts, Party, RuleData, Verdict, judge

_FREED = (
    Application.Status.DRAFT,
    Application.Status.NOT_ACCEPTED,
    Application.Status.WITHDRAWN,
)
_TOLD = (Application.Status.INFORMALLY_NOTIFIED, Application.Status.ANNOUNCED)


def rules_of(application: Application) -> RuleSet | None:
    """Return the rules to judge by: those of the submission, or the edition's present ones."""
    return application.rule_set or application.edition.rules


def verdict_of(application: Application, *, arrived_at: Any = None) -> Verdict | None:
    """Judge the application as it stands; None where its edition has no rules yet."""
    rule_set = rules_of(application)
    return judge(rule_set.rules, facts_of(application, arrived_at=arrived_at)) if rule_set else None


def stored_verdict(application: Application) -> Verdict | None:
    """Return the verdict stored with the submission, as it was."""
    return Verdict.from_dict(application.verdict) if application.verdict else None


def facts_of(application: Application, *, arrived_at: Any = None) -> Facts:
    """Return the plain facts that the rules look at (yen, JST dates)."""
    lines = [
        line for line in application.budget_lines.all() if line.stage == BudgetLine.Stage.APPLIED
    ]
    expenses: dict[str, int] = {}
    for line in lines:
        if line.kind == BudgetLine.Kind.EXPENSE:
            expenses[line.category] = expenses.get(line.category, 0) + line.amount
    rule_set = rules_of(application)
    rules = rule_set.rules if rule_set else None
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
        already_requested=already_requested(application, rules),
        place=application.place,
        currency=application.currency,
        round=application.call.round,
        decides_on=application.call.decides_on,
        earlier_applications=_others(application).count()
        if rule_set and rule_set.rules.quota
        else 0,
        arrived_at=arrived_at or application.arrived_at,
        closes_at=application.call.closes_at,
    )


def _parties(application: Application) -> Any:
    return application.parties.select_related("organization").order_by("pk")


def _others(application: Application) -> Any:
    """Return the body's other applications of the edition that count, its own as lead."""
    rows = _counted(application).filter(organization=application.organization_id)
    return rows.exclude(pk=application.pk)


def _counted(application: Application) -> Any:
    return Application.objects.filter(edition=application.edition_id).exclude(status__in=_FREED)


def already_requested(application: Application, rules: RuleData | None = None) -> int:
    """Return what the body's other applications of the edition take of its cap (yen).

    That is the amount asked for, and once the body knows the decision, the amount decided. Where
    the edition counts shares, a joint project takes of each body its own share alone.
    """
    decided = When(status__in=_TOLD, then=Coalesce("decided_amount", 0))
    taken = Case(decided, default=F("requested_amount"))
    others = _others(application)
    if rules is None or rules.joint_counting == "lead":
        return others.aggregate(total=Sum(taken))["total"] or 0
    alone = others.filter(is_joint=False).aggregate(total=Sum(taken))["total"] or 0
    return alone + _shares_taken(application)


def _shares_taken(application: Application) -> int:
    joint = _counted(application).filter(is_joint=True).exclude(pk=application.pk)
    parties = ApplicationParty.objects.filter(
        application__in=joint,
        organization=application.organization_id,
        kind__in=[ApplicationParty.Kind.LEAD, ApplicationParty.Kind.JOINT],
    )
    refused = Q(application__status__in=_TOLD, application__outcome=Application.Outcome.REJECTED)
    return parties.exclude(refused).aggregate(total=Sum("share"))["total"] or 0


def hold_cap(application: Application) -> None:
    """Let the body's submissions in the edition pass one by one until this transaction ends.

    The cap is summed over rows that are no case of this act, so no row lock would hold it.
    """
    key = f"grants.cap:{application.edition_id}:{application.organization_id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
