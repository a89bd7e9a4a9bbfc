"""Announce decisions: the list, letters and mails previewed, then all sent or none; the grace."""

import io
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_safe
from pypdf import PdfWriter

from core import chosen, workflow
from core.forms import PlainReasonForm
from core.models import Letter
from grants import pending
from grants.actions import announcing
from grants.models import Application

# One act for a whole list: about 40 queries each; 290 took 15 s on two busy cores, the proxy
# waits 60 s (deploy/nginx).
MAX_AT_ONCE = 300
READY = (Application.Status.DECIDED, Application.Status.INFORMALLY_NOTIFIED)


def managers_page(view: Callable) -> Callable:
    """Let in who may announce: 403 for other staff, and nothing is here for others."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm("grants.announce_application"):
            if not request.user.is_staff:  # type: ignore[union-attr]
                raise Http404
            raise PermissionDenied
        return view(request, **kwargs)

    return guarded


@managers_page
def announce(request: HttpRequest) -> HttpResponse:
    """List what is decided and not announced (GET); announce the previewed ones (POST)."""
    if request.method == "POST":
        return _announce(request)
    ready = Application.objects.visible_to(request.user).filter(status__in=READY)
    sums = pending.by_edition(ready)
    asked = request.GET.get("edition", "")
    if asked in {str(row["edition"].public_id) for row in sums}:
        ready = ready.filter(edition__public_id=asked)
    rows = ready.select_related("organization", "edition").order_by("edition", "pk")[:MAX_AT_ONCE]
    context = {
        "title": _("Announce decisions"),
        "cases": rows,
        "most": MAX_AT_ONCE,
        "sums": sums,
        "asked": asked,
    }
    return render(request, "grants/announce.html", context)


def _act(request: HttpRequest) -> str:
    """Return what is told: the decision, or the informal notice."""
    given = request.POST if request.method == "POST" else request.GET
    asked = given.get("act", "")
    return asked if asked in announcing.TOLD else "announce"


def _named(request: HttpRequest) -> list[Application]:
    """Return the named applications in scope, in the order in which they are numbered."""
    values = chosen.named(request)
    rows = Application.objects.visible_to(request.user).select_related(
        "organization", "edition__section", "section"
    )
    try:
        return list(rows.filter(public_id__in=values).order_by("pk")[: MAX_AT_ONCE + 1])
    except ValidationError as error:
        raise Http404 from error


@require_http_methods(["GET", "HEAD", "POST"])
@managers_page
def preview(request: HttpRequest) -> HttpResponse:
    """Show every letter and mail as it would go out; POST brings the list's choice along."""
    if request.method == "POST":
        items = chosen.keep(request, chosen.named(request))
        return redirect(f"{request.path}?items={items}&act={_act(request)}")
    cases = _named(request)
    if len(cases) > MAX_AT_ONCE:
        text = _("Announce at most %(most)d at once. Choose fewer.") % {"most": MAX_AT_ONCE}
        messages.error(request, text)
        return redirect("grants:announce")
    if not cases:
        messages.error(request, _("Choose at least one application."))
        return redirect("grants:announce")
    act = _act(request)
    rows = announcing.rehearse(cases, by=request.user, now=timezone.now(), act=act)
    by_pk = {case.pk: case for case in cases}
    ready = [by_pk[row.case.pk] for row in rows if not row.error]
    adopted = [case for case in ready if case.is_adopted]
    items = chosen.keep(request, [case.public_id for case in cases])
    context = {
        "title": _("Check letters and mails"),
        "act": act,
        "adopted": len(adopted),
        "total": sum(case.decided_amount or 0 for case in adopted),
        "items": items,
        "versions": ",".join(str(case.version) for case in cases),
        "ready": [{"case": by_pk[r.case.pk], **_sent(r)} for r in rows if not r.error],
        "others": [{"case": by_pk[r.case.pk], "error": r.error} for r in rows if r.error],
        "grace": settings.NOTICE_GRACE,
        **_one_by_one(request, len([r for r in rows if not r.error])),
    }
    return render(request, "grants/announce_preview.html", context)


def _sent(row: announcing.Rehearsed) -> dict[str, Any]:
    first = row.mails[0] if row.mails else None
    return {
        "letter": row.letter,
        "mail": first,
        "mailboxes": [mail.recipient for mail in row.mails],
    }


def _one_by_one(request: HttpRequest, count: int) -> dict[str, Any]:
    """Return which one is shown alone, counted from 1, and its neighbours; None: all together."""
    asked = request.GET.get("one", "")
    if not asked.isdecimal() or not 1 <= int(asked) <= count:
        return {"one": None}
    one = int(asked)
    return {
        "one": one,
        "slice": f"{one - 1}:{one}",
        "previous": one - 1 if one > 1 else None,
        "next": one + 1 if one < count else None,
    }


