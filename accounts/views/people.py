"""A body's colleagues: who holds which post, invitations, deputies, the end of a post."""

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
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.http import require_POST

from accounts import actions, roles
from accounts.forms import DeputyForm, EndMembershipForm, InviteForm
from accounts.models import Handover, HandoverLine, Invitation, Membership, Section, User
from accounts.workload import orphaned_sections

# What the role may do, for people who choose one.
ROLE_WORDS = {
    "org_admin": gettext_lazy("Invites colleagues, gives and ends posts. Reads the applications."),
    "submitter": gettext_lazy("Drafts, submits and withdraws the section's applications."),
    "contact": gettext_lazy("Drafts the section's applications; submitting is the submitter's."),
    "viewer": gettext_lazy("Reads the section's applications."),
}
ACTS = {
    "resend": (
        actions.resend_invitation,
        gettext_lazy("A new invitation was sent. The old link no longer works."),
    ),
    "withdraw": (actions.withdraw_invitation, gettext_lazy("The invitation was withdrawn.")),
}


class PeopleView(LoginRequiredMixin, View):
    """The colleagues of the bodies that the user administers, and the form to invite more."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Let in only the administrators of a body."""
        user: Any = request.user
        if user.is_authenticated and not user.access.administered_ids:
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
        user, now = self.request.user, timezone.now()
        mine = user.access.administered_ids  # type: ignore[union-attr]
        context = {
            "title": _("People of your organization"),
            "form": form,
            "memberships": _colleagues(mine),
            "invitations": _waiting_invitations(mine),
            "handovers": _planned_handovers(user),
            "orphans": orphaned_sections(user),
            "roles": [
                {"label": roles.ROLES[name].label, "value": words}
                for name, words in ROLE_WORDS.items()
            ],
            "today": timezone.localdate(now),
            "now": now,
        }
        return render(self.request, "accounts/people.html", context)


def _own_sections(user: Any) -> Any:
    found = Section.objects.filter(organization__in=user.access.administered_ids, valid_to=None)
    return found.order_by("organization", "name", "pk")


def _planned_handovers(user: Any) -> Any:
    """Return the hand-overs that lie ahead, of the bodies that the user administers."""
    of_bodies = HandoverLine.objects.filter(
        is_open=True, membership__post__section__organization__in=user.access.administered_ids
    )
    return Handover.objects.planned().filter(pk__in=of_bodies.values("handover"))


def _colleagues(bodies: frozenset[int]) -> Any:
    related = Membership.objects.select_related("user", "post__section__organization")
    of_bodies = related.filter(post__section__organization__in=bodies)
    return of_bodies.not_ended(timezone.localdate()).order_by(
        "post__section__organization", "post__section__name", "user__kana", "pk"
    )


def _waiting_invitations(bodies: frozenset[int]) -> Any:
    related = Invitation.objects.select_related("post__section__organization", "handover")
    waiting = related.filter(accepted_at=None, withdrawn_at=None)
    return waiting.filter(post__section__organization__in=bodies).order_by("-pk")


def _home_of(user: Any) -> str:
    """Return where the act began: a body's list, or the staff's list of people."""
    return reverse("admin:accounts_user_changelist" if user.is_staff else "accounts:people")


class MembershipView(LoginRequiredMixin, View):
    """One colleague's post, among those the user may see (404) and may change (403)."""

    permission = "accounts.change_membership"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find it."""
        if request.user.is_authenticated:
            related = ("user", "post__section__organization", "post__section__office")
            visible = Membership.objects.select_related(*related).visible_to(request.user)
            self.membership = get_object_or_404(visible, public_id=kwargs["membership"])
            if not request.user.has_perm(self.permission, self.membership):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def shown(self, template: str, title: str, form: Any, **more: Any) -> HttpResponse:
        """Show the form with what is to be corrected."""
        context = {
            "title": title,
            "membership": self.membership,
            "form": form,
            "back_url": _home_of(self.request.user),
            **more,
        }
        return render(self.request, template, context)


class EndMembershipView(MembershipView):
    """Set the last day of a colleague on a post."""

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
                return redirect(_home_of(request.user))
        return self.page(form)

    def page(self, form: EndMembershipForm) -> HttpResponse:
        """Show the page."""
        return self.shown("accounts/membership_end.html", _("End a post"), form)


class DeputyView(MembershipView):
    """Let a colleague act on the post for some days."""

    def get(self, request: HttpRequest, membership: str) -> HttpResponse:
        """Ask who and when."""
        initial = {"starts_on": timezone.localdate()}
        return self.page(DeputyForm(initial=initial, colleagues=self.colleagues()))

    def post(self, request: HttpRequest, membership: str) -> HttpResponse:
        """Make the deputy."""
        form = DeputyForm(request.POST, colleagues=self.colleagues())
        if not form.is_valid():
            return self.page(form)
        try:
            actions.deputise(
                by=request.user, now=timezone.now(), membership=self.membership, **form.cleaned_data
            )
        except ValidationError as error:
            form.add_error(None, error)
            return self.page(form)
        messages.success(request, _("The deputy is set. Both were told by mail."))
        return redirect(_home_of(request.user))

    def colleagues(self) -> Any:
        """Return whom one may choose."""
        return colleagues_of([self.membership]).exclude(pk=self.membership.user_id)

    def page(self, form: DeputyForm) -> HttpResponse:
        """Show the page."""
        has_colleagues = self.colleagues().exists()
        return self.shown(
            "accounts/membership_deputise.html",
            _("Set a deputy"),
            form,
            has_colleagues=has_colleagues,
        )


def colleagues_of(memberships: list[Membership]) -> Any:
    """Return the people on a post today in the body or office of each of the posts."""
    found = User.objects.filter(is_active=True)
    for body, office in {
        (held.post.section.organization_id, held.post.section.office_id) for held in memberships
    }:
        unit = {"post__section__organization": body} if body else {"post__section__office": office}
        here = Membership.objects.current(timezone.localdate()).filter(**unit)
        found = found.filter(pk__in=here.values("user"))
    return found.order_by("kana", "email", "pk")


@login_required
@require_POST
def act_on_invitation(request: HttpRequest, invitation: str, act: str) -> HttpResponse:
    """Send an invitation anew, or withdraw it."""
    rows = Invitation.objects.select_related("post__section").visible_to(request.user)
    found = get_object_or_404(rows, public_id=invitation)
    run, words = ACTS[act]
    try:
        run(by=request.user, now=timezone.now(), invitation=found)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, words)
    return redirect(_invitations_of(request.user))


def _invitations_of(user: Any) -> str:
    return reverse("admin:accounts_invitation_changelist" if user.is_staff else "accounts:people")
