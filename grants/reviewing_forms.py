"""What the acts on a review ask for."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.fields import JapaneseDateField, NormalizedCharField
from core.forms import TransitionForm
from core.japanese import InputError, read_number
from grants.reviewing import criteria_of


class PointsField(forms.CharField):
    """Whole points from 0 to the criterion's most; full width digits are taken."""

    size = "short"

    def __init__(self, *, maximum: int, **kwargs: Any):
        self.maximum = maximum
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "numeric", "size": 4}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> int | None:
        """Return the points, None where nothing is typed and nothing is required."""
        text = super().clean(value)
        if not text:
            return None
        try:
            points = read_number(text)
        except InputError:
            points = None
        if points is None or not 0 <= points <= self.maximum:
            raise forms.ValidationError(
                _("Write whole points from 0 to %(most)d.") % {"most": self.maximum}
            )
        return int(points)


class SheetMixin:
    """Boxes for points and comment of each criterion, and the overall comment."""

    is_final = True

    def add_boxes(self, application: Any, values: Any) -> None:
        """Add the boxes of the edition's criteria, filled with what is stored."""
        self.criteria = criteria_of(application)
        for criterion in self.criteria:
            facts = {"most": criterion.maximum, "weight": criterion.weight}
            self.fields[f"score_{criterion.key}"] = PointsField(  # type: ignore[attr-defined]
                label=criterion.name,
                maximum=criterion.maximum,
                required=self.is_final,
                initial=values.scores.get(criterion.key),
                help_text=" ".join(
                    part
                    for part in (
                        criterion.help,
                        _("0 to %(most)d points, weight %(weight)d") % facts,
                    )
                    if part
                ),
                error_messages={"required": _("Give points for this criterion.")},
            )
            # The word on the label says what a submitted sheet needs, also while it is kept for later.
            self.fields[f"score_{criterion.key}"].needed_to_submit = True  # type: ignore[attr-defined]
            self.fields[f"comment_{criterion.key}"] = NormalizedCharField(  # type: ignore[attr-defined]
                label=_("Comment on “%(criterion)s”") % {"criterion": criterion.name},
                required=False,
                max_length=2000,
                initial=values.comments.get(criterion.key, ""),
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        self.fields["overall"].initial = values.overall  # type: ignore[attr-defined]
        self.order_fields([n for n in self.fields if n != "overall"])  # type: ignore[attr-defined]

    def gathered(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """Return points, comments and the overall comment as they are stored."""
        keys = [criterion.key for criterion in self.criteria]
        scores = {key: cleaned.get(f"score_{key}") for key in keys}
        comments = {key: cleaned.get(f"comment_{key}") for key in keys}
        return {
            "scores": {key: points for key, points in scores.items() if points is not None},
            "comments": {key: text for key, text in comments.items() if text},
            "overall": cleaned.get("overall") or "",
        }


def overall_field() -> NormalizedCharField:
    """Return the box of the overall comment."""
    return NormalizedCharField(
        label=gettext_lazy("overall comment"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ScoreForm(SheetMixin, TransitionForm):
    """The whole sheet. By the API: `scores` and `comments` as objects by criterion."""

    scores = forms.JSONField(required=False, widget=forms.HiddenInput)
    comments = forms.JSONField(required=False, widget=forms.HiddenInput)
    overall = overall_field()

    def __init__(self, data: Any = None, **kwargs: Any):
        super().__init__(data, **kwargs)
        self.add_boxes(self.case.application, self.case)
        if data is not None and isinstance(data.get("scores"), dict):
            self.data = self._spread(data)

    def _spread(self, data: Any) -> dict[str, Any]:
        """Put the API's objects into the boxes, so that both are read by the same fields."""
        comments = data.get("comments")
        found = {f"score_{key}": str(points) for key, points in data["scores"].items()}
        if isinstance(comments, dict):
            found |= {f"comment_{key}": str(text) for key, text in comments.items()}
        return found | {"overall": data.get("overall", "")}

    def clean(self) -> dict[str, Any]:
        """Refuse a criterion that the edition does not have; gather the sheet."""
        cleaned = super().clean() or {}
        known = {f"{part}_{c.key}" for c in self.criteria for part in ("score", "comment")}
        unknown = {n for n in self.data if n.startswith(("score_", "comment_"))} - known
        if unknown:
            self.add_error("scores", _("There is no such criterion. Use the edition's keys."))
        if not self.criteria:
            self.add_error(None, _("The edition has no criteria yet. Ask the section in charge."))
        return cleaned | self.gathered(cleaned)


class SheetForm(SheetMixin, forms.Form):
    """The sheet while it is being filled in: points may be missing."""

    is_final = False
    overall = overall_field()

    def __init__(self, *args: Any, user: Any, instance: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.user, self.instance = user, instance
        self.add_boxes(instance.application, instance)

    def changes(self) -> dict[str, Any]:
        """Return the columns to write."""
        return self.gathered(self.cleaned_data)


class DeclareForm(TransitionForm):
    """Whether the reviewer has an interest in the application; if so, which."""

    has_conflict = forms.TypedChoiceField(
        label=gettext_lazy("conflict of interest"),
        choices=[
            ("no", gettext_lazy("I have no interest in this application")),
            ("yes", gettext_lazy("I have an interest and do not review it")),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "For example: you belong or belonged to the body, advise it, or gain by the project."
        ),
    )
    conflict_reason = NormalizedCharField(
        label=gettext_lazy("what the interest is"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any = None, **kwargs: Any):
        if data is not None and isinstance(data.get("has_conflict"), bool):  # as JSON says it
            data = {**data, "has_conflict": "yes" if data["has_conflict"] else "no"}
        super().__init__(data, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Ask what the interest is where there is one."""
        cleaned = super().clean() or {}
        if cleaned.get("has_conflict") and not cleaned.get("conflict_reason"):
            self.add_error("conflict_reason", _("Write in a few words what the interest is."))
        return cleaned


class AssignForm(forms.Form):
    """Which reviewers, and until when."""

    reviewers: forms.ModelMultipleChoiceField = forms.ModelMultipleChoiceField(
        label=gettext_lazy("reviewers"),
        queryset=None,
        to_field_name="public_id",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one reviewer.")},
    )
    due_on = JapaneseDateField(label=gettext_lazy("review due"), required=False, upcoming=True)

    def __init__(self, *args: Any, people: Any, today: date, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["reviewers"].queryset = people  # type: ignore[attr-defined]
        self.fields["reviewers"].label_from_instance = lambda person: (  # type: ignore[attr-defined]
            f"{person.name}（{person.access.body_name}）"
        )

    def clean_due_on(self) -> Any:
        """Refuse a day that has passed."""
        due = self.cleaned_data["due_on"]
        if due and due < self.today:
            raise forms.ValidationError(_("The day has passed. Name today or a later day."))
        return due
