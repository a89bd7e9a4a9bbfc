"""What the acts of an approval ask for, the form in which one is drafted, and that of a rule."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Post
from accounts.roles import ROLES
from approvals import actions
from approvals.actions import RouteStep
from approvals.models import ACTING_ROLES, MONEY_ACTS, Approval, ApprovalStep, RouteRule
from core import registry
from core.fields import NormalizedCharField, YenField
from core.fiscal import today
from core.forms import ReasonForm, TransitionForm
from core.workflow import workflow_for

Kind = ApprovalStep.Kind
STEP_KINDS = (Kind.REVIEW, Kind.CONSULT)


def comment_field() -> NormalizedCharField:
    """Return the box in which whoever signs may say something."""
    return NormalizedCharField(
        label=pgettext_lazy("approval", "comment"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        required=False,
    )


class TurnForm(TransitionForm):
    """Carries the step that the page showed, so that a repeated click signs nothing more."""

    step = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, **kwargs: Any):
        super().__init__(data, **kwargs)
        current = self.case.current_step
        self.fields["step"].initial = current.order if current else None


class SignForm(TurnForm):
    """Asked for by 承認 and 決裁."""

    comment = comment_field()


class ReturnForm(TurnForm, ReasonForm):
    """Asked for by 差戻し."""


class StepField(forms.ChoiceField):
    """One box of the route: what is asked of which post, in the order of the boxes."""

    def __init__(self, number: int = 1, **kwargs: Any):
        kwargs.setdefault("label", format_lazy(_("step {number}"), number=number))
        super().__init__(required=False, **kwargs)


class DraftFields(forms.Form):
    """Cases and route as boxes, for the screens and the admin alike; needs `user`."""

    user: Any
    instance: Any

    cases = forms.MultipleChoiceField(
        label=pgettext_lazy("approval", "records"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Records that wait for a decision. Choose records of one kind."),
        error_messages={"required": _("Choose at least one record for the approval.")},
    )
    step_1 = StepField(1)
    step_2 = StepField(2)
    step_3 = StepField(3)
    step_4 = StepField(4)
    step_5 = StepField(5)
    step_6 = StepField(6)
    step_7 = StepField(7)
    step_8 = StepField(8)
    decide = forms.ModelChoiceField(
        Post.objects.none(), label=pgettext_lazy("approval", "post that decides")
    )

    BOXES = tuple(f"step_{number}" for number in range(1, actions.MAX_STEPS))

    def prepare(self) -> None:
        """Offer the posts and cases of today; called when `user` and `instance` are known."""
        posts = actions.current_posts(today(timezone.now()))
        choices = step_choices(posts)
        boxes: dict[str, Any] = self.fields
        for name in self.BOXES:
            boxes[name].choices = choices
        boxes["decide"].queryset = posts.filter(role__in=ACTING_ROLES)
        boxes["cases"].choices = self._choices()
        self.initial.update(self._drafted() if self.instance.pk else self._usual())

    def _choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        if self.instance.pk:
            return own_choices(self.instance, self.user)
        return list(all_choices(self.user))

    def _usual(self) -> dict[str, Any]:
        """Return the route that the sum of the named cases asks for, else the usual one of money.

        Whoever drafts something else leaves 合議 out.
        """
        drafted, day = actions.drafting_post(self.user), today(timezone.now())
        act, cases = self._named(self.initial.get("cases") or [])
        rule = actions.rule_for(cases, act, day)
        return boxes_of(actions.standard_route(act or next(iter(MONEY_ACTS)), drafted, day, rule))

    def _drafted(self) -> dict[str, Any]:
        cases = [value_of(self.instance.act, case) for case in self.instance.cases()]
        return {"cases": cases, **boxes_of(self.instance.route)}

    def route(self) -> list[RouteStep]:
        """Return the steps in the order of the boxes, the decision last."""
        posts = actions.current_posts(today(timezone.now())).in_bulk()
        typed = [self.cleaned_data.get(name) for name in self.BOXES]
        asked = [value.split(":") for value in typed if value]
        steps = [RouteStep(kind, posts[int(pk)]) for kind, pk in asked if int(pk) in posts]
        return [*steps, RouteStep(Kind.DECIDE, self.cleaned_data["decide"])]

    def clean_cases(self) -> list[str]:
        """Refuse records of several kinds at once."""
        values = self.cleaned_data["cases"]
        if len({value.rpartition(":")[0] for value in values}) > 1:
            raise ValidationError(_("Put only records of one kind into an approval."))
        return values

    def clean(self) -> dict[str, Any]:
        """Say here, beside what was typed, what is wrong with the route."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("cases") and cleaned.get("decide"):
            (act, cases), day = self.chosen(), today(timezone.now())
            route = self.route()
            try:
                actions.check_route(route, act, day)
            except ValidationError as error:
                self.add_error(None, error)
            try:
                actions.check_decider(route, cases, act, day)
            except ValidationError as error:
                self.add_error("decide", error)
        return cleaned

    def chosen(self) -> tuple[str, list[Any]]:
        """Return the act and the chosen cases that the user may see."""
        return self._named(self.cleaned_data["cases"])

    def _named(self, chosen: Iterable[str]) -> tuple[str, list[Any]]:
        values = [value.split(":") for value in chosen]
        if not values:
            return "", []
        label, act, _pk = values[0]
        ids = [int(pk) for _label, _act, pk in values]
        model: Any = registry.model_by_label(label)
        found = model._default_manager.visible_to(self.user).in_bulk(ids)
        return act, [found[pk] for pk in ids if pk in found]


