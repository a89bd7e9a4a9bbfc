"""Rules edited in three steps: boxes and rows, what would change, saved as a new version."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.fields import NormalizedCharField
from core.fiscal import FiscalYear
from programs import actions, trials
from programs.admin.from_checklist import PARAMETER
from programs.checklist import back_to
from programs.forms.rules import RuleEditor
from programs.kinds import KINDS
from programs.models import Edition
from programs.rules import RuleData, sentences

_STEPS = ("try", "more", "edit", "save")
_OWN = ("csrfmiddlewaretoken", "step", "note", "base", "edition", PARAMETER)
OUTCOME_WORDS = {
    "refused": gettext_lazy("newly against the rules"),
    "accepted": gettext_lazy("newly within the rules"),
    "less": gettext_lazy("a lower amount allowed"),
    "more": gettext_lazy("a higher amount allowed"),
    "findings": gettext_lazy("other findings alone"),
    "first": gettext_lazy("not judged before"),
    "same": gettext_lazy("unchanged"),
}


class ReasonForm(forms.Form):
    """Why the rules change; stands with the version for good."""

    note = NormalizedCharField(label=gettext_lazy("reason of this version"), max_length=300)


def rules_page(request: HttpRequest, frame: dict[str, Any]) -> HttpResponse:
    """Choose an edition, edit its rules, try them, save them; nothing is saved before the last."""
    given = request.POST if request.method == "POST" else request.GET
    edition = _edition(given.get("edition", ""))
    if edition is None:
        return _choose(request, frame)
    step = request.POST.get("step", "") if request.method == "POST" else ""
    base = edition.rules.data if edition.rules else _nothing()
    posted = _with_rows(request.POST, step) if step in _STEPS else None
    editor = RuleEditor(base, posted)
    context = {**frame, "edition": edition, "base": _base(request, edition)}
    context |= {"check": given.get(PARAMETER, ""), "check_list": back_to(edition)}
    if step in {"", "more", "edit"}:
        return _edit(request, context, editor)
    if not editor.is_valid():
        return _edit(request, context, editor, 400)
    reason = ReasonForm(request.POST if step == "save" else None)
    if step == "save" and reason.is_valid():
        saved = _save(request, edition, editor, reason)
        if saved is not None:
            return saved
    return _try(request, context, editor, reason)


def _edition(pk: str) -> Edition | None:
    if not pk:
        return None
    editions = Edition.objects.select_related("rules", "program")
    found = editions.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 10 else None
    if found is None:
        raise Http404
    return found


def _nothing() -> dict[str, Any]:
    """Return what an edition without rules begins with."""
    return {
        "period": {"starts": "04-01", "ends": "03-31"},
        "rounding_unit": 1_000,
    }


def _base(request: HttpRequest, edition: Edition) -> int:
    """Return the version that the page began from; kept over the steps."""
    typed = request.POST.get("base", "")
    if typed.isdecimal() and len(typed) < 6:
        return int(typed)
    return edition.rules.version if edition.rules else 0


def _with_rows(posted: Any, step: str) -> Any:
    """Return the POST with three more empty rows of each kind where they are asked for."""
    if step != "more":
        return posted
    given = posted.copy()
    for name in [key for key in given if key.endswith("-TOTAL_FORMS")]:
        if given[name].isdecimal():
            given[name] = str(min(int(given[name][:4]) + 3, 100))
    return given


def _choose(request: HttpRequest, frame: dict[str, Any]) -> HttpResponse:
    rows = Edition.objects.select_related("rules", "program__area")
    editions = rows.order_by("-fiscal_year", "program__area__number", "pk")
    years: dict[int, list[Edition]] = {}
    for edition in editions:
        years.setdefault(edition.fiscal_year, []).append(edition)
    context = {
        **frame,
        "title": _("Rules of which edition?"),
        "with_rules": [edition for edition in editions if edition.rules_id],
        "years": [(FiscalYear(year).label, rows) for year, rows in years.items()],
    }
    return render(request, "programs/rules_choose.html", context)


def _edit(
    request: HttpRequest, context: dict[str, Any], editor: RuleEditor, status: int = 200
) -> HttpResponse:
    groups, wrong = list(editor.groups()), status == 400
    context |= {
        "title": _("Rules of %(edition)s") % {"edition": context["edition"]},
        "groups": groups,
        "faults": [b for _h, blocks in groups for b in blocks if b.is_wrong] if wrong else [],
        "other_errors": editor.errors.get("", []),
        "errors": wrong,
    }
    return render(request, "programs/rules_edit.html", context, status=status)


def _try(
    request: HttpRequest, context: dict[str, Any], editor: RuleEditor, reason: ReasonForm
) -> HttpResponse:
    edition, data = context["edition"], editor.data()
    rules = RuleData.parse(data)
    tried = trials.try_rules(edition, rules, request.user)
    context |= {
        "title": _("What would change: %(edition)s") % {"edition": edition},
        "differences": list(_differences(edition, rules)),
        "tried": tried,
        "counts": [(OUTCOME_WORDS[name], count) for name, count in tried.counts.items()],
        "rows": [(OUTCOME_WORDS[trial.outcome], trial) for trial in tried.changed],
        "most": trials.MOST,
        "sent": [
            (name, value)
            for name, values in request.POST.lists()
            if name not in _OWN
            for value in values
        ],
        "reason": reason,
        "next_version": context["base"] + 1,
        "errors": reason.errors,
    }
    return render(request, "programs/rules_try.html", context, status=400 if reason.errors else 200)


def _differences(edition: Edition, rules: RuleData) -> Iterator[tuple[Any, Any, Any]]:
    """Return the rules whose words, clause or mark change: title, sentence before, and after."""
    year = edition.fiscal_year
    after = {s.rule: s for s in sentences(rules, fiscal_year=year, kinds=KINDS)}
    before = {}
    if edition.rules is not None:
        old = sentences(edition.rules.rules, fiscal_year=year, kinds=KINDS)
        before = {s.rule: s for s in old}
    for rule in [*before, *(rule for rule in after if rule not in before)]:
        one, other = before.get(rule), after.get(rule)
        told = one or other
        if one != other and told is not None:
            yield told.title, one, other


def _save(
    request: HttpRequest, edition: Edition, editor: RuleEditor, reason: ReasonForm
) -> HttpResponse | None:
    """Save the version, or say on the page why not."""
    try:
        saved = actions.save_rules(
            edition,
            data=editor.data(),
            by=request.user,
            now=timezone.now(),
            note=reason.cleaned_data["note"],
            base=_base(request, edition),
        )
    except ValidationError as error:
        reason.add_error(None, error)
        return None
    text = _("Version %(version)d of the rules is in force. Earlier verdicts stand.")
    messages.success(request, text % {"version": saved.version})
    if key := request.POST.get(PARAMETER, ""):
        return redirect(back_to(edition, key))
    return redirect(reverse("admin:programs_ruleset_change", args=[saved.pk]))
