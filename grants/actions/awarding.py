"""The award is made with the announced decision, in the same transaction (交付決定)."""

from datetime import date, datetime, timedelta
from typing import Any

from core import audit
from core.fiscal import era_date, jst_date
from finance.actions import commitments
from grants.models import Application, Award
from programs.rules import RuleData

REPORT_DAYS = 30  # after the project's end where the edition names none (domain.md §1.4)


def make_award(application: Application, *, by: Any, now: datetime) -> Award:
    """Make the award of an adopted application and commit its money; its number comes last."""
    starts, ends = period_of(application)
    award = Award.objects.create(
        status=Award.Status.ACTIVE,
        application=application,
        edition=application.edition,
        organization=application.organization,
        section=application.section,
        title=application.title,
        decided_amount=application.decided_amount or 0,
        starts_on=starts,
        ends_on=ends,
        withdraw_by=application.withdraw_until(now),
        report_due=report_due(application.rules, ends, application.edition.fiscal_year),
    )
    audit.record("add", award, by=by, at=now)
    commitments.commit(
        award,
        decided=award.decided_amount,
        reference=application.receipt_number or "",
        title=award.title,
        by=by,
        now=now,
        rule_set=application.rule_set,
    )
    return award


def period_of(application: Application) -> tuple[date, date]:
    """Return the project's first and last day; of an old paper without them, the fiscal year's."""
    year = application.edition.fiscal_year
    starts, ends = application.starts_on or date(year, 4, 1), application.ends_on
    return starts, ends or max(starts, date(year + 1, 3, 31))


def number_award(award: Award, number: str) -> None:
    """Keep the number of the decision's letter: it is the award's own, and its claims name it."""
    Award.objects.filter(pk=award.pk).update(award_number=number)
    commitments.refer(award, number)


def report_due(rules: RuleData | None, ends_on: date, fiscal_year: int) -> date:
    """Return the day by which the final report arrives (JST): days after the end, or the rules' day.

    A project that goes on beyond the year is reported at the year's end (Art. 14; domain.md §1.4).
    """
    due = rules.report_due(ends_on, fiscal_year) if rules else None
    if due is None:
        due = ends_on + timedelta(days=REPORT_DAYS)
    year_end = date(fiscal_year + 1, 3, 31)
    is_set = rules is not None and rules.report_by is not None
    return min(due, year_end) if ends_on > year_end and not is_set else due


def decided_on(award: Award) -> str:
    """Return the day of the decision's notice as letters cite it."""
    announced = award.application.announced_at
    return era_date(jst_date(announced)) if announced else ""