def step_choices(posts: Iterable[Post]) -> list[tuple[Any, Any]]:
    """Return what one box of the route offers: each post, for 審査 and for 合議.

    The choice names the kind too, since a closed box shows no heading of its group.
    """
    found = list(posts)
    groups = [(kind.label, [step_choice(kind, post) for post in found]) for kind in STEP_KINDS]
    return [("", pgettext_lazy("approval", "none")), *groups]


def step_choice(kind: Kind, post: Post) -> tuple[str, Any]:
    """Return the value of a step and its words, such as 合議：総務課 係長."""
    words = format_lazy(pgettext_lazy("step", "{kind}: {post}"), kind=kind.label, post=post.label)
    return f"{kind.value}:{post.pk}", words


def boxes_of(steps: Iterable[Any]) -> dict[str, Any]:
    """Return the boxes' values of a route."""
    steps = list(steps)
    asked = [step for step in steps if step.kind != Kind.DECIDE]
    found: dict[str, Any] = {
        f"step_{number}": f"{step.kind}:{step.post.pk}" for number, step in enumerate(asked, 1)
    }
    found["decide"] = next((step.post.pk for step in steps if step.kind == Kind.DECIDE), None)
    return found


def value_of(act: str, case: Any) -> str:
    """Return the choice's value of an act on a case."""
    return f"{case._meta.label}:{act}:{case.pk}"


def all_choices(user: Any) -> Iterable[tuple[str, list[tuple[str, str]]]]:
    """Yield, by kind and act, the cases that wait for a decision and are in no open approval."""
    for model in registry.case_models():
        rows = workflow_for(model).transitions
        for act, label in {row.name: row.label for row in rows if row.needs_authority}.items():
            options = [
                (value_of(act, case), case.proposal(act))
                for case in waiting_cases(model, act, user)
            ]
            if options:
                yield f"{model._meta.verbose_name}: {label}", options


def waiting_cases(model: Any, act: str, user: Any, apart_from: Approval | None = None) -> list[Any]:
    """Return the cases of the model for which the act may be proposed.

    A model whose act needs a draft of its own says by `waits_for(act)` which cases have one.
    """
    ready = model._default_manager.visible_to(user).filter(
        status__in=actions.sources_of(model, act)
    )
    if hasattr(model, "waits_for"):
        ready = ready.filter(model.waits_for(act))
    ready = ready.select_related(*model.proposal_related)
    cases = list(ready.order_by("pk")[: actions.MAX_ITEMS])
    taken = actions.open_approvals_of(model, act, [case.pk for case in cases], apart_from)
    return [case for case in cases if case.pk not in taken]


