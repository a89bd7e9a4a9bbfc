"""Questions of a form version as form fields: what the applicant sees, and its preview."""

from typing import Any

from django import forms

from programs.answers import Errors, questions_of, validate
from programs.models import FormVersion, Question


def answer_field(question: Question) -> forms.Field:
    """Return the form field of a question; all take raw text, the version reads it."""
    common: dict[str, Any] = {
        "label": question.label,
        "help_text": question.help,
        "required": False,
    }
    choices = [(c["value"], c["label"]) for c in question.choices]
    if question.kind == Question.Kind.CHOICE:
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)
    if question.kind == Question.Kind.CHOICES:
        return forms.MultipleChoiceField(
            choices=choices, widget=forms.CheckboxSelectMultiple, **common
        )
    is_long = question.kind == Question.Kind.LONG
    widget = forms.Textarea(attrs={"rows": 6}) if is_long else forms.TextInput()
    return forms.CharField(widget=widget, strip=False, **common)  # a paragraph keeps its indent


class PreviewForm(forms.Form):
    """All questions of a version as an applicant meets them; what is typed is checked, not kept."""

    def __init__(self, *args: Any, version: FormVersion, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.version = version
        self.questions = questions_of(version)
        for question in self.questions:
            if question.kind != Question.Kind.FILE:
                field = answer_field(question)
                field.needed_to_submit = question.required  # type: ignore[attr-defined]
                self.fields[question.key] = field

    def clean(self) -> dict[str, Any]:
        """Check the answers as a submission would; papers are taken as there."""
        cleaned = super().clean() or {}
        papers = {q.key for q in self.questions if q.kind == Question.Kind.FILE}
        _answers, errors = validate(self.version, cleaned, final=True, files=papers)
        self._add(errors)
        return cleaned

    def _add(self, errors: Errors) -> None:
        for key, messages in errors.items():
            self.add_error(key, messages)

    def sections(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """Return the questions by section, each with its field, or as a paper, and its condition."""
        found: dict[str, list[dict[str, Any]]] = {}
        labels = {question.key: question for question in self.questions}
        for question in self.questions:
            field = self[question.key] if question.key in self.fields else None
            row = {
                "question": question,
                "field": field,
                "condition": condition_words(question, labels),
            }
            found.setdefault(question.section, []).append(row)
        return list(found.items())


def condition_words(question: Question, by_key: dict[str, Question]) -> tuple[str, str] | None:
    """Return the question and the answers, in words, on which this one depends."""
    if not question.condition:
        return None
    other = by_key.get(question.condition["key"])
    label = other.label if other else question.condition["key"]
    return label, "・".join(expected_labels(question, by_key))


def expected_labels(question: Question, by_key: dict[str, Question]) -> list[str]:
    """Return the answers, in words, under which a question with a condition is asked."""
    other = by_key.get(question.condition["key"])
    expected = question.condition["equals"]
    values = expected if isinstance(expected, list) else [expected]
    labels = {c["value"]: c["label"] for c in other.choices} if other else {}
    return [str(labels.get(value, value)) for value in values]
