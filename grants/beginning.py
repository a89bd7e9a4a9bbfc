"""The first page of an application: its own small form."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Section
from core.fields import NormalizedCharField
from core.fiscal import FiscalYear
from grants.actions import copying
from grants.forms import applying_sections
from grants.models import Application


class BeginForm(forms.Form):
    """The first page: for which section, what it is called, and what it is copied from."""

    section = forms.ModelChoiceField(
        label=gettext_lazy("section that applies"), queryset=Section.objects.none()
    )
    copy_of = forms.ModelChoiceField(
        label=gettext_lazy("copy an earlier application"),
        help_text=gettext_lazy(
            "Facts, answers, budget and bodies are copied; dates and papers are not."
        ),
        queryset=Application.objects.none(),
        to_field_name="public_id",
        required=False,
        empty_label=gettext_lazy("Begin with an empty form"),
    )
    title = NormalizedCharField(label=gettext_lazy("title of the project"), max_length=200)

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        self.call = call = kwargs.get("initial", {}).pop("call", None)
        super().__init__(*args, **kwargs)
        earlier = copying.earlier_applications(user, call) if call else Application.objects.none()
        self.fields["copy_of"].queryset = earlier  # type: ignore[attr-defined]
        self.fields["copy_of"].label_from_instance = lambda a: (  # type: ignore[attr-defined]
            _("%(year)s: %(title)s")
            % {
                "year": FiscalYear(a.edition.fiscal_year).label,
                "title": a.title,
            }
        )
        if not earlier.exists():
            del self.fields["copy_of"]
        sections = applying_sections(user)
        self.fields["section"].queryset = sections  # type: ignore[attr-defined]
        self.fields["section"].label_from_instance = lambda s: f"{s.organization} {s.name}"  # type: ignore[attr-defined]
        if len(sections) == 1:
            self.fields["section"].initial = sections[0].pk
