"""Downloads and proofs: files, letters, receipts, and the public verification page."""

from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from core import audit, files, letter_batch, registry, typesetting
from core.files import download
from core.japanese import normalize
from core.mail import demo_mails, read_demo_mail
from core.models import Letter, Receipt, StoredFile

PREVIEWED = ("application/pdf", "image/png", "image/jpeg")


@require_safe
@login_required
def file_content(request: HttpRequest, public_id: Any) -> HttpResponseBase:
    """Download a file whose link the user sees, 404 otherwise; a virus is told, not sent."""
    stored = get_object_or_404(StoredFile, public_id=public_id)
    if not files.sees(stored, request.user):
        raise Http404
    if not files.may_download(stored, request.user):
        return render(request, "core/file_infected.html", {"file": stored}, status=403)
    return download(stored, by=request.user)


@require_safe
@login_required
@xframe_options_sameorigin
@csp_replace({"default-src": [NONE], "object-src": [SELF], "frame-ancestors": [SELF]})
def file_preview(request: HttpRequest, public_id: Any) -> FileResponse:
    """Show a PDF or image inside one of our own pages; everything else is only downloaded."""
    stored = get_object_or_404(StoredFile, public_id=public_id)
    shown = stored.content_type in PREVIEWED and files.may_download(stored, request.user)
    if not shown:
        raise Http404
    return files.preview(stored, by=request.user)


@require_safe
@login_required
def letter_content(request: HttpRequest, public_id: Any) -> HttpResponse:
    """Download a letter of a case in scope; a page that says so while it is being issued."""
    letter = get_object_or_404(Letter.objects.visible_to(request.user), public_id=public_id)
    if letter.file is None:
        return render(request, "core/letter_pending.html", {"letter": letter}, status=202)
    return download(letter.file, by=request.user)


@require_POST
@login_required
def letters_packed(request: HttpRequest) -> HttpResponse:
    """Begin a job that packs the letters named by id (one field, commas between); 404 for others'."""
    given = {part.strip() for part in request.POST.get("letters", "").split(",") if part.strip()}
    try:
        found = list(Letter.objects.visible_to(request.user).filter(public_id__in=given))
    except ValidationError as error:
        raise Http404 from error
    if len(found) != len(given) or not request.user.has_perm("core.view_letter"):
        raise Http404
    try:
        job = letter_batch.start(found, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("home")
    return redirect("admin:job" if request.user.is_staff else "job", job.public_id)


@require_safe
@login_required
def receipt(request: HttpRequest, public_id: Any) -> HttpResponse:
    """Show a submission's receipt."""
    found = get_object_or_404(Receipt.objects.visible_to(request.user), public_id=public_id)
    case = registry.model_by_label(found.case_label)._default_manager.get(pk=found.case_id)
    return render(request, "core/receipt.html", {"receipt": found, "case": case})


@require_safe
@login_required
def receipt_pdf(request: HttpRequest, public_id: Any) -> HttpResponse:
    """Download the receipt as PDF."""
    found = get_object_or_404(Receipt.objects.visible_to(request.user), public_id=public_id)
    case: Any = registry.model_by_label(found.case_label)._default_manager.get(pk=found.case_id)
    pdf = typesetting.render("core/letters/receipt.typ", case.receipt_context(found))
    audit.record("download", found, by=request.user)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="receipt-{found.number}.pdf"'
    return response


@require_safe
def letter_verify(request: HttpRequest, code: str) -> HttpResponse:
    """Show number, date and validity of a letter to anyone who holds its code, no names."""
    code = normalize(code).strip()
    letter = Letter.objects.filter(code=code.upper()).exclude(status=Letter.Status.PENDING).first()
    name = normalize(request.GET.get("name", "")).strip()
    context = {
        "letter": letter,
        "code": code,
        "name": name,
        "name_matches": bool(letter and name and normalize(letter.addressee) == name),
    }
    return render(request, "core/letter_verify.html", context, status=200 if letter else 404)


@require_safe
def letter_verify_form(request: HttpRequest) -> HttpResponse:
    """Ask for the code that stands at the foot of a letter."""
    code = normalize(request.GET.get("code", "")).strip()
    if code:
        return redirect("letter-verify", code=code)
    return render(request, "core/letter_verify.html", {"letter": None, "code": ""})


@require_safe
def demo_mailbox(request: HttpRequest) -> HttpResponse:
    """List the mails of the demo; 404 outside it."""
    if not settings.DEMO:
        raise Http404
    recipient = request.GET.get("to", "")
    mails = [m for m in demo_mails() if not recipient or recipient.lower() in m.to.lower()]
    return render(request, "core/demo_mailbox.html", {"mails": mails, "to": recipient})


@require_safe
def demo_mail(request: HttpRequest, name: str) -> HttpResponse:
    """Show one mail of the demo; 404 outside it."""
    path = settings.DEMO_MAIL_DIR / f"{name}.eml"
    if not settings.DEMO or not path.is_file():
        raise Http404
    return render(request, "core/demo_mail.html", {"mail": read_demo_mail(path)})


def nothing_here(request: HttpRequest) -> HttpResponse:
    """Close a library's page that the portal does not offer (accounts come by invitation)."""
    raise Http404
