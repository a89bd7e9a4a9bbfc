"""Awards as 360Giving data: grants that are public, in the standard's own words.

Fields of the 360Giving Data Standard (schema/360-giving-schema.json, package schema 1.x): required
are id, title, description, currency, amountAwarded, awardDate, recipientOrganization and
fundingOrganization. Ids begin with the publisher's prefix (`360G-…`); bodies have the identifier of
the national register of corporate numbers where they have one (org-id.guide list JP-JCN).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, QuerySet
from django.urls import reverse

from accounts.prefectures import PREFECTURES
from core.fiscal import jst_date
from finance.models import Payment
from grants.models import Award

VERSION = "1.1"
REGISTER = "JP-JCN"
# What the table writes, in the shape that flatten-tool reads back.
COLUMNS = (
    "id",
    "title",
    "description",
    "currency",
    "amountAppliedFor",
    "amountAwarded",
    "amountDisbursed",
    "awardDate",
    "plannedDates/0/startDate",
    "plannedDates/0/endDate",
    "recipientOrganization/0/id",
    "recipientOrganization/0/name",
    "recipientOrganization/0/addressRegion",
    "recipientOrganization/0/addressCountry",
    "fundingOrganization/0/id",
    "fundingOrganization/0/name",
    "grantProgramme/0/code",
    "grantProgramme/0/title",
    "fromOpenCall",
    "dataSource",
    "dateModified",
)
_OF_PAYMENT = ("id", "transactionDate", "currency", "value")
_CHUNK = 500


def columns() -> tuple[str, ...]:
    """Return the table's headings: as many payments as the award with the most of them has."""
    counted = _payments().values("commitment").annotate(n=Count("pk")).aggregate(most=Max("n"))
    paths = (
        f"disbursementTransaction/{place}/{name}"
        for place in range(counted["most"] or 0)
        for name in _OF_PAYMENT
    )
    return (*COLUMNS, *paths)


def _payments() -> QuerySet[Payment]:
    """Return what was really paid for awards; claimed, returned and failed ones are not public."""
    return Payment.objects.filter(
        status=Payment.Status.PAID, commitment__case_label=Award._meta.label
    ).order_by()


def with_payments(awards: QuerySet[Award]) -> Iterator[tuple[Award, list[Payment]]]:
    """Yield each award with what was paid for it; two queries for 500 awards."""
    rows = awards.iterator(chunk_size=_CHUNK)
    while chunk := list(islice(rows, _CHUNK)):
        paid: dict[int, list[Payment]] = {}
        found = _payments().filter(commitment__case_id__in=[award.pk for award in chunk])
        for payment in found.select_related("commitment").order_by("paid_on", "pk"):
            paid.setdefault(payment.commitment.case_id, []).append(payment)
        for award in chunk:
            yield award, paid.get(award.pk, [])


def published_awards(fiscal_year: int | None = None) -> QuerySet[Award]:
    """Return the awards that anybody may read; neither those withdrawn nor those cancelled."""
    rows = Award.objects.exclude(status__in=(Award.Status.WITHDRAWN, Award.Status.CANCELLED))
    rows = rows.filter(application__status="announced")
    if fiscal_year:
        rows = rows.filter(edition__fiscal_year=fiscal_year)
    return rows.select_related("organization", "edition__program", "application").order_by("pk")


def package(*, now: datetime) -> dict[str, Any]:
    """Return the data package's head: who publishes it, under which licence."""
    day = jst_date(now).isoformat()
    return {
        "version": VERSION,
        "title": f"{settings.CLAIR_NAME} 助成金の交付決定",
        "issued": day,
        "modified": day,
        "publisher": {"name": settings.CLAIR_NAME, "identifier": _funder()["id"]},
        "license": settings.OPEN_DATA_LICENSE,
        "accessURL": _address("results"),
        "downloadURL": _address("results-360giving-json"),
    }


def grant(award: Award, payments: Iterable[Payment] = ()) -> dict[str, Any]:
    """Return one award as a grant with what was paid for it: whole yen, ISO dates."""
    paid = [_transaction(payment) for payment in payments]
    application, edition = award.application, award.edition
    announced = application.announced_at
    return {
        "id": f"{settings.GRANT_ID_PREFIX}{award.public_id}",
        "title": award.title,
        "description": f"{edition.fiscal_year}年度 {edition.name}：{award.title}",
        "currency": "JPY",
        "amountAppliedFor": application.requested_amount,
        "amountAwarded": award.decided_amount,
        "amountDisbursed": sum(row["value"] for row in paid),
        "awardDate": jst_date(announced or award.created_at).isoformat(),
        "plannedDates": [
            {"startDate": award.starts_on.isoformat(), "endDate": award.ends_on.isoformat()}
        ],
        "recipientOrganization": [_recipient(award.organization)],
        "fundingOrganization": [_funder()],
        "grantProgramme": [{"code": edition.program.code, "title": edition.name}],
        "fromOpenCall": "Yes",
        "dataSource": _address("results"),
        "dateModified": award.updated_at.isoformat(timespec="seconds"),
        **({"disbursementTransaction": paid} if paid else {}),
    }


def _transaction(payment: Payment) -> dict[str, Any]:
    return {
        "id": f"{settings.GRANT_ID_PREFIX}{payment.public_id}",
        "transactionDate": payment.paid_on.isoformat() if payment.paid_on else "",
        "currency": "JPY",
        "value": payment.amount,
    }


def _recipient(body: Any) -> dict[str, Any]:
    number = body.corporate_number
    own = f"{settings.GRANT_ID_PREFIX}{body.code or body.public_id}"
    region = PREFECTURES.get(body.prefecture_code, ("", ""))[0]
    found = {
        "id": f"{REGISTER}-{number}" if number else own,
        "name": body.name,
        "addressCountry": "Japan",
    }
    return found | ({"addressRegion": region} if region else {})


def _funder() -> dict[str, str]:
    number = settings.CLAIR_CORPORATE_NUMBER
    own = settings.GRANT_ID_PREFIX.rstrip("-")
    return {"id": f"{REGISTER}-{number}" if number else own, "name": settings.CLAIR_NAME}


def _address(name: str) -> str:
    return settings.BASE_URL + reverse(name)


def table(awards: QuerySet[Award]) -> Iterator[list[Any]]:
    """Return the grants as rows under their headings, each path a cell."""
    paths = columns()
    yield list(paths)
    for award, payments in with_payments(awards):
        found = grant(award, payments)
        yield [_at(found, path) for path in paths]


def _at(value: Any, path: str) -> Any:
    """Return what stands under the path; empty where the grant has no such thing."""
    for step in path.split("/"):
        if isinstance(value, list):
            value = value[int(step)] if int(step) < len(value) else {}
        else:
            value = value.get(step, "" if step != "disbursementTransaction" else [])
    return value