@require_safe
@managers_page
@xframe_options_sameorigin
@csp_replace({"default-src": [NONE], "object-src": [SELF], "frame-ancestors": [SELF]})
def specimens(request: HttpRequest) -> HttpResponse:
    """Return the letters as one PDF, without numbers and marked as specimens."""
    cases = _named(request)[:MAX_AT_ONCE]
    now, act = timezone.now(), _act(request)
    rows = announcing.rehearse(cases, by=request.user, now=now, act=act)
    found = [announcing.specimen(row.letter) for row in rows if row.letter]
    if not found:
        raise Http404
    response = HttpResponse(_bound(found), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="specimen.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


def _bound(pdfs: list[bytes]) -> bytes:
    if len(pdfs) == 1:
        return pdfs[0]
    writer, stream = PdfWriter(), io.BytesIO()
    for pdf in pdfs:
        writer.append(io.BytesIO(pdf))
    writer.write(stream)
    return stream.getvalue()


def _announce(request: HttpRequest) -> HttpResponse:
    cases = _named(request)
    items, act = request.POST.get("items", ""), _act(request)
    back = f"{reverse('grants:announce-preview')}?items={items}&act={act}"
    if not cases or len(cases) > MAX_AT_ONCE:
        return redirect(back if cases else "grants:announce")
    read = request.POST.get("versions", "").split(",")
    versions = dict(
        zip((c.pk for c in cases), (int(v) for v in read if v.isdecimal()), strict=False)
    )
    try:
        batch = announcing.announce_all(
            cases, by=request.user, now=timezone.now(), versions=versions, act=act
        )
    except (workflow.InvalidTransition, workflow.StaleVersion) as error:
        messages.error(request, str(error))
        return redirect(back)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(back)
    done = (
        _("%(count)s decisions are announced.")
        if act == "announce"
        else _("%(count)s are notified informally.")
    )
    messages.success(request, done % {"count": len(cases)})
    return redirect("grants:announce-batch", public_id=batch)


@managers_page
def batch(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Show the mails of one announcement; stop those that wait, or send stopped ones (POST)."""
    found = list(announcing.notices(public_id))
    if not found:
        raise Http404
    form = PlainReasonForm(initial={"reason": _("To check the content again")})
    form.fields["reason"].widget.attrs["rows"] = 2
    if request.method == "POST":
        if request.POST.get("act") == "again":
            return _again(request, public_id)
        form = PlainReasonForm(request.POST)
        if form.is_valid():
            return _stop(request, public_id, form.cleaned_data["reason"])
    context = _batch_context(request, found, form)
    status = 400 if form.is_bound else 200
    return render(request, "grants/announce_batch.html", context, status=status)


def _batch_context(request: HttpRequest, found: list[Any], form: Any) -> dict[str, Any]:
    ids = {notice.case_id for notice in found}
    cases = Application.objects.visible_to(request.user).filter(pk__in=ids)
    by_pk = {c.pk: c for c in cases.select_related("organization")}
    letters = Letter.objects.filter(case_label="grants.Application", case_id__in=ids)
    numbers = {
        letter.case_id: letter
        for letter in letters.filter(template=_letter_of(found)).order_by("pk")
    }
    is_announced = found[0].template == announcing.ANNOUNCE
    waiting = [notice for notice in found if notice.state == "waiting"]
    return {
        "title": _("Announced decisions") if is_announced else _("Informal notices"),
        "is_announced": is_announced,
        "rows": [
            {"notice": n, "case": by_pk.get(n.case_id), "letter": numbers.get(n.case_id)}
            for n in found
        ],
        "letter_ids": ",".join(str(letter.public_id) for letter in numbers.values()),
        "count": len(ids),
        "waiting": len(waiting),
        "leaves_at": max((n.not_before for n in waiting), default=None),
        "stopped": sum(notice.state == "cancelled" for notice in found),
        "form": form,
    }


def _letter_of(found: list[Any]) -> str:
    """Return the letter's template that went with the mails."""
    act = next((act for act, mail in announcing.TOLD.items() if mail == found[0].template), "")
    return f"grants/letters/application_{act}.typ"


def _stop(request: HttpRequest, public_id: uuid.UUID, reason: str) -> HttpResponse:
    now = timezone.now()
    count = announcing.stop_notices(public_id, by=request.user, now=now, reason=reason)
    if count:
        messages.success(request, _("The mails of %(count)d are stopped.") % {"count": count})
    else:
        messages.error(request, _("The mails have left already and cannot be stopped."))
    return redirect("grants:announce-batch", public_id=public_id)


def _again(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    count = announcing.send_notices_again(public_id, by=request.user, now=timezone.now())
    wait = timedelta(seconds=settings.NOTICE_GRACE).seconds
    text = _("The mails of %(count)d are queued again and leave in %(wait)d seconds.")
    messages.success(request, text % {"count": count, "wait": wait})
    return redirect("grants:announce-batch", public_id=public_id)
