"""Hand-over in two pages: whom and when, then exactly what moves."""

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
from django.views import View
from django.views.decorators.http import require_POST

from accounts import actions
from accounts.forms import HandoverForm, post_text
from accounts.models import Handover, Membership, User
from accounts.views.people import colleagues_of
from accounts.workload import held_by
from core.fiscal import jst_date

STEP = "step"
_NOT_KEPT = (STEP, "csrfmiddlewaretoken")


class HandoverView(LoginRequiredMixin, View):
    """Any member for oneself, a body's administrator and CLAIR's for others."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the person among those the user may see (404), with a post to hand over (403)."""
        if request.user.is_authenticated:
            self.now = timezone.now()
            people = User.objects.visible_to(request.user)
            self.outgoing = get_object_or_404(people, public_id=kwargs["person"])
            self.memberships = actions.posts_to_hand_over(
                by=request.user, outgoing=self.outgoing, now=self.now
            )
            if not self.memberships and self.outgoing != request.user:
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, person: str) -> HttpResponse:
        """Ask for posts, successor and day."""
        return self.first_page(self.form(initial={"starts_on": jst_date(self.now)}))

    def post(self, request: HttpRequest, person: str) -> HttpResponse:
        """Show what moves; move it once that is confirmed."""
        form = self.form(request.POST)
        step = request.POST.get(STEP)
        if not form.is_valid() or step == "back":
            return self.first_page(form)
        if step != "confirm":
            return self.second_page(form)
        try:
            handover = self.plan(form)
        except ValidationError as error:
            form.add_error(None, error)
            return self.first_page(form)
        messages.success(request, _result(handover))
        return redirect(self.back_url())

    def form(self, *data: Any, **options: Any) -> HandoverForm:
        """Return the form over the posts that may be handed over."""
        colleagues = colleagues_of(self.memberships).exclude(pk=self.outgoing.pk)
        return HandoverForm(*data, memberships=self.memberships, colleagues=colleagues, **options)

    def plan(self, form: HandoverForm) -> Handover:
        """Run the action."""
        given = form.cleaned_data
        return actions.plan_handover(
            by=self.request.user,
            now=self.now,
            outgoing=self.outgoing,
            memberships=form.memberships,
            starts_on=given["starts_on"],
            successor=given["successor"],
            email=given["email"],
        )

    def back_url(self) -> str:
        """Return where the user came from: the own page, the staff's admin or the body's list."""
        if self.outgoing == self.request.user:
            return reverse("accounts:profile")
        if self.request.user.is_staff:  # type: ignore[union-attr]
            return reverse("admin:accounts_user_change", args=[self.outgoing.pk])
        return reverse("accounts:people")

    def first_page(self, form: HandoverForm) -> HttpResponse:
        """Show the form, and what is planned already."""
        return self.shown(
            "accounts/handover.html",
            {
                "form": form if self.memberships else None,
                "handovers": Handover.objects.planned().filter(outgoing=self.outgoing.pk),
            },
        )

    def second_page(self, form: HandoverForm) -> HttpResponse:
        """Show exactly what moves and what stays; the answers travel in hidden fields."""
        chosen, given = form.memberships, form.cleaned_data
        ending = actions.keys_that_end(self.outgoing, chosen, self.now)
        kept = [(k, v) for k, vs in self.request.POST.lists() for v in vs if k not in _NOT_KEPT]
        return self.shown(
            "accounts/handover_check.html",
            {
                "successor": given["successor"] or given["email"],
                "is_invited": not given["successor"],
                "starts_on": given["starts_on"],
                "is_today": given["starts_on"] == jst_date(self.now),
                "posts": [post_text(held) for held in chosen],
                "workload": held_by(chosen),
                "keys": ending,
                "deputies": _deputies(chosen, self.now),
                "kept": kept,
            },
        )

    def shown(self, template: str, context: dict[str, Any]) -> HttpResponse:
        """Show a page of the two."""
        title = _("Hand over the posts of %(person)s") % {"person": self.outgoing}
        common = {"title": title, "outgoing": self.outgoing, "back_url": self.back_url()}
        return render(self.request, template, common | context)


def _deputies(memberships: list[Membership], now: Any) -> Any:
    """Return who deputises on the posts now or later: they stay until their last day."""
    rows = Membership.objects.filter(
        post__in=[held.post_id for held in memberships], is_deputy=True
    )
    return rows.not_ended(jst_date(now)).select_related("user", "post").order_by("starts_on", "pk")


def _result(handover: Handover) -> str:
    if handover.state == Handover.State.DONE:
        return _("The posts are handed over. Both were told by mail.")
    if handover.successor_id is None:
        return _("The invitation was sent. The posts move once the successor accepts it.")
    return _("The hand-over is planned. Both were told by mail.")


@login_required
@require_POST
def cancel_handover(request: HttpRequest, handover: str) -> HttpResponse:
    """Undo a planned hand-over."""
    rows = Handover.objects.visible_to(request.user)
    found = get_object_or_404(rows, public_id=handover)
    try:
        actions.cancel_handover(by=request.user, now=timezone.now(), handover=found)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The hand-over was cancelled. Everybody keeps their posts."))
    is_own = found.outgoing_id == request.user.pk
    if is_own or request.user.is_staff:  # type: ignore[union-attr]
        return redirect("accounts:handover", found.outgoing.public_id)
    return redirect("accounts:people")
