"""The editor of one version's questions: choices and conditions as a clerk writes them."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.japanese import normalize
from programs.asking import expected_labels
from programs.models import FormVersion, Question
from programs.versions import write_questions

_WITHOUT_LIMIT = (*Question.WITH_CHOICES, Question.Kind.DATE, Question.Kind.FILE)


class QuestionForm(forms.ModelForm):
    """One question; a line of choices is `label` or `value = label`."""

    order = forms.IntegerField(
        label=gettext_lazy("order"),
        required=False,
        min_value=1,
        help_text=gettext_lazy("Empty: at the end. Numbers are made even when it is saved."),
    )
    key = forms.SlugField(
        label=gettext_lazy("key"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Answers move to the next version by the key. Empty: one is made."),
    )
    choice_lines = forms.CharField(
        label=gettext_lazy("choices, one a line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 50}),
        help_text=gettext_lazy(
            "For example “Yes”, or “yes = Yes” to keep the value that is stored."
        ),
    )
    asked_if = forms.ChoiceField(label=gettext_lazy("asked only if the answer to"), required=False)
    asked_answers = forms.CharField(
        label=gettext_lazy("is one of"),
        required=False,
        help_text=gettext_lazy("The choices as they are written there, separated by “、”."),
    )

    class Meta:
        model = Question
        fields = ("key", "section", "kind", "label", "help", "required", "limit")
        widgets = {
            "label": forms.Textarea(attrs={"rows": 2, "cols": 70}),
            "help": forms.Textarea(attrs={"rows": 2, "cols": 70}),
        }

    def __init__(self, *args: Any, offered: Sequence[Question] = (), **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.offered = offered
        question = self.instance
        self.initial.setdefault("order", question.order)
        self.initial["choice_lines"] = "\n".join(
            c["label"] if c["value"] == c["label"] else f"{c['value']} = {c['label']}"
            for c in question.choices
        )
        named = [("", "－"), *((q.key, q.label) for q in self.offered)]
        self.fields["asked_if"].choices = named  # type: ignore[attr-defined]
        if question.condition:
            self.initial["asked_if"] = question.condition["key"]
            by_key = {other.key: other for other in self.offered}
            self.initial["asked_answers"] = "、".join(expected_labels(question, by_key))

    def clean_choice_lines(self) -> list[dict[str, str]]:
        """Return the choices; the same value twice is refused."""
        rows = []
        for line in self.cleaned_data["choice_lines"].splitlines():
            value, mark, label = line.partition("=")
            if normalize(line):
                text = normalize(label if mark else line)
                rows.append({"value": normalize(value) if mark else text, "label": text})
        values = [row["value"] for row in rows]
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise ValidationError(
                _("This choice stands twice: %(name)s") % {"name": "、".join(twice)}
            )
        if any(not row["value"] or not row["label"] for row in rows):
            raise ValidationError(_("Write each choice as “label” or “value = label”."))
        return rows

    def clean(self) -> dict[str, Any]:
        """Fit choices, limit and condition to the kind."""
        cleaned = super().clean() or {}
        kind, choices = cleaned.get("kind"), cleaned.get("choice_lines")
        if kind in Question.WITH_CHOICES and choices == []:
            self.add_error("choice_lines", _("Write at least one choice, one a line."))
        if kind and kind not in Question.WITH_CHOICES and choices:
            self.add_error(
                "choice_lines", _("Only a question with choices has them. Remove these.")
            )
        if kind in _WITHOUT_LIMIT and cleaned.get("limit") is not None:
            self.add_error("limit", _("A question of this kind has no limit. Leave this empty."))
        cleaned["condition"] = self._condition(cleaned)
        return cleaned

    def _condition(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        key, text = cleaned.get("asked_if"), normalize(cleaned.get("asked_answers") or "")
        if not key:
            if text and "asked_if" not in self.errors:
                self.add_error("asked_if", _("Choose the question whose answer is meant."))
            return {}
        other = next(q for q in self.offered if q.key == key)
        by_text = {c["label"]: c["value"] for c in other.choices}
        by_text |= {c["value"]: c["value"] for c in other.choices}
        parts = [part.strip() for part in text.replace(",", "、").split("、") if part.strip()]
        unknown = [part for part in parts if part not in by_text]
        if unknown or not parts:
            known = "、".join(c["label"] for c in other.choices)
            self.add_error("asked_answers", _("Name one or more of: %(known)s") % {"known": known})
            return {}
        values = [by_text[part] for part in parts]
        return {"key": key, "equals": values[0] if len(values) == 1 else values}

    def question(self) -> Question:
        """Return the question with what was typed, not yet written."""
        question = self.instance
        question.choices = self.cleaned_data["choice_lines"]
        question.condition = self.cleaned_data["condition"]
        return question


class QuestionFormSet(forms.BaseInlineFormSet):
    """The questions of one unpublished version; written together, in their order."""

    instance: FormVersion

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        rows = Question.objects.filter(version=self.instance.pk, kind__in=Question.WITH_CHOICES)
        self.offered = list(rows.order_by("order"))

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Tell each form which questions a condition may name."""
        return super().get_form_kwargs(index) | {"offered": self.offered}

    def validate_unique(self) -> None:
        """Leave keys to clean(), which says at the field what to do."""

    def clean(self) -> None:
        """Refuse a key that stands twice, and a condition on what is asked later."""
        super().clean()
        rows = self._ordered()
        keys = [form.cleaned_data.get("key") for form in rows if form.cleaned_data.get("key")]
        places = {key: place for place, key in enumerate(f.cleaned_data.get("key") for f in rows)}
        for place, form in enumerate(rows):
            key = form.cleaned_data.get("key")
            if key and keys.count(key) > 1:
                form.add_error("key", _("This key stands twice. Choose another."))
            condition = form.cleaned_data.get("condition") or {}
            if condition and places.get(condition["key"], place) >= place:
                form.add_error(
                    "asked_if", _("That question is not asked before this one. Change the order.")
                )

    def _ordered(self) -> list[Any]:
        """Return the forms that stay, by the typed order; a new one without order comes last."""
        kept = [
            form
            for form in self.forms
            if hasattr(form, "cleaned_data")
            and (form.instance.pk or form.has_changed())
            and form not in self.deleted_forms
        ]
        far = float("inf")
        place = {id(form): place for place, form in enumerate(kept)}
        return sorted(kept, key=lambda f: (f.cleaned_data.get("order") or far, place[id(f)]))

    def save(self, *args: Any, **kwargs: Any) -> list[Question]:
        """Write all questions at once, so that two may change their places."""
        self.new_objects: list[Any] = []
        self.changed_objects: list[Any] = []
        self.deleted_objects: list[Any] = []
        kept = [form.question() for form in self._ordered()]
        gone = [form.instance for form in self.deleted_forms]
        write_questions(self.instance, kept, gone)
        return kept
