"""One's own page: what the portal holds about the person, corrected by the person."""

from typing import Any

from allauth.core import ratelimit
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache

from accounts import actions
from accounts.forms import AddressForm, ProfileForm
from accounts.models import Handover

SHOWN = 20


@method_decorator(never_cache, name="dispatch")
class ProfileView(LoginRequiredMixin, View):
    """Everything held about oneself, and the form that corrects name, reading and language."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        user = request.user
        given = {"name": user.name, "kana": user.kana, "language": user.language}  # type: ignore[union-attr]
        return self.page(ProfileForm(initial=given))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Correct it; the pages follow the chosen language."""
        form = ProfileForm(request.POST)
        if not form.is_valid():
            return self.page(form)
        actions.correct_profile(by=request.user, now=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Your record was corrected."))
        response = redirect("accounts:profile")
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            form.cleaned_data["language"],
            path=settings.LANGUAGE_COOKIE_PATH,
            secure=settings.LANGUAGE_COOKIE_SECURE,
        )
        return response

    def page(self, form: ProfileForm) -> HttpResponse:
        """Show the page."""
        user: Any = self.request.user
        held = user.memberships.select_related(
            "post__section__office", "post__section__organization"
        )
        coming = Handover.objects.planned()
        context = {
            "title": _("My account"),
            "form": form,
            "memberships": held.order_by("-starts_on", "-pk"),
            "may_hand_over": bool(user.access.organization_ids),
            "given": coming.filter(outgoing=user.pk),
            "taken": coming.filter(successor=user.pk),
            "keys": user.api_keys.order_by("-pk")[:SHOWN],
            "sessions": UserSession.objects.filter(user=user.pk).order_by("-pk")[:SHOWN],
            "now": timezone.now(),
        }
        return render(self.request, "accounts/profile.html", context)


@method_decorator(never_cache, name="dispatch")
class AddressView(LoginRequiredMixin, View):
    """Ask for another address to sign in with."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask for address and password."""
        return self.page(AddressForm(user=request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Mail the link; the password may be tried ten times a minute."""
        limited = ratelimit.consume_or_429(request, action="reauthenticate", user=request.user)
        if limited:
            return limited
        form = AddressForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.page(form)
        email = form.cleaned_data["email"]
        actions.ask_new_address(by=request.user, now=timezone.now(), email=email)
        words = _("We sent a mail to %(email)s. Open its link within a day to change the address.")
        messages.success(request, words % {"email": email})
        return redirect("accounts:profile")

    def page(self, form: AddressForm) -> HttpResponse:
        """Show the form."""
        context = {
            "title": _("Change the e-mail address"),
            "form": form,
            "crumbs": [{"label": _("My account"), "url": reverse("accounts:profile")}],
        }
        return render(self.request, "accounts/address.html", context)


@method_decorator(never_cache, name="dispatch")
class AddressConfirmView(View):
    """The link in the mail to the new address: opening it asks, the button changes."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer 410 where the link no longer works."""
        try:
            _user, self.email = actions.read_address_link(kwargs["token"])
            return super().dispatch(request, *args, **kwargs)
        except actions.ClosedAddressLinkError:
            return render(request, "accounts/address_closed.html", status=410)

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Ask."""
        context = {"title": _("Confirm the new e-mail address"), "email": self.email}
        return render(request, "accounts/address_confirm.html", context)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        """Change the address."""
        actions.confirm_new_address(token=token, now=timezone.now())
        messages.success(
            request, _("The address was changed. Sign in with the new one from now on.")
        )
        return redirect("accounts:profile")
