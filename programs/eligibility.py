"""The eligibility check: may we apply at all? Asked before signing in, nothing is kept."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Organization
from accounts.prefectures import PREFECTURES
from programs.models import Call
from programs.rules import eligibility
from programs.rules.words import who

KINDS: dict[str, Any] = {kind.value: kind.label for kind in Organization.Kind}


class EligibilityForm(forms.Form):
    """What kind of body asks, whether jointly, and where it is."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of body"), choices=[("", "—"), *Organization.Kind.choices]
    )
    is_joint = forms.ChoiceField(
        label=gettext_lazy("With other bodies?"),
        choices=[
            ("alone", gettext_lazy("alone")),
            ("joint", gettext_lazy("jointly with other bodies")),
        ],
        widget=forms.RadioSelect,
        initial="alone",
    )
    place = forms.ChoiceField(label=gettext_lazy("Where the body is"))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        index = 0 if (get_language() or "ja").startswith("ja") else 1
        places = [(code, names[index]) for code, names in PREFECTURES.items()]
        choices = [("", "—"), *places, ("abroad", _("outside Japan"))]
        self.fields["place"].choices = choices  # type: ignore[attr-defined]


@require_safe
def check(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask three questions and answer with the clause; the answers stand in the address alone."""
    now = timezone.now()
    calls = Call.objects.select_related("edition__section", "edition__rules").announced(now)
    call = get_object_or_404(calls, public_id=public_id)
    form = EligibilityForm(request.GET if "kind" in request.GET else None)
    rules = call.edition.rules.rules if call.edition.rules else None
    answer = None
    if form.is_bound and form.is_valid() and rules:
        given = form.cleaned_data
        answer = eligibility(rules, kind=given["kind"], is_joint=given["is_joint"] == "joint")
    context = {
        "title": _("May we apply?"),
        "call": call,
        "form": form,
        "answer": answer,
        "who": who(rules, kinds=KINDS) if rules else "",
        "route": _route(call, form.cleaned_data) if answer and answer.may_apply else "",
        "is_open": call.is_open(now),
        "crumbs": [
            {"label": _("Calls"), "url": reverse("calls")},
            {"label": call.title, "url": call.get_absolute_url()},
        ],
    }
    return render(request, "programs/call_check.html", context)


def _route(call: Call, given: dict[str, Any]) -> str:
    """Return through whom the application goes, where it goes through a branch."""
    if not call.edition.routes_through_branch or given["place"] == "abroad":
        return ""
    if given["kind"] == "designated_city":
        return _("A designated city is a branch itself and sends its application to CLAIR.")
    index = 0 if (get_language() or "ja").startswith("ja") else 1
    names = {"prefecture": PREFECTURES[given["place"]][index]}
    return _("The application goes through the branch of %(prefecture)s.") % names
