"""Letters: the number is taken last, in the transaction; the PDF is made once, after it."""

import logging
from datetime import datetime
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import models, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from core import audit, files, registry, typesetting
from core.fiscal import FiscalYear, era_date, today
from core.models import Letter, LetterCounter
from core.workflow import InvalidTransition

logger = logging.getLogger(__name__)


def prepare(
    case: models.Model,
    *,
    template: str,
    sign: str,
    subject: str,
    addressee: str,
    context: dict[str, Any],
    now: datetime,
    decided_on: Any = None,
    seal: str = Letter.Seal.OMITTED,
    replaces: Letter | None = None,
) -> Letter:
    """Number a letter and queue its rendering. Call it last: the ledger's row stays locked.

    A rollback leaves no gap, because the counter is a row and not a sequence (design.md §4).
    """
    year = int(FiscalYear.of(now))
    letter = Letter(
        fiscal_year=year,
        sign=sign,
        case_label=case._meta.label,
        case_id=case.pk,
        template=template,
        template_version=typesetting.template_version(template),
        subject=subject,
        addressee=addressee,
        context=context,
        seal=seal,
        decided_on=decided_on,
        issued_on=today(now),
        replaces=replaces,
    )
    letter.serial = _next_serial(year, sign)
    letter.save(force_insert=True)
    transaction.on_commit(nudge, robust=True)
    return letter


def _next_serial(fiscal_year: int, sign: str) -> int:
    ledger = {"fiscal_year": fiscal_year, "sign": sign}
    LetterCounter.objects.bulk_create([LetterCounter(**ledger)], ignore_conflicts=True)
    counter = LetterCounter.objects.select_for_update().get(**ledger)
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last


def nudge() -> None:
    """Ask a worker to render now; the beat sweep picks up what was left."""
    try:
        current_app.send_task("core.tasks.render_letters", retry=False)
    except Exception:  # noqa: BLE001 - the letter is committed; a lost nudge is no error
        logger.warning("letters: no broker, left to the sweep")


def render_waiting(*, now: datetime, by: Any) -> int:
    """Render pending letters one transaction each; returns how many were done.

    A letter that cannot be rendered is logged and left for the next sweep; the rest go on.
    """
    count = 0
    waiting = Letter.objects.filter(status=Letter.Status.PENDING, file=None)
    for pk in waiting.order_by("pk").values_list("pk", flat=True):
        try:
            count += render_one(pk, now=now, by=by)
        except Exception as error:  # noqa: BLE001 - one bad letter must not hold up the rest
            logger.error("letters: letter %s was not rendered: %s", pk, type(error).__name__)  # noqa: TRY400 - its words may be personal
    return count


def render_one(pk: int, *, now: datetime, by: Any, wait: bool = False) -> bool:
    """Render one pending letter; False where it is done, or another worker has it (`wait` for it)."""
    with transaction.atomic():
        waiting = Letter.objects.filter(pk=pk, status=Letter.Status.PENDING, file=None)
        letter = waiting.select_for_update(skip_locked=not wait, of=("self",)).first()
        if letter is None:
            return False
        letter.file = files.store_generated(
            typesetting.render(letter.template, full_context(letter)),
            name=f"{letter.number}.pdf",
            content_type="application/pdf",
            by=by,
        )
        if letter.seal == Letter.Seal.OMITTED:
            _mark_issued(letter, by=by, now=now)
        letter.save(update_fields=["file", "status", "issued_at"])
    return True


def _mark_issued(letter: Letter, *, by: Any, now: datetime) -> None:
    letter.status, letter.issued_at = Letter.Status.ISSUED, now
    audit.record("issue", letter, by=by, at=now)


def sender() -> dict[str, str]:
    """Return who signs CLAIR's letters, as the templates take it."""
    return {
        "organization": settings.CLAIR_NAME,
        "title": settings.CLAIR_SENDER_TITLE,
        "name": settings.CLAIR_SENDER_NAME,
        "seal": "omitted",
    }


def full_context(letter: Letter) -> dict[str, Any]:
    """Return what the template gets: the stored content, number, date and verification."""
    url = settings.BASE_URL + reverse("letter-verify", args=[letter.code])
    signed = {**letter.context.get("sender", {}), "seal": letter.seal}
    return {
        **letter.context,
        "sender": signed,
        "number": letter.number,
        "date": era_date(letter.issued_on),
        "subject": letter.subject,
        "verification": {
            "code": letter.code,
            "url": url,
            "qr_svg": typesetting.qr_svg(url),
        },
    }


@transaction.atomic
def reissue(letter: Letter, *, by: Any, now: datetime, reason: str, context: Any = None) -> Letter:
    """Void an issued letter and number a new one in its place, with the same or other content.

    Returns the new letter, which names the one that it replaces; InvalidTransition where the old
    one was never issued or was replaced already.
    """
    letter = void(letter, by=by, now=now, reason=reason)
    if not letter.may_be_reissued:
        raise InvalidTransition(_("Only a letter that was issued is issued again, and only once."))
    case = registry.model_by_label(letter.case_label)._default_manager.get(pk=letter.case_id)
    return prepare(
        case,
        template=letter.template,
        sign=letter.sign,
        subject=letter.subject,
        addressee=letter.addressee,
        context=context or letter.context,
        now=now,
        decided_on=letter.decided_on,
        seal=letter.seal,
        replaces=letter,
    )


@transaction.atomic
def issue(letter: Letter, *, by: Any, now: datetime) -> Letter:
    """Issue a sealed letter (document officer): it was rendered and waits for the seal."""
    letter = Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    if letter.status == Letter.Status.PENDING and letter.file_id:
        letter.sealed_by = by
        _mark_issued(letter, by=by, now=now)
        letter.save(update_fields=["status", "issued_at", "sealed_by"])
    return letter


@transaction.atomic
def void(letter: Letter, *, by: Any, now: datetime, reason: str) -> Letter:
    """Void an issued letter; its number stays taken and its page says so."""
    letter = Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    if letter.status == Letter.Status.ISSUED:
        letter.status, letter.voided_at, letter.void_reason = Letter.Status.VOIDED, now, reason
        letter.save(update_fields=["status", "voided_at", "void_reason"])
        audit.record("void", letter, by=by, at=now, note=reason)
    return letter


def for_case(case: models.Model, user: Any) -> models.QuerySet[Letter]:
    """Return the case's letters that the user may read, newest first."""
    letters = Letter.objects.filter(case_label=case._meta.label, case_id=case.pk)
    return letters.visible_to(user).select_related("file").order_by("-pk")
