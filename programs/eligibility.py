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
from programs.kinds import KINDS
from programs.models import Call
from programs.rules import Eligibility, RuleData, eligibility
from programs.rules.words import PLACE_WORDS, who


class EligibilityForm(forms.Form):
    """What kind of body asks, whether jointly, where it is, and where the project would be."""

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
    project = forms.ChoiceField(
        label=gettext_lazy("Place of the project"), widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, places: tuple[str, ...] = (), **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["project"].choices = [(key, PLACE_WORDS[key]) for key in places]  # type: ignore[attr-defined]
        if not places:
            del self.fields["project"]
        index = 0 if (get_language() or "ja").startswith("ja") else 1
        bodies = [(code, names[index]) for code, names in PREFECTURES.items()]
        choices = [("", "—"), *bodies, ("abroad", _("outside Japan"))]
        self.fields["place"].choices = choices  # type: ignore[attr-defined]


@require_safe
def check(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask three questions, a fourth where the ceiling depends on it, and answer with the clause; the answers stand in the address alone."""
    now = timezone.now()
    calls = Call.objects.select_related("edition__section", "edition__rules").announced(now)
    call = get_object_or_404(calls, public_id=public_id)
    rules = call.edition.rules.rules if call.edition.rules else None
    asked = request.GET if "kind" in request.GET else None
    form = EligibilityForm(asked, places=rules.places if rules else ())
    answer = _answer(rules, form.cleaned_data) if rules and form.is_valid() else None
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


def _answer(rules: RuleData, given: dict[str, Any]) -> Eligibility:
    is_joint, place = given["is_joint"] == "joint", given.get("project", "")
    return eligibility(rules, kind=given["kind"], is_joint=is_joint, place=place)


def _route(call: Call, given: dict[str, Any]) -> str:
    """Return through whom the application goes, where it goes through a branch."""
    if not call.edition.routes_through_branch or given["place"] == "abroad":
        return ""
    if given["kind"] == "designated_city":
        return _("A designated city is a branch itself and sends its application to CLAIR.")
    index = 0 if (get_language() or "ja").startswith("ja") else 1
    names = {"prefecture": PREFECTURES[given["place"]][index]}
    return _("The application goes through the branch of %(prefecture)s.") % names
