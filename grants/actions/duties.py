"""Assets are registered, disposals answered, tax credits paid back (domain.md §1.4)."""

from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, receipts, workflow
from core.fiscal import era_date, jst_date, period_end
from core.money import format_yen
from core.outbox import Recipient
from core.workflow import InvalidTransition, Step
from finance.actions import commitments
from grants.actions import papers
from grants.actions.award_letters import write_letter
from grants.models import Asset, Award, DisposalRequest, TaxCreditReport

ASSET_THRESHOLD = 500_000  # unit price where the edition names none (domain.md §1.4; unconfirmed)
TAX_DAYS = 30  # after the fixed amount's notice where the edition names none (unconfirmed)
# For a local government's general account the credit is normally 0 (domain.md §1.4).
TAXED_KINDS = (
    "international_association",
    "municipal_association",
    "npo",
    "private_school",
    "company",
    "jetaa_chapter",
)


def asset_threshold(award: Award) -> int:
    """Return the unit price from which an asset of the award is registered (yen)."""
    rules = award.rules
    return (rules.asset_threshold if rules else None) or ASSET_THRESHOLD


def register_asset(
    award: Award,
    *,
    by: Any,
    now: datetime,
    values: dict[str, Any],
    behalf: workflow.Behalf | None = None,
) -> Asset:
    """Put an asset into the award's register; below the threshold none is kept."""
    if not workflow.allowed(award, "change", by, behalf):
        raise PermissionDenied
    if not award.is_under_way:
        raise InvalidTransition(_("The award was withdrawn or cancelled: nothing is registered."))
    rules, threshold = award.rules, asset_threshold(award)
    if values["unit_price"] < threshold:
        text = _("Assets of a unit price of %(threshold)s or more are registered.")
        raise ValidationError({"unit_price": [text % {"threshold": format_yen(threshold)}]})
    years = rules.asset_years if rules else None
    until = _years_after(values["acquired_on"], years) if years else None
    with transaction.atomic():
        asset = Asset.objects.create(award=award, restricted_until=until, **values)
        audit.record(
            "register_asset",
            award,
            by=by,
            at=now,
            note=f"{asset.name} {asset.public_id}",
            on_behalf_of=behalf.organization if behalf else "",
        )
    return asset


