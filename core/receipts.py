"""Receipts: an immutable number, the server's arrival time and the digest of each file."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django.db import connection, models

from core.fiscal import JST, FiscalYear
from core.models import Receipt, StoredFile
from core.workflow import Step


def new_number(now: datetime) -> str:
    """Return the next 受付番号: fiscal year, serial and a check digit against mistyping."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('core_receipt_number')")
        serial = cursor.fetchone()[0]
    digits = f"{int(FiscalYear.of(now))}{serial:07d}"
    return f"{digits[:4]}-{digits[4:]}-{sum(int(d) * w for d, w in zip(digits, (3, 1) * 6, strict=False)) % 10}"


def give(
    step: Step,
    *,
    number: str,
    stored: list[StoredFile],
    digests: dict[int, str],
    snapshot: dict[str, Any],
) -> Receipt:
    """Write the receipt of the submission being made, in its transaction."""
    content = json.dumps(snapshot, sort_keys=True, ensure_ascii=False, default=str)
    behalf = step.behalf
    return Receipt.objects.create(
        number=number,
        round=for_case(step.case).count() + 1,
        case_label=step.case._meta.label,
        case_id=step.case.pk,
        arrived_at=step.now,
        submitted_by=step.by.access.label,
        on_behalf_of=behalf.organization if behalf else "",
        behalf_reason=behalf.reason if behalf else "",
        paper_arrived_on=behalf.arrived_on if behalf else None,
        files=[
            {"id": str(f.public_id), "name": f.name, "size": f.size, "sha256": digests[f.pk]}
            for f in stored
        ],
        content_sha256=hashlib.sha256(content.encode()).hexdigest(),
        snapshot=json.loads(content),
    )


def arrivals(cases: Sequence[models.Model]) -> dict[int, datetime]:
    """Return when each case first arrived, by its id (JST); a paper at the start of its day."""
    if not cases:
        return {}
    rows = Receipt.objects.filter(
        case_label=cases[0]._meta.label, case_id__in=[case.pk for case in cases], round=1
    )
    return {
        row.case_id: datetime.combine(row.paper_arrived_on, time(0), JST)
        if row.paper_arrived_on
        else row.arrived_at
        for row in rows
    }


def for_case(case: models.Model) -> models.QuerySet[Receipt]:
    """Return the case's receipts, the first submission first."""
    return Receipt.objects.filter(case_label=case._meta.label, case_id=case.pk).order_by("round")
