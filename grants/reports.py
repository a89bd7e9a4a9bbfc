"""What applications carry of the year's plan: the grant lines of bodies."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core import reports
from core.outbox import Recipient
from core.reports import Column, Part, Report, Schedule
from grants import ranking
from grants.models import Application
from programs.carriers import Carrier, Measure, of_codes, register
from programs.models import Call, Edition, PlanLine

LINES = (
    "economic-grant",
    "multicultural-grant",
    "exchange-grant",
    "cooperation-grant",
    "sea-skills-support",
    "local-career-grant",
    "jetaa-support",
)
_COUNTED = ~Q(status__in=(Application.Status.DRAFT, Application.Status.WITHDRAWN))
_KNOWN = Q(status=Application.Status.ANNOUNCED)


def measures(lines: Sequence[PlanLine]) -> Mapping[int, Measure]:
    """Count bodies and applications that arrived, and yen announced, by edition, in one query."""
    by_edition = {line.edition_id: line.pk for line in lines}
    rows = (
        Application.objects.filter(_COUNTED, edition__in=by_edition)
        .order_by()
        .values("edition")
        .annotate(
            bodies=Count("organization", distinct=True),
            records=Count("pk"),
            amount=Sum("decided_amount", filter=_KNOWN),
        )
    )
    return {
        by_edition[row["edition"]]: Measure(
            bodies=row["bodies"], records=row["records"], amount=row["amount"]
        )
        for row in rows
    }


def followers(call: Call) -> list[Recipient]:
    """Return the sections that have a draft or application under the call."""
    live = Application.objects.filter(call=call).exclude(status=Application.Status.WITHDRAWN)
    return [
        Recipient(mailbox, name)
        for mailbox, name in live.exclude(section__mailbox="")
        .order_by("section")
        .values_list("section__mailbox", "section__name")
        .distinct()
    ]


register(Carrier(model=Application, lines=of_codes(*LINES), measures=measures, followers=followers))

_field = Application._meta.get_field


def _column(name: str, kind: str = "text", choices: Any = ()) -> Column:
    return Column(name, _field(name).verbose_name, name, kind, choices)  # type: ignore[union-attr]


_EDITION = (
    Column("program", _("programme"), "edition__program__name"),
    Column("program_code", _("code"), "edition__program__code", is_internal=True),
    Column("fiscal_year", _("fiscal year"), "edition__fiscal_year", "year"),
)
_BODY = (
    Column("organization_code", _("6-digit code"), "organization__code"),
    Column("organization", _("body"), "organization__name"),
    Column("section", _("section"), "section__name"),
    *_EDITION,
)
_IN_CHARGE = Column("post_in_charge", _("post in charge"), "post_in_charge__name", is_internal=True)


def parts(condition: Q) -> Callable[[datetime], Iterator[Part]]:
    """Return the parts of a list that is made by itself: one for each edition that has such rows."""

    def found(now: datetime) -> Iterator[Part]:
        held = Application.objects.filter(condition).order_by().values("edition")
        editions = Edition.objects.filter(pk__in=held)
        for edition in editions.select_related("program", "section").order_by("pk"):
            section = edition.section
            if section is None:
                continue
            code = edition.program.code
            yield Part(
                key=f"{code}-{edition.fiscal_year}",
                label=edition.name,
                filters={"program_code": code, "fiscal_year": edition.fiscal_year},
                recipients=(Recipient(section.mailbox, section.name),),
            )

    return found


_WAITS_FOR_BODY = Q(status=Application.Status.RETURNED, return_due__isnull=False)

reports.register(
    Report(
        name="applications",
        title=_("Applications"),
        model=Application,
        columns=(
            _column("receipt_number"),
            _column("incoming_number"),
            *_BODY,
            _column("title"),
            _column("place", "choice", Application.Place.choices),
            _column("is_joint", "flag"),
            _column("starts_on", "date"),
            _column("ends_on", "date"),
            _column("currency"),
            _column("expense_total", "number"),
            _column("requested_amount", "number"),
            _column("status", "choice", Application.Status.choices),
            _column("arrived_at", "moment"),
            _IN_CHARGE,
            _column("return_due", "date"),
            _column("outcome", "choice", Application.Outcome.choices),
            _column("decided_amount", "number"),
            _column("decided_at", "moment"),
            _column("announced_at", "moment"),
        ),
        filters=(
            "receipt_number",
            "organization_code",
            "program",
            "program_code",
            "fiscal_year",
            "is_joint",
            "status",
            "outcome",
            "return_due",
        ),
        known_in=(Application.Status.INFORMALLY_NOTIFIED, Application.Status.ANNOUNCED),
        for_bodies=True,
        schedule=Schedule("month", parts(_COUNTED)),
    )
)
reports.register(
    Report(
        name="open-deadlines",
        title=_("Corrections that are waited for"),
        model=Application,
        condition=_WAITS_FOR_BODY,
        columns=(
            _column("return_due", "date"),
            _column("receipt_number"),
            *_BODY,
            _column("title"),
            _IN_CHARGE,
        ),
        filters=("organization_code", "program", "program_code", "fiscal_year", "return_due"),
        schedule=Schedule("day", parts(_WAITS_FOR_BODY)),
    )
)


@dataclass(frozen=True)
class RankingReport(Report):
    """The ranking of one edition, or of one of its calls (順位表)."""

    def may(self, user: Any) -> bool:
        """Say whether the person may read reviews as well as applications."""
        return super().may(user) and bool(user.has_perm("grants.view_review"))

    def listed(self, user: Any, query: str) -> QuerySet:
        """Return the rows that the ranking page shows this person."""
        asked = QueryDict(query)
        rows = super().rows(user, {}).filter(edition__public_id=asked["edition"])
        if "call" in asked:
            rows = rows.filter(call__public_id=asked["call"])
        return ranking.exported(rows)

    def rows(self, user: Any, filters: dict[str, Any]) -> QuerySet:
        """Return the ranking of each edition that the filters leave."""
        return ranking.exported(super().rows(user, filters))


reports.register(
    RankingReport(
        name="ranking",
        title=_("Ranking"),
        model=Application,
        columns=(
            Column("place", _("rank"), "position", "number"),
            _column("receipt_number"),
            Column("organization", _("body"), "organization__name"),
            _column("title"),
            Column("mean", _("mean (points)"), "mean_points", "decimal"),
            Column("median", _("median (points)"), "median_points", "decimal"),
            Column("spread", _("spread (points)"), "spread_points", "number"),
            Column("sheets", _("sheets submitted"), "sheets", "number"),
            Column("sheets_missing", _("sheets missing"), "sheets_missing", "number"),
            _column("requested_amount", "number"),
            _column("status", "choice", Application.Status.choices),
            _column("outcome", "choice", Application.Outcome.choices),
            _column("decided_amount", "number"),
            *_EDITION,
        ),
        filters=("program", "program_code", "fiscal_year"),
    )
)
