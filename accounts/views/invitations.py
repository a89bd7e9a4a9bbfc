"""The page of an invitation's link."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache

from accounts import actions
from accounts.forms import AcceptForm
from accounts.models import Handover, User
from core.fiscal import era_date_plain


@method_decorator(never_cache, name="dispatch")
class InvitationView(View):
    """Take an offered post: a new account gives name and password, an old one only confirms."""

    template = "accounts/invitation.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer 410 where the link no longer works."""
        try:
            self.invitation = actions.open_invitation(token=kwargs["token"], now=timezone.now())
        except actions.ClosedInvitationError:
            return render(request, "accounts/invitation_closed.html", status=410)
        self.known = User.objects.filter(email=self.invitation.email).exists()
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Show what is offered."""
        return self.page(None if self.known else AcceptForm(invitation=self.invitation))

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        """Accept and lead to the sign-in."""
        form = None if self.known else AcceptForm(request.POST, invitation=self.invitation)
        if form and not form.is_valid():
            return self.page(form)
        given = (
            {key: form.cleaned_data[key] for key in ("name", "kana", "password")} if form else {}
        )
        try:
            actions.accept_invitation(token=token, now=timezone.now(), **given)
        except ValidationError as error:
            return self.page(form, errors=[{"text": text, "url": ""} for text in error.messages])
        planned = Handover.objects.filter(
            invitation=self.invitation, state=Handover.State.PLANNED
        ).first()
        if planned:
            words = _("Your account is ready. You take over the posts on %(day)s.")
            messages.success(request, words % {"day": era_date_plain(planned.starts_on)})
        else:
            messages.success(request, _("The post is yours. Sign in to begin."))
        return redirect("account_login")

    def page(self, form: AcceptForm | None, errors: list[dict] | None = None) -> HttpResponse:
        """Show the form with what is to be corrected."""
        context = {
            "title": _("Accept the invitation"),
            "invitation": self.invitation,
            "form": form,
            "errors": errors,
        }
        return render(self.request, self.template, context)
