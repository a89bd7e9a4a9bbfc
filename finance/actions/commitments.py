"""What the apps above call: commit, change, fix and release an amount, and ask how it stands."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from core import audit, letters, outbox, workflow
from core.fiscal import add_working_days, today
from core.money import format_yen
from finance.actions.ledger import book, lock_ledgers
from finance.interest import Terms
from finance.models import Commitment, LedgerEntry, Payment, Repayment, Settlement
from finance.notices import to_owner
from finance.papers import order_letter
from programs.actions import add_decided, lock_editions
from programs.models import RuleSet

USUAL_DUE_DAYS = 20  # 補助金適正化法 施行令 gives none; unconfirmed (domain.md §1.4)
Kind = LedgerEntry.Kind


def lock_commitments(ids: Sequence[int]) -> dict[int, Commitment]:
    """Return the commitments locked by pk, after every case and before any edition."""
    rows = Commitment.objects.filter(pk__in=set(ids)).select_for_update(of=("self",), no_key=True)
    return {row.pk: row for row in rows.order_by("pk")}


def hold(cases: Sequence[models.Model]) -> None:
    """Lock all that acts on these cases write, before the first takes a letter's number.

    Commitments by pk, then their editions, then the editions' ledgers (design.md, Locks).
    """
    named = Commitment.objects.filter(
        case_label=cases[0]._meta.label, case_id__in=[case.pk for case in cases]
    )
    found = lock_commitments(list(named.values_list("pk", flat=True)))
    editions = {commitment.edition_id for commitment in found.values()}
    lock_editions(editions)
    lock_ledgers(editions)


def lock_commitment(pk: int) -> Commitment:
    """Return one commitment locked."""
    return lock_commitments([pk])[pk]


def commitment_of(case: models.Model) -> Commitment:
    """Return the case's commitment; Commitment.DoesNotExist where nothing was decided."""
    return Commitment.objects.of_case(case).select_related("edition", "rule_set").get()


def _locked_of(case: models.Model) -> Commitment:
    return lock_commitment(commitment_of(case).pk)


@transaction.atomic
def commit(
    case: Any,
    *,
    decided: int,
    reference: str,
    title: str,
    by: Any,
    now: datetime,
    rule_set: RuleSet | None = None,
) -> Commitment:
    """Write down what was decided for the case (yen); the edition's money was taken by `decide`.

    `rule_set`: the rules that the decision was made by, where they are not the edition's present ones.
    """
    commitment = Commitment.objects.create(
        edition=case.edition,
        organization=case.organization,
        section=case.section,
        case_label=case._meta.label,
        case_id=case.pk,
        reference=reference,
        title=title,
        rule_set=rule_set or case.edition.rules,
        decided=decided,
    )
    audit.record("add", commitment, by=by, at=now)
    book(commitment, Kind.COMMITTED, decided, on=today(now), source=commitment)
    return commitment


def refer(case: models.Model, reference: str) -> None:
    """Keep the number of the decision, once its letter has one: claims and letters name it."""
    Commitment.objects.of_case(case).update(reference=reference)


@transaction.atomic
def change_decided(case: models.Model, decided: int, *, by: Any, now: datetime) -> Commitment:
    """Set another decided amount (yen): takes or gives back the edition's money, and books it.

    A fixed amount is lowered with it; what was paid beyond becomes excess, to be ordered back.
    """
    commitment = _locked_of(case)
    before, held = audit.snapshot(commitment), commitment.due
    commitment.decided = decided
    if commitment.fixed is not None:
        commitment.fixed = min(commitment.fixed, decided)
    _require_room_for_claims(commitment)
    _save(commitment, before, held, "change_decided", by=by, now=now)
    return commitment


@transaction.atomic
def fix(case: models.Model, amount: int, *, by: Any, now: datetime) -> int:
    """Fix the amount (yen, at most the decided one); returns what was paid beyond it.

    What the body is no longer due goes back to the edition.
    """
    commitment = _locked_of(case)
    before, held = audit.snapshot(commitment), commitment.due
    if not 0 <= amount <= commitment.decided:
        raise ValidationError(
            _("The fixed amount is at most the decided amount of %(decided)s.")
            % {"decided": format_yen(commitment.decided)}
        )
    commitment.fixed, commitment.fixed_by_id, commitment.fixed_at = amount, by.pk, now
    _require_room_for_claims(commitment)
    _save(commitment, before, held, "fix", by=by, now=now)
    return max(commitment.paid - amount, 0)