def _years_after(day: date, years: int) -> date:
    """Return the same day so many years later; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def begin_disposal(
    asset: Asset,
    *,
    by: Any,
    now: datetime,
    changes: dict[str, Any],
    behalf: workflow.Behalf | None = None,
) -> DisposalRequest:
    """Begin a request to dispose of an asset."""
    award = asset.award
    return workflow.create(
        DisposalRequest,
        by=by,
        now=now,
        behalf=behalf,
        changes={
            **changes,
            "asset": asset,
            "award": award,
            "edition": award.edition,
            "organization": award.organization,
            "section": award.section,
        },
    )


def require_restricted(step: Step) -> None:
    """Ask only for what is restricted on the planned day, and once for each asset."""
    asset = step.case.asset
    if not asset.is_restricted(step.case.planned_on):
        raise ValidationError(_("The asset is not restricted on that day: no approval is needed."))
    others = asset.disposals.filter(status__in=("submitted", "approved")).exclude(pk=step.case.pk)
    if others.exists():
        raise ValidationError(_("This asset’s disposal is asked for already."))


def receive(step: Step) -> None:
    """Number it once, keep its arrival (JST), give the receipt."""
    case = step.case
    for name in ("tax_status", "input_tax"):
        if name in step.data:
            setattr(case, name, step.data[name])
    case.receipt_number = case.receipt_number or receipts.new_number(step.now)
    case.arrived_at = case.arrived_at or step.now
    if isinstance(case, TaxCreditReport):
        case.to_return = tax_to_return(case.award, case.input_tax)
    snapshot = _snapshot(case) | {"files": papers.files_told(case)}
    receipts.give(step, number=case.receipt_number, snapshot=snapshot, **papers.received(step))


def _snapshot(case: Any) -> dict[str, Any]:
    names = (
        ("manner", "reason", "planned_on", "proceeds")
        if isinstance(case, DisposalRequest)
        else ("tax_status", "input_tax", "to_return")
    )
    return {"title": str(case)} | {name: getattr(case, name) for name in names}


def approve_disposal(step: Step) -> None:
    """Let it be disposed of; what is to be paid back becomes an order (財産処分承認)."""
    case = step.case
    case.to_return, case.answer = step.data["to_return"], step.data["conditions"]
    case.decided_at = step.now
    Asset.objects.filter(pk=case.asset_id).update(disposed_on=case.planned_on)
    _order(step, "disposal", "財産処分の承認に伴う返還", "補助金適正化法第22条の例")
    content = _disposal_content(case) | {"conditions": case.answer, "owed": case.to_return}
    write_letter(step, "disposalrequest_approve", content, award=case.award)


def deny_disposal(step: Step) -> None:
    """Deny the disposal; the asset stays as it is (不承認)."""
    case = step.case
    case.answer, case.decided_at = step.data["reason"], step.now
    content = _disposal_content(case) | {"reason": case.answer}
    write_letter(step, "disposalrequest_deny", content, award=case.award)


def _disposal_content(case: DisposalRequest) -> dict[str, Any]:
    return {
        "asset": case.asset.name,
        "manner": str(DisposalRequest.Manner(case.manner).label),
        "arrived_on": era_date(jst_date(case.arrived_at)) if case.arrived_at else "",
        "planned_on": era_date(case.planned_on),
    }


def make_tax_report(award: Award, *, by: Any, now: datetime) -> TaxCreditReport | None:
    """Ask a body that may credit input tax for its report, once the amount is fixed."""
    if award.organization.kind not in TAXED_KINDS:
        return None
    days = award.rules.days("tax_credit", TAX_DAYS) if award.rules else TAX_DAYS
    report = TaxCreditReport.objects.create(
        status=TaxCreditReport.Status.DUE,
        award=award,
        edition=award.edition,
        organization=award.organization,
        section=award.section,
        due_on=period_end(jst_date(now), days),
    )
    audit.record("add", report, by=by, at=now)
    return report


def tax_to_return(award: Award, input_tax: int) -> int:
    """Return input tax × rate in whole yen; at most what was fixed.

    Where no rate is confirmed, the share of the accepted cost that was fixed stands for it.
    """
    fixed = award.fixed_amount or 0
    rate = award.rules.rate if award.rules else None
    if rate is None:
        eligible = int(award.fixing.get("eligible") or 0)
        rate = min(Fraction(fixed, eligible), Fraction(1)) if eligible else Fraction(0)
    return min(int(input_tax * rate), fixed)


def require_nothing_to_return(step: Step) -> None:
    """Accept what leaves nothing to pay back; else the money is ordered back."""
    if step.case.to_return:
        raise InvalidTransition(_("There is money to pay back: order it back."))


def require_something_to_return(step: Step) -> None:
    """Order back only what there is."""
    if not step.case.to_return:
        raise InvalidTransition(_("There is nothing to pay back: accept the report."))


def accept_tax(step: Step) -> None:
    """Take the report as it is (確認)."""
    step.case.decided_at = step.now


def return_tax(step: Step) -> None:
    """Order the credited tax back (返還)."""
    case = step.case
    case.decided_at = step.now
    _order(step, "tax_credit", "消費税仕入控除税額の確定に伴う返還", "交付の条件による")
    rate = case.award.rules.rate if case.award.rules else None
    content = {
        "input_tax": case.input_tax,
        "rate": str(rate) if rate else "",
        "owed": case.to_return,
        "arrived_on": era_date(jst_date(case.arrived_at)) if case.arrived_at else "",
    }
    write_letter(step, "taxcreditreport_return_money", content, award=case.award)


def _order(step: Step, kind: str, reason: str, clause: str) -> None:
    if step.case.to_return:
        commitments.order_repayment(
            step.case.award,
            kind=kind,
            principal=step.case.to_return,
            reason=reason,
            clause=clause,
            by=step.by,
            now=step.now,
        )


def to_owner(step: Step) -> list[Recipient]:
    """Return the body's mailboxes."""
    return step.case.owner_mailboxes()
