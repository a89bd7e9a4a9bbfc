"""What the acts on an application ask for, and the body's own forms."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organization, Post, Section
from core.fields import (
    JapaneseDateField,
    MailField,
    NormalizedCharField,
    PhoneField,
    YenField,
)
from core.forms import ReasonForm, TransitionForm
from grants.actions import drafting, submission
from grants.models import Application, ApplicationParty, BudgetLine
from grants.models.application import DOCUMENT_FIELDS
from programs.answers import asked, questions_of, validate
from programs.asking import answer_field

_TEXT = {"rows": 4}
DATE_HINT = gettext_lazy("For example 2027/6/1 or R9.6.1.")


class IncomingForm(TransitionForm):
    """The 収受番号 of the incoming paper and the post in charge (default: the receiver's own)."""

    incoming_number = NormalizedCharField(
        label=gettext_lazy("incoming document number"), max_length=60
    )
    post_in_charge = forms.ModelChoiceField(
        label=gettext_lazy("post in charge"),
        queryset=Post.objects.none(),
        to_field_name="public_id",
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        staff = Post.objects.filter(section__office__code="HQ", valid_to=None)
        self.fields["post_in_charge"].queryset = staff.select_related("section__office")


class AcceptLateForm(IncomingForm, ReasonForm):
    """Why a late paper is taken, and its number."""


class ReturnForm(TransitionForm):
    """A comment for each field, and the day the correction is due."""

    due = JapaneseDateField(label=gettext_lazy("correction due"))
    comments = forms.JSONField(
        label=gettext_lazy("comments by field"), required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.commentable = submission.commentable(self.case)
        for name, label in self.commentable:
            self.fields[f"comment_{name}"] = NormalizedCharField(
                label=label,
                required=False,
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def clean_due(self) -> Any:
        """Refuse a day that has passed."""
        due = self.cleaned_data["due"]
        if due < submission.jst_date(self.now):
            raise ValidationError(_("The day has passed. Name today or a later day."))
        return due

    def clean(self) -> dict[str, Any]:
        """Gather the comments; at least one says what to correct."""
        cleaned = super().clean() or {}
        typed = [
            {"field": name, "text": cleaned[f"comment_{name}"]}
            for name, _label in self.commentable
            if cleaned.get(f"comment_{name}")
        ]
        cleaned["comments"] = self._checked(cleaned.get("comments")) + typed
        if not cleaned["comments"] and not self.errors:
            self.add_error("comments", _("Write at least one comment that says what to correct."))
        return cleaned

    def _checked(self, given: Any) -> list[dict[str, str]]:
        known = dict(self.commentable)
        rows = given or []
        if not isinstance(rows, list):
            self.add_error("comments", _("Send a list of {field, text}."))
            return []
        for row in rows:
            if (
                not isinstance(row, dict)
                or row.get("field") not in known
                or not str(row.get("text") or "").strip()
            ):
                self.add_error(
                    "comments",
                    _("Each comment needs a field (one of %(fields)s) and a text.")
                    % {"fields": ", ".join(known)},
                )
                return []
        return [{"field": row["field"], "text": str(row["text"]).strip()[:2000]} for row in rows]


class RecommendForm(TransitionForm):
    """Outcome, amount, reason and conditions of the draft decision (採択案)."""

    outcome = forms.ChoiceField(label=gettext_lazy("outcome"), choices=Application.Outcome.choices)
    amount = YenField(label=gettext_lazy("amount (yen)"), required=False)
    reason = NormalizedCharField(
        label=gettext_lazy("reason"), widget=forms.Textarea(attrs=_TEXT), max_length=2000
    )
    conditions = NormalizedCharField(
        label=gettext_lazy("conditions"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs=_TEXT),
        help_text=gettext_lazy("One condition a line."),
    )
    lines = forms.JSONField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """An adopted application has an amount; one not adopted has none."""
        cleaned = super().clean() or {}
        is_adopted = cleaned.get("outcome") != Application.Outcome.REJECTED
        if is_adopted and not cleaned.get("amount") and "amount" not in self.errors:
            self.add_error("amount", _("Enter the amount."))
        if not is_adopted:
            cleaned["amount"] = None
        classes = expense_classes(self.case)
        cleaned["lines"] = clean_lines(self, cleaned.get("lines") or [], classes)
        return cleaned


class WithdrawForm(ReasonForm):
    """Why the body withdraws."""


class LineForm(forms.Form):
    """One budget line as it is typed."""

    kind = forms.ChoiceField(
        label=gettext_lazy("kind"), choices=BudgetLine.Kind.choices, initial=BudgetLine.Kind.EXPENSE
    )
    category = forms.CharField(label=gettext_lazy("class of cost"), required=False, max_length=60)
    description = NormalizedCharField(label=gettext_lazy("item"), max_length=200)
    basis = NormalizedCharField(label=gettext_lazy("calculation"), required=False, max_length=300)
    amount = YenField(label=gettext_lazy("amount (yen)"))

    def __init__(self, *args: Any, classes: list[tuple[str, str]] | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.classes = classes
        if classes is not None:
            choices = [("", "—"), *classes]
            self.fields["category"].widget = forms.Select(choices=choices)

    def clean(self) -> dict[str, Any]:
        """A cost belongs to a class of the edition; income to none."""
        cleaned = super().clean() or {}
        if cleaned.get("kind") == BudgetLine.Kind.INCOME:
            cleaned["category"] = ""
        elif not cleaned.get("category"):
            self.add_error("category", _("Choose the class of cost."))
        elif self.classes is not None and cleaned["category"] not in dict(self.classes):
            self.add_error("category", _("Choose the class of cost from the list."))
        return cleaned


def clean_lines(
    form: forms.Form, rows: Any, classes: list[tuple[str, str]]
) -> list[dict[str, Any]]:
    """Return budget lines from a JSON list; faults become the form's."""
    if not isinstance(rows, list):
        form.add_error("lines", _("Send the whole list as a JSON array."))
        return []
    cleaned = []
    for index, row in enumerate(rows):
        values = {"kind": "expense", **row} if isinstance(row, dict) else {}
        line = LineForm(values, classes=classes)
        if line.is_valid():
            cleaned.append(line.cleaned_data)
        else:
            for name, errors in line.errors.items():
                form.add_error("lines", [f"{index + 1}. {name}: {e}" for e in errors])
    return cleaned


def expense_classes(application: Application) -> list[tuple[str, str]]:
    """Return the classes of cost that the edition's rules name."""
    rule_set = application.rule_set or application.edition.rules
    return [(row.key, row.name) for row in rule_set.rules.expenses] if rule_set else []


def categories_of(edition: Any) -> list[tuple[str, str]]:
    """Return the kinds of project that the edition supports."""
    return [(row.key, row.name) for row in edition.rules.rules.categories] if edition.rules else []


def applying_sections(user: Any) -> Any:
    """Return the sections in which the user may draft an application."""
    roles_by_section = user.access.section_roles.items()
    mine = [pk for pk, roles in roles_by_section if roles & {"contact", "submitter"}]
    return Section.objects.filter(pk__in=mine).select_related("organization").order_by("pk")


class ApplicationForm(forms.ModelForm):
    """What the body says of its project, with the questions of the call's form."""

    starts_on = JapaneseDateField(
        label=gettext_lazy("first day of the project"), required=False, help_text=DATE_HINT
    )
    ends_on = JapaneseDateField(
        label=gettext_lazy("last day of the project"), required=False, help_text=DATE_HINT
    )
    requested_amount = YenField(label=gettext_lazy("amount applied for (yen)"), required=False)
    document_date = JapaneseDateField(
        label=gettext_lazy("date of the body's document"), required=False, help_text=DATE_HINT
    )
    contact_phone = PhoneField(label=gettext_lazy("contact's telephone"), required=False)
    contact_email = MailField(label=gettext_lazy("contact's mail address"), required=False)
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("categories"), required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Application
        fields = (
            "title",
            "categories",
            "is_joint",
            "starts_on",
            "ends_on",
            "requested_amount",
            "has_other_grant",
            *DOCUMENT_FIELDS,
            "is_decided_internally",
        )

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.user = user
        for name in (
            "title",
            "document_number",
            "representative_title",
            "representative_name",
            "contact_name",
        ):
            field = self.fields[name]
            self.fields[name] = NormalizedCharField(
                label=field.label, max_length=field.max_length, required=field.required
            )
        self.fields["categories"].choices = categories_of(self.instance.edition)
        self._add_questions()
        self._add_comments()
        for name in (*submission.REQUIRED, "categories", "is_decided_internally"):
            self.fields[name].needed_to_submit = True

    def _add_questions(self) -> None:
        version = self.instance.form_version
        self.questions = [q for q in questions_of(version) if q.kind != "file"] if version else []
        for question in self.questions:
            self.fields[f"answer_{question.key}"] = answer_field(question)
            self.fields[f"answer_{question.key}"].needed_to_submit = question.required
            self.initial[f"answer_{question.key}"] = self.instance.answers.get(question.key)

    def _add_comments(self) -> None:
        self.open_comments = list(submission.open_comments(self.instance))
        for comment in self.open_comments:
            label = submission.field_label(self.instance, comment.field)
            self.fields[f"reply_{comment.pk}"] = NormalizedCharField(
                label=_("Answer to the comment on “%(field)s”") % {"field": label},
                help_text=comment.text,
                required=False,
                max_length=2000,
                initial=comment.answer,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def clean_requested_amount(self) -> int:
        """Nothing typed yet is 0 yen."""
        return self.cleaned_data.get("requested_amount") or 0

    def clean(self) -> dict[str, Any]:
        """Read the answers by the form's version; a draft may be incomplete."""
        cleaned = super().clean() or {}
        given = {q.key: cleaned.get(f"answer_{q.key}") for q in self.questions}
        self.answers = dict(self.instance.answers)
        if self.instance.form_version:
            self._read_answers(self.instance.form_version, given)
        return cleaned

    def _read_answers(self, version: Any, given: dict[str, Any]) -> None:
        """Read what this page asked; what other pages and papers answered stays as it is."""
        known = {question.key for question in questions_of(version)}
        others = {k: v for k, v in self.instance.answers.items() if k in known and k not in given}
        self.answers, errors = validate(version, others | given, final=False)
        self.answers |= {key: others[key] for key in set(errors) & set(others)}
        for key, messages in errors.items():
            if key in given:
                self.add_error(f"answer_{key}", messages)

    def changes(self) -> dict[str, Any]:
        """Return the columns to write."""
        names = [name for name in self.Meta.fields if name in self.cleaned_data]
        return {name: self.cleaned_data[name] for name in names} | {"answers": self.answers}

    def children(self, application: Application) -> dict[str, Any]:
        """Write the replies to comments with the edit."""
        replies = {c.pk: self.cleaned_data.get(f"reply_{c.pk}", "") for c in self.open_comments}
        return drafting.replies_writer(replies)(application)


class PartyByCodeForm(forms.Form):
    """One body by its code or corporate number, as a clerk knows it."""

    code = NormalizedCharField(
        label=gettext_lazy("code or name of the body"),
        max_length=100,
        help_text=gettext_lazy("Six-digit code, corporate number or full name."),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("part"),
        choices=[c for c in ApplicationParty.Kind.choices if c[0] != "lead"],
    )
    share = YenField(label=gettext_lazy("share (yen)"), required=False)
    consented_on = JapaneseDateField(label=gettext_lazy("date of consent"), required=False)

    def clean(self) -> dict[str, Any]:
        """Find the one body that is meant."""
        cleaned = super().clean() or {}
        code = cleaned.get("code", "")
        found = list(Organization.objects.matching(code)[:2]) if code else []
        if code and len(found) != 1:
            self.add_error(
                "code", _("No single body is found. Enter its six-digit code or full name.")
            )
        cleaned["organization"] = found[0] if len(found) == 1 else None
        return cleaned

    def row(self) -> dict[str, Any]:
        """Return the party to write."""
        return {n: self.cleaned_data[n] for n in ("organization", "kind", "share", "consented_on")}


class FilesForm(forms.Form):
    """Files for one document of the application."""

    question = forms.ChoiceField(label=gettext_lazy("document"), required=False)

    def __init__(self, *args: Any, application: Application, **kwargs: Any):
        super().__init__(*args, **kwargs)
        version = application.form_version
        questions = [q for q in questions_of(version) if q.kind == "file"] if version else []
        self.fields["question"].choices = [
            *((q.key, q.label) for q in questions),
            ("", _("other paper")),
        ]
        there = set(application.files.values_list("question", flat=True))
        wanted = (q.key for q in questions if q.required and q.key not in there)
        self.initial.setdefault("question", next(wanted, ""))


def answers_shown(application: Application) -> list[tuple[str, str, str]]:
    """Return (key, question, answer in words) for the questions that are asked."""
    version = application.form_version
    if version is None:
        return []
    rows = []
    for question in asked(version, application.answers):
        if question.kind == "file":
            continue
        value = application.answers.get(question.key)
        labels = {c["value"]: c["label"] for c in question.choices}
        if isinstance(value, list):
            text = "、".join(labels.get(v, str(v)) for v in value)
        elif question.kind == "yen" and isinstance(value, int):
            text = f"{value:,}円"
        else:
            text = labels.get(value, "" if value is None else str(value))
        rows.append((question.key, question.label, text))
    return rows
