"""What applications carry of the year's plan: the grant lines of bodies."""

from collections.abc import Mapping, Sequence

from django.db.models import Count, Q, Sum

from core.outbox import Recipient
from grants.models import Application
from programs.carriers import Carrier, Measure, of_codes, register
from programs.models import Call, PlanLine

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
