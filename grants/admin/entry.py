"""The officer's form in which a body's paper is written down."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from core.admin.cases import CaseAdminForm
from core.fiscal import today
from grants.actions import drafting
from grants.forms import (
    ApplicationForm,
    categories_of,
    currency_choices,
    place_choices,
    rates_text,
)
from grants.models import Application, ApplicationParty
from programs.answers import questions_of, validate


class ApplicationAdminForm(CaseAdminForm):
    """Staff write a body's paper down: the same boxes and checks as on the body's own screens."""

    categories = ApplicationForm.base_fields["categories"]
    place = ApplicationForm.base_fields["place"]
    currency = ApplicationForm.base_fields["currency"]
    lead_share = ApplicationForm.base_fields["lead_share"]
    starts_on = ApplicationForm.base_fields["starts_on"]
    ends_on = ApplicationForm.base_fields["ends_on"]
    requested_amount = ApplicationForm.base_fields["requested_amount"]
    document_date = ApplicationForm.base_fields["document_date"]
    contact_phone = ApplicationForm.base_fields["contact_phone"]
    questions: Sequence[Any] = ()

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if "categories" in self.fields and self.instance.pk:
            self.fields["categories"].choices = categories_of(self.instance.edition)
        rules = self.instance.rules if self.instance.pk else None
        if "place" in self.fields and rules:
            self.fields["place"].choices = [("", "—"), *place_choices(rules)]
        if "currency" in self.fields and rules:
            self.fields["currency"].choices = [("", "—"), *currency_choices(rules)]
            self.fields["currency"].help_text = rates_text(rules)
        if "lead_share" in self.fields and self.instance.pk:
            lead = self.instance.parties.filter(kind=ApplicationParty.Kind.LEAD).first()
            self.initial["lead_share"] = lead.share if lead else None
        for question in self.questions:
            self.initial[f"answer_{question.key}"] = self.instance.answers.get(question.key)

    def clean_requested_amount(self) -> int:
        """Nothing typed yet is 0 yen."""
        return self.cleaned_data.get("requested_amount") or 0

    def clean_paper_arrived_on(self) -> Any:
        """Refuse a day that is still to come."""
        day = self.cleaned_data["paper_arrived_on"]
        if day and day > today(timezone.now()):
            raise ValidationError(_("The paper's day of arrival lies in the future."))
        return day

    def clean(self) -> dict[str, Any]:
        """Check call and section of a new application, and the answers of one that is begun."""
        cleaned = super().clean() or {}
        if self.instance.pk is None and not self.errors:
            drafting.check_beginning(
                call=cleaned["call"], section=cleaned["section"], now=timezone.now(), is_paper=True
            )
        given = {q.key: cleaned.get(f"answer_{q.key}") for q in self.questions}
        self.answers, errors = self.instance.answers, {}
        if self.questions:
            self.answers, errors = validate(self.instance.form_version, given, final=False)
        for key, found in errors.items():
            self.add_error(f"answer_{key}", found)
        return cleaned


def typed_questions(application: Application | None) -> list[Any]:
    """Return the questions that are answered by typing."""
    version = application.form_version if application else None
    return [q for q in questions_of(version) if q.kind != "file"] if version else []