@transaction.atomic
def release(case: models.Model, *, by: Any, now: datetime) -> Commitment:
    """Give the whole amount back to the edition: withdrawn, or cancelled whole (decided → 0)."""
    return change_decided(case, 0, by=by, now=now)


def _require_room_for_claims(commitment: Commitment) -> None:
    """Refuse to lower the amount below what is claimed and on its way."""
    if commitment.pending and commitment.paid + commitment.pending > commitment.due:
        raise ValidationError(
            _("A claim of %(pending)s is open. Refuse it, return it or pay it first.")
            % {"pending": format_yen(commitment.pending)}
        )


def _save(
    commitment: Commitment, before: dict[str, Any], held: int, act: str, *, by: Any, now: datetime
) -> None:
    """Write the commitment; its change of what the body is due moves the edition's money."""
    commitment.excess = max(commitment.paid - commitment.due, 0)
    moved = commitment.due - held
    changes = audit.changes_between(before, commitment)
    commitment.save()
    audit.record(act, commitment, by=by, at=now, changes=changes)
    if moved:
        add_decided(commitment.edition_id, moved)
        book(commitment, Kind.COMMITTED, moved, on=today(now), source=commitment)


@transaction.atomic
def order_repayment(
    case: models.Model,
    *,
    kind: str,
    principal: int,
    reason: str,
    clause: str,
    by: Any,
    now: datetime,
    due_on: date | None = None,
) -> Repayment:
    """Order money back (返還命令, yen), by letter and mail; its terms of interest are kept with it."""
    commitment = _locked_of(case)
    if principal <= 0:
        raise ValidationError(_("Nothing was overpaid, so nothing is ordered back."))
    if kind in Repayment.OF_EXCESS:
        commitment.covered += principal
    commitment.owed += principal
    commitment.save(update_fields=["covered", "owed"])
    terms = terms_of(commitment)
    repayment = Repayment(
        status=workflow.workflow_for(Repayment).initial,
        commitment=commitment,
        edition_id=commitment.edition_id,
        organization_id=commitment.organization_id,
        section_id=commitment.section_id,
        kind=kind,
        principal=principal,
        reason=reason,
        clause=clause,
        ordered_on=today(now),
        due_on=due_on or usual_due(commitment, today(now)),
        instalments=instalments_of(commitment),
        terms=terms.as_data(),
    )
    repayment.save(force_insert=True)
    audit.record("add", repayment, by=by, at=now, note=reason)
    _tell(repayment, by=by, now=now)
    return repayment


def _tell(repayment: Repayment, *, by: Any, now: datetime) -> None:
    step = workflow.Step(repayment, "order", by, now, {})
    outbox.enqueue(
        "finance/mail/repayment_order",
        recipients=to_owner(step),
        context=repayment.notice_context(step),
        now=now,
        case=repayment,
    )
    letters.prepare(repayment, **order_letter(repayment), now=now)


def terms_of(commitment: Commitment) -> Terms:
    """Return the edition's terms of interest; without any the law's (unconfirmed)."""
    if commitment.rules is None:
        return Terms()
    given = commitment.rules.repayment
    return Terms(given.surcharge_percent, given.arrears_percent, given.year_days)


def usual_due(commitment: Commitment, ordered_on: date) -> date:
    """Return the day by which to pay back: the edition's days, on a working day."""
    rules = commitment.rules
    count = rules.days("repayment", USUAL_DUE_DAYS) if rules else USUAL_DUE_DAYS
    return add_working_days(ordered_on + timedelta(days=count), 0)


def instalments_of(commitment: Commitment) -> list[dict[str, Any]]:
    """Return when the body received how much (yen), for the reckoning of 加算金."""
    paid = commitment.payments.filter(status=Payment.Status.PAID).order_by("paid_on", "pk")
    return [
        {"on": day.isoformat(), "amount": amount}
        for day, amount in paid.values_list("paid_on", "amount")
        if day
    ]


def unordered_of(case: models.Model) -> int:
    """Return what was paid beyond what is due and not ordered back yet (yen)."""
    found = commitment_of(case)
    return max(found.excess - found.covered, 0)


def settlement_of(case: models.Model) -> Settlement:
    """Return how the case's money stands."""
    return commitment_of(case).settlement()


def settlements_of(cases: Sequence[models.Model]) -> dict[int, Settlement]:
    """Return how the money of cases of one kind stands, by the case's id; one query."""
    if not cases:
        return {}
    rows = Commitment.objects.filter(
        case_label=cases[0]._meta.label, case_id__in=[case.pk for case in cases]
    ).select_related("rule_set")
    return {row.case_id: row.settlement() for row in rows}
