"""The forms of invitations, posts and API keys."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import roles
from accounts.models import Invitation, Membership, Section, User
from accounts.models.keys import KeyScope, scoped_apps
from core.fields import DateBoxesField, JapaneseDateField, KatakanaField, NormalizedCharField
from core.fiscal import era_date_plain


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


class ColleagueField(forms.ModelChoiceField):
    """A colleague, named with the address, since names repeat."""

    def label_from_instance(self, obj: Any) -> str:
        """Return name and address."""
        return f"{obj.name} <{obj.email}>" if obj.name else obj.email


class DeputyForm(forms.Form):
    """Who deputises, from when to when."""

    deputy = ColleagueField(label=_("Deputy"), queryset=User.objects.none())
    starts_on = DateBoxesField(label=_("First day"))
    ends_on = DateBoxesField(
        label=_("Last day"), help_text=_("From the next day on the deputy may not act any more.")
    )

    def __init__(self, *args: Any, colleagues: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["deputy"].queryset = colleagues  # type: ignore[attr-defined]


class HandoverForm(forms.Form):
    """Which posts go, to whom, and from which day."""

    posts = forms.MultipleChoiceField(
        label=_("Posts to hand over"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one post.")},
    )
    successor = ColleagueField(
        label=_("Successor, if a colleague already"), queryset=User.objects.none(), required=False
    )
    email = forms.EmailField(
        label=_("Or the successor's e-mail address"),
        required=False,
        help_text=_("An invitation is sent to this address. It works for seven days."),
    )
    starts_on = DateBoxesField(
        label=_("Successor's first day"),
        help_text=_("The predecessor's last day is the day before."),
    )

    def __init__(self, *args: Any, memberships: Any, colleagues: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._memberships = {str(held.public_id): held for held in memberships}
        choices = [(key, post_text(held)) for key, held in self._memberships.items()]
        self.fields["posts"].choices = choices  # type: ignore[attr-defined]
        self.fields["posts"].initial = list(self._memberships)
        self.fields["successor"].queryset = colleagues  # type: ignore[attr-defined]

    @property
    def memberships(self) -> list[Membership]:
        """Return the chosen posts."""
        return [self._memberships[key] for key in self.cleaned_data["posts"]]

    def clean(self) -> dict[str, Any]:
        """Ask for a colleague or an address, and not for both."""
        cleaned = super().clean() or {}
        if "email" in self.errors or "successor" in self.errors:
            return cleaned
        if bool(cleaned.get("successor")) == bool(cleaned.get("email")):
            both = _("Choose a colleague or enter an address, not both.")
            neither = _("Choose a colleague, or enter the successor's e-mail address.")
            self.add_error("successor", both if cleaned.get("email") else neither)
        return cleaned


def post_text(membership: Membership) -> str:
    """Return a post with its role, and the last day where there is one."""
    post = membership.post
    text = f"{post.label}（{post.get_role_display()}）"
    return f"{text} ～{era_date_plain(membership.ends_on)}" if membership.ends_on else text


class ProfileForm(forms.Form):
    """What a person corrects of their own record."""

    name = NormalizedCharField(label=_("Name"), max_length=100)
    kana = KatakanaField(label=_("Reading"), max_length=100, help_text=_("In katakana."))
    language = forms.ChoiceField(
        label=_("Language"),
        choices=User._meta.get_field("language").choices or [],
        widget=forms.RadioSelect,
    )


class AddressForm(forms.Form):
    """A new address to sign in with, and the password, so that nobody else changes it."""

    email = forms.EmailField(
        label=_("New e-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        """Refuse the address that is in use already."""
        email = User.objects.normalize_email(self.cleaned_data["email"])
        if email == self.user.email:
            raise ValidationError(_("This is your address already. Enter the new one."))
        return email

    def clean_password(self) -> str:
        """Refuse a wrong password."""
        if not self.user.check_password(self.cleaned_data["password"]):
            raise ValidationError(_("This is not your password. Type it again."))
        return str(self.cleaned_data["password"])


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
