"""The body's own forms: its application, a line of the budget, a body that takes part."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organization, Section
from core.fields import (
    JapaneseDateField,
    MailField,
    NormalizedCharField,
    PhoneField,
    YenField,
)
from grants.actions import drafting, submission
from grants.amounts import ForeignAmountField, rate_text
from grants.models import Application, ApplicationParty, BudgetLine
from grants.models.application import DOCUMENT_FIELDS
from programs.answers import asked, questions_of, validate
from programs.asking import answer_field
from programs.rules import Currency, RuleData

DATE_HINT = gettext_lazy("For example 2027/6/1 or R9.6.1.")


class LineForm(forms.Form):
    """One budget line as it is typed; in a currency, the amount is that and the yen follow."""

    kind = forms.ChoiceField(
        label=gettext_lazy("kind"), choices=BudgetLine.Kind.choices, initial=BudgetLine.Kind.EXPENSE
    )
    category = forms.CharField(label=gettext_lazy("class of cost"), required=False, max_length=60)
    description = NormalizedCharField(label=gettext_lazy("item"), max_length=200)
    basis = NormalizedCharField(label=gettext_lazy("calculation"), required=False, max_length=300)
    amount = YenField(label=gettext_lazy("amount (yen)"))

    def __init__(
        self,
        *args: Any,
        classes: list[tuple[str, str]] | None = None,
        currency: Currency | None = None,
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        self.classes, self.currency = classes, currency
        if currency is not None:
            label = _("amount (%(currency)s)") % {"currency": currency.code}
            self.fields["amount"] = ForeignAmountField(label=label)
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
        cleaned["foreign_amount"] = None
        if self.currency is not None and cleaned.get("amount") is not None:
            cleaned["foreign_amount"] = cleaned["amount"]
            cleaned["amount"] = self.currency.yen(cleaned["amount"])
        return cleaned


def line_choices(application: Application) -> dict[str, Any]:
    """Return what a line of the application's budget is read with."""
    return {"classes": expense_classes(application), "currency": application.budget_currency}


def clean_lines(
    form: forms.Form, rows: Any, classes: list[tuple[str, str]]
) -> list[dict[str, Any]]:
    """Return budget lines in yen from a JSON list; faults become the form's."""
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
    rules = application.rules
    return [(row.key, row.name) for row in rules.expenses] if rules else []


def categories_of(edition: Any) -> list[tuple[str, str]]:
    """Return the kinds of project that the edition supports."""
    return [(row.key, row.name) for row in edition.rules.rules.categories] if edition.rules else []


def place_choices(rules: RuleData) -> list[tuple[str, Any]]:
    """Return the places that the edition tells apart."""
    return [choice for choice in Application.Place.choices if choice[0] in rules.places]


def currency_choices(rules: RuleData) -> list[tuple[str, str]]:
    """Return the currencies in which the edition takes a budget."""
    return [(row.code, row.code) for row in rules.currencies]


def rates_text(rules: RuleData) -> str:
    """Return the rates of the currencies with their days."""
    return " / ".join(rate_text(row) for row in rules.currencies)


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

    place = forms.ChoiceField(
        label=gettext_lazy("place of the project"), required=False, widget=forms.RadioSelect
    )
    currency = forms.ChoiceField(label=gettext_lazy("currency of the budget"), required=False)
    lead_share = YenField(label=gettext_lazy("share of the applicant itself (yen)"), required=False)

    class Meta:
        model = Application
        fields = (
            "title",
            "categories",
            "place",
            "is_joint",
            "starts_on",
            "ends_on",
            "currency",
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
        self._ask_by_rules()
        self._add_questions()
        self._add_comments()
        for name in (*submission.REQUIRED, "categories", "is_decided_internally"):
            self.fields[name].needed_to_submit = True

    def _ask_by_rules(self) -> None:
        """Ask for place, currency and shares only where the edition's rules look at them."""
        rules = self.instance.rules
        if rules and rules.places:
            self.fields["place"].choices = place_choices(rules)
            self.fields["place"].needed_to_submit = True
        else:
            del self.fields["place"]
        if rules and rules.currencies:
            self.fields["currency"].choices = currency_choices(rules)
            self.fields["currency"].help_text = rates_text(rules)
            self.fields["currency"].needed_to_submit = True
            self.initial["currency"] = self.instance.currency or rules.currencies[0].code
        else:
            del self.fields["currency"]
        if rules and rules.joint_shares:
            lead = self.instance.parties.filter(kind=ApplicationParty.Kind.LEAD).first()
            self.initial["lead_share"] = lead.share if lead else None
        else:
            del self.fields["lead_share"]

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
        told = drafting.replies_writer(replies)(application)
        if "lead_share" in self.cleaned_data:
            told |= drafting.write_lead_share(application, self.cleaned_data["lead_share"])
        return told


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
        initial=ApplicationParty.Kind.JOINT,  # an empty row sends it too, and stays empty
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
