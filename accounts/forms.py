"""The forms of invitations, posts and API keys."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import roles
from accounts.models import Invitation, Section, User
from accounts.models.keys import KeyScope, scoped_apps
from core.fields import JapaneseDateField, KatakanaField, NormalizedCharField


class InviteForm(forms.Form):
    """Whom to invite, to which section, with which role."""

    email = forms.EmailField(
        label=_("E-mail"), help_text=_("The invitation is sent to this address.")
    )
    section = forms.ModelChoiceField(label=_("Section"), queryset=Section.objects.none())
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[(role.name, role.label) for role in roles.BODY_ROLES.values()],
        initial="submitter",
    )

    def __init__(self, *args: Any, sections: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["section"].queryset = sections  # type: ignore[attr-defined]


class AcceptForm(forms.Form):
    """Name and password of a new account; an account that exists has nothing to fill in."""

    name = NormalizedCharField(label=_("Name"), max_length=100)
    kana = KatakanaField(label=_("Reading"), max_length=100, help_text=_("In katakana."))
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters. A sentence that only you know is good."),
    )
    password_again = forms.CharField(
        label=_("Password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.invitation = invitation
        self.fields["name"].widget.attrs["autocomplete"] = "name"

    def clean_password(self) -> str:
        """Refuse a password that is short, common or like the name or address."""
        password = self.cleaned_data["password"]
        owner = User(email=self.invitation.email, name=self.cleaned_data.get("name", ""))
        validate_password(password, owner)
        return password

    def clean_password_again(self) -> str:
        """Refuse two different passwords."""
        again = self.cleaned_data["password_again"]
        if "password" in self.cleaned_data and again != self.cleaned_data["password"]:
            raise ValidationError(_("The two passwords differ. Type the same one twice."))
        return again


class EndMembershipForm(forms.Form):
    """The last day on a post."""

    ends_on = JapaneseDateField(
        label=_("Last day"), help_text=_("The person may still sign in on this day.")
    )


class ApiKeyForm(forms.Form):
    """What the key is for, what it may do, and how long."""

    name = NormalizedCharField(
        label=_("Name of the key"), max_length=100, help_text=_("Which system will use it.")
    )
    scope = forms.ChoiceField(
        label=_("The key may"),
        choices=[
            (KeyScope.READ.value, _("read only")),
            (KeyScope.WRITE.value, _("read and act for me")),
        ],
        initial=KeyScope.READ.value,
        widget=forms.RadioSelect,
    )
    apps = forms.MultipleChoiceField(
        label=_("Only for"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose none, and the key opens everything that you may do."),
    )
    days = forms.TypedChoiceField(
        label=_("Valid for"),
        choices=[(30, _("30 days")), (90, _("90 days")), (365, _("365 days"))],
        coerce=int,
        initial=90,
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["apps"].choices = list(scoped_apps().items())  # type: ignore[attr-defined]

    @property
    def scopes(self) -> list[str]:
        """Return the scopes of the key."""
        verbs = {KeyScope.READ.value, self.cleaned_data["scope"]}
        limits = self.cleaned_data["apps"]
        return sorted({f"{app}:{v}" for app in limits for v in verbs} if limits else verbs)

    @property
    def validity(self) -> timedelta:
        """Return how long the key is valid."""
        return timedelta(days=self.cleaned_data["days"])


class RotationForm(forms.Form):
    """How long the old key works beside the new one."""

    overlap_days = forms.TypedChoiceField(
        label=_("Keep the old key for"),
        choices=[(0, _("no time: stop it now")), (7, _("7 days")), (30, _("30 days"))],
        coerce=int,
        initial=7,
    )
