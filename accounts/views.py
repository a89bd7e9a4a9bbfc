"""Pages of people: an invitation's page, a body's colleagues, one's own API keys."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import actions
from accounts.forms import AcceptForm, ApiKeyForm, EndMembershipForm, InviteForm, RotationForm
from accounts.models import ApiKey, Invitation, Membership, Section, User


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


class PeopleView(LoginRequiredMixin, View):
    """The colleagues of the bodies that the user administers, and the form to invite more."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Let in only the administrators of a body."""
        if request.user.is_authenticated and not _administered(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them."""
        return self.page(InviteForm(sections=_own_sections(request.user)))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Invite one more."""
        form = InviteForm(request.POST, sections=_own_sections(request.user))
        if not form.is_valid():
            return self.page(form)
        now, given = timezone.now(), form.cleaned_data
        post = actions.ensure_post(
            by=request.user, now=now, section=given["section"], role=given["role"]
        )
        actions.invite(by=request.user, now=now, email=given["email"], post=post)
        messages.success(
            request, _("The invitation was sent to %(email)s.") % {"email": given["email"]}
        )
        return redirect("accounts:people")

    def page(self, form: InviteForm) -> HttpResponse:
        """Show the list above the form."""
        context = {
            "title": _("People of your organization"),
            "form": form,
            "memberships": _colleagues(self.request.user),
            "invitations": _open_invitations(self.request.user),
        }
        return render(self.request, "accounts/people.html", context)


def _administered(user: Any) -> list[int]:
    """Return the ids of the bodies whose people the user manages."""
    return [pk for pk in user.access.organization_ids if "org_admin" in user.access.body_roles(pk)]


def _own_sections(user: Any) -> Any:
    found = Section.objects.filter(organization__in=_administered(user), valid_to=None)
    return found.order_by("organization", "name", "pk")


def _colleagues(user: Any) -> Any:
    related = Membership.objects.select_related("user", "post__section__organization")
    of_bodies = related.filter(post__section__organization__in=_administered(user))
    return of_bodies.not_ended(timezone.localdate()).order_by(
        "post__section__organization", "post__section__name", "user__kana", "pk"
    )


def _open_invitations(user: Any) -> Any:
    related = Invitation.objects.select_related("post__section__organization")
    waiting = related.filter(accepted_at=None, expires_at__gt=timezone.now())
    return waiting.filter(post__section__organization__in=_administered(user)).order_by("pk")


class EndMembershipView(LoginRequiredMixin, View):
    """Set the last day of a colleague on a post."""

    template = "accounts/membership_end.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the membership among those the user may see (404) and may change (403)."""
        if request.user.is_authenticated:
            rows = Membership.objects.select_related("user", "post__section__organization")
            visible = rows.visible_to(request.user)
            self.membership = get_object_or_404(visible, public_id=kwargs["membership"])
            if not request.user.has_perm("accounts.change_membership", self.membership):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, membership: str) -> HttpResponse:
        """Ask for the day."""
        return self.page(EndMembershipForm(initial={"ends_on": timezone.localdate()}))

    def post(self, request: HttpRequest, membership: str) -> HttpResponse:
        """Set it."""
        form = EndMembershipForm(request.POST)
        if form.is_valid():
            try:
                actions.end_membership(
                    by=request.user,
                    now=timezone.now(),
                    membership=self.membership,
                    ends_on=form.cleaned_data["ends_on"],
                )
            except ValidationError as error:
                form.add_error(None, error)
            else:
                return redirect("accounts:people")
        return self.page(form)

    def page(self, form: EndMembershipForm) -> HttpResponse:
        """Show the form with what is to be corrected."""
        context = {"title": _("End a post"), "membership": self.membership, "form": form}
        return render(self.request, self.template, context)


@method_decorator(never_cache, name="dispatch")
class ApiKeysView(LoginRequiredMixin, View):
    """One's own API keys; a new secret is shown once, in the answer that made it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them."""
        return self.page(ApiKeyForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make one and show its secret."""
        form = ApiKeyForm(request.POST)
        if not form.is_valid():
            return self.page(form)
        now = timezone.now()
        _key, secret = actions.issue_api_key(
            by=request.user,
            now=now,
            user=request.user,  # type: ignore[arg-type]
            name=form.cleaned_data["name"],
            scopes=form.scopes,
            expires_at=now + form.validity,
        )
        return self.page(ApiKeyForm(), secret=secret)

    def page(self, form: ApiKeyForm, secret: str = "") -> HttpResponse:
        """Show the keys above the form."""
        keys = ApiKey.objects.filter(user=self.request.user.pk).order_by("-pk")
        context = {
            "title": _("API keys"),
            "form": form,
            "keys": keys,
            "secret": secret,
            "now": timezone.now(),
        }
        return render(self.request, "accounts/api_keys.html", context)


@method_decorator(never_cache, name="dispatch")
class ApiKeyView(LoginRequiredMixin, View):
    """One of one's own keys: what it asked, and its successor made with an overlap."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the key among one's own (404)."""
        if request.user.is_authenticated:
            self.key = get_object_or_404(
                ApiKey.objects.select_related("replaces"),
                public_id=kwargs["key"],
                user=request.user.pk,
            )
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """Show counters and requests."""
        return self.page(RotationForm())

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        """Make the successor and show its secret."""
        form = RotationForm(request.POST)
        if not form.is_valid():
            return self.page(form)
        overlap = timedelta(days=form.cleaned_data["overlap_days"])
        try:
            _key, secret = actions.rotate_api_key(
                by=request.user, now=timezone.now(), key=self.key, overlap=overlap
            )
        except ValidationError as error:
            form.add_error(None, error)
            return self.page(form)
        self.key.refresh_from_db()
        return self.page(form, secret=secret)

    def page(self, form: RotationForm, secret: str = "") -> HttpResponse:
        """Show the key."""
        now = timezone.now()
        requests = self.key.requests.order_by("-pk")[: actions.KEPT_REQUESTS]
        context = {
            "title": _("API key “%(name)s”") % {"name": self.key.name},
            "key": self.key,
            "form": form if self.key.is_usable(now) and not secret else None,
            "secret": secret,
            "usage": self.key.usage.order_by("-day")[:30],
            "requests": requests,
            "crumbs": [{"label": _("API keys"), "url": reverse("accounts:api-keys")}],
        }
        return render(self.request, "accounts/api_key.html", context)


@login_required
@require_POST
def revoke_api_key(request: HttpRequest, key: str) -> HttpResponse:
    """Make one of one's own keys open nothing."""
    found = get_object_or_404(ApiKey, public_id=key, user=request.user.pk)
    actions.revoke_api_key(by=request.user, now=timezone.now(), key=found)
    return redirect("accounts:api-keys")