def own_choices(approval: Approval, user: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the approval's own cases, then the others of its kind that wait."""
    own = approval.cases()
    known = {case.pk for case in own}
    waiting = waiting_cases(approval.case_model, approval.act, user, approval)
    cases = own + [case for case in waiting if case.pk not in known]
    options = [(value_of(approval.act, case), case.proposal(approval.act)) for case in cases]
    return [(f"{approval.case_model._meta.verbose_name}: {approval.act_label}", options)]


class ApprovalForm(DraftFields, forms.ModelForm):
    """Draft an approval, or correct one, on the screens."""

    subject = NormalizedCharField(label=pgettext_lazy("approval", "subject"), max_length=200)
    reason = NormalizedCharField(
        label=pgettext_lazy("approval", "reason"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=4000,
        required=False,
    )
    field_order = ["subject", "cases", "reason", *DraftFields.BOXES, "decide"]

    class Meta:
        model = Approval
        fields = ["subject", "reason"]

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.user = user
        self.prepare()

    def changes(self) -> dict[str, Any]:
        """Return the approval's own fields as typed."""
        return {name: self.cleaned_data[name] for name in ("subject", "reason")}

    def children(self, approval: Approval) -> dict[str, Any]:
        """Write cases and route inside the edit's lock; refused to all but the drafter."""
        _act, cases = self.chosen()
        write = actions.rewriter(by=self.user, now=timezone.now(), cases=cases, steps=self.route())
        return write(approval)


class RouteRuleForm(forms.ModelForm):
    """A rule of the route by amount: the amount as people type it, the steps as boxes."""

    name = NormalizedCharField(label=pgettext_lazy("route rule", "name"), max_length=100)
    act = forms.ChoiceField(label=_("proposed act"))
    case_label = forms.ChoiceField(label=_("record type"), required=False)
    at_least = YenField(
        label=_("from this amount on (yen)"),
        help_text=_("The sum of the approval's records; the amount itself counts."),
    )
    clause = NormalizedCharField(label=_("clause"), max_length=200, required=False)
    step_1 = StepField(1)
    step_2 = StepField(2)
    step_3 = StepField(3)
    step_4 = StepField(4)
    step_5 = StepField(5)

    BOXES = tuple(f"step_{number}" for number in range(1, 6))

    class Meta:
        model = RouteRule
        fields = [
            "name",
            "act",
            "case_label",
            "at_least",
            "decider",
            "clause",
            "is_confirmed",
            "valid_from",
            "valid_to",
        ]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        boxes: dict[str, Any] = self.fields
        if "act" not in boxes:  # shown, not typed
            return
        boxes["act"].choices = acts_offered()
        boxes["case_label"].choices = [("", _("any type")), *types_offered()]
        offered = rule_step_choices(actions.current_posts(today(timezone.now())))
        for name in self.BOXES:
            boxes[name].choices = offered
        if self.instance.pk:
            steps = self.instance.steps.order_by("order")
            values = [f"{step.kind}:{step.role or step.post_id}" for step in steps]
            self.initial.update(zip(self.BOXES, values, strict=False))

    def steps(self) -> list[tuple[str, Any]]:
        """Return the steps in the order of the boxes: kind, and role or post."""
        typed = [self.cleaned_data.get(name) for name in self.BOXES]
        asked = [value.split(":") for value in typed if value]
        posts = actions.current_posts(today(timezone.now())).in_bulk()
        return [
            (kind, posts[int(who)] if who.isdecimal() else who)
            for kind, who in asked
            if not who.isdecimal() or int(who) in posts
        ]


def acts_offered() -> list[tuple[str, Any]]:
    """Return the acts that are put into approvals, in words."""
    models = registry.case_models()
    rows = [row for model in models for row in workflow_for(model).transitions]
    return list({row.name: (row.name, row.label) for row in rows if row.needs_authority}.values())


def types_offered() -> list[tuple[str, Any]]:
    """Return the record types that have such an act."""
    return [
        (model._meta.label, model._meta.verbose_name)
        for model in registry.case_models()
        if any(row.needs_authority for row in workflow_for(model).transitions)
    ]


def rule_step_choices(posts: Iterable[Post]) -> list[tuple[Any, Any]]:
    """Return what one box of a rule offers: each signing role, then each post, by kind."""
    found = list(posts)
    groups = []
    for kind in STEP_KINDS:
        roles = [
            (
                f"{kind.value}:{role}",
                format_lazy(
                    pgettext_lazy("step", "{kind}: {post}"), kind=kind.label, post=ROLES[role].label
                ),
            )
            for role in sorted(actions.SIGNING_ROLES)
        ]
        groups.append((kind.label, [*roles, *(step_choice(kind, post) for post in found)]))
    return [("", pgettext_lazy("approval", "none")), *groups]
