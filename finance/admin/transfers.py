"""Transfer files: choose the day, see what goes and what not, take the file, book it as paid."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.fiscal import add_working_days, era_date_plain, today
from core.forms import plain_messages, show_on_fields
from core.workflow import InvalidTransition
from finance.actions import transfers
from finance.forms import PaidOnForm, TransferForm
from finance.models import TransferFile


def list_page(request: HttpRequest, frame: dict[str, Any]) -> HttpResponse:
    """Show what waits and the files so far; POST makes the file of a day."""
    _require(request, "add" if request.method == "POST" else "view")
    now = timezone.now()
    data = request.POST if request.method == "POST" else None
    form = TransferForm(data, initial={"transfer_on": add_working_days(today(now), 2)})
    waiting = list(transfers.waiting())
    if form.is_valid():
        try:
            made = transfers.make_file(
                waiting, transfer_on=form.cleaned_data["transfer_on"], by=request.user, now=now
            )
        except ValidationError as error:
            show_on_fields(form, error)
            for message in plain_messages(error, set(form.fields)):
                form.add_error(None, message)
        else:
            messages.success(request, _("The file is made. Take it out and give it to the bank."))
            return redirect("admin:finance_payment_transfer", made.public_id)
    carried, left = transfers.sorted_out(waiting)
    context = {
        **frame,
        "title": _("Transfer files"),
        "form": form,
        "errors": form.errors,
        "carried": _carried(carried),
        "left": _left(left),
        "files": _made(_files(request).order_by("-pk")[:50]),
    }
    status = 400 if form.errors else 200
    return render(request, "finance/transfers.html", context, status=status)


def detail_page(request: HttpRequest, frame: dict[str, Any], public_id: Any) -> HttpResponse:
    """Show one file with its payments; POST books them all as paid on a day."""
    _require(request, "view")
    made = get_object_or_404(_files(request), public_id=public_id)
    form = PaidOnForm(request.POST if request.method == "POST" else None)
    form.initial["paid_on"] = made.transfer_on
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            transfers.pay_file(
                made, by=request.user, now=timezone.now(), paid_on=form.cleaned_data["paid_on"]
            )
        except (ValidationError, InvalidTransition, PermissionDenied) as error:
            text = "; ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            form.add_error(None, text or _("You may not book these payments."))
            status = 409
        else:
            messages.success(request, _("The payments are booked."))
            return redirect("admin:finance_payment_transfer", made.public_id)
    payments = made.payments.select_related("commitment", "organization", "account").order_by("pk")
    context = {
        **frame,
        "title": _("Transfer file of %(day)s") % {"day": made.transfer_on.isoformat()},
        "made": made,
        "form": form,
        "errors": form.errors,
        "payments": _in_file(payments),
        "waits": payments.filter(status="approved").exists(),
    }
    return render(
        request,
        "finance/transfer.html",
        context,
        status=400 if form.errors and status == 200 else status,
    )


def _yen(label: str) -> dict[str, Any]:
    return {"label": label, "unit": _("yen"), "numeric": True}


def _payment(payment: Any, *cells: Any) -> dict[str, Any]:
    first = (payment.commitment.reference, payment.organization.name)
    return {"cells": [*first, *cells], "url": payment.get_staff_url()}


def _heads(*more: Any) -> list[Any]:
    return [_("reference number"), _("body"), *more]


def _carried(payments: list[Any]) -> dict[str, Any]:
    total = sum(payment.amount for payment in payments)
    return {
        "columns": _heads(pgettext("finance", "bank account"), _yen(_("amount"))),
        "rows": [_payment(payment, str(payment.account), payment.amount) for payment in payments],
        "foot": [_("total"), "", "", total] if payments else [],
    }


def _left(rows: Any) -> dict[str, Any]:
    return {
        "columns": _heads(_("why")),
        "rows": [_payment(row.payment, row.reason) for row in rows],
    }


def _in_file(payments: Any) -> dict[str, Any]:
    return {
        "columns": _heads(pgettext("finance", "bank account"), _yen(_("amount")), _("status")),
        "rows": [_payment(p, str(p.account), p.amount, p.status_text) for p in payments],
    }


def _made(files: Any) -> dict[str, Any]:
    count = {"label": _("number of transfers"), "numeric": True}
    return {
        "columns": [_("transfer day"), count, _yen(_("total")), _("made by")],
        "rows": [
            {
                "cells": [
                    era_date_plain(made.transfer_on),
                    made.count,
                    made.total,
                    made.made_by.name,
                ],
                "url": reverse("admin:finance_payment_transfer", args=[made.public_id]),
            }
            for made in files
        ],
    }


def _files(request: HttpRequest) -> Any:
    return TransferFile.objects.visible_to(request.user).select_related("file", "made_by")


def _require(request: HttpRequest, verb: str) -> None:
    if not request.user.has_perm(f"finance.{verb}_transferfile"):
        raise PermissionDenied
