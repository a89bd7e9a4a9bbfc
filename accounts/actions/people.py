"""A person's own record, a lost second factor, and accounts of those who have left."""

from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actions.keys import close_key
from accounts.actions.posts import ADMINISTRATOR, own_page
from accounts.actions.shared import require
from accounts.models import Handover, Membership, User
from core import audit, outbox
from core.fiscal import deadline_text, jst_date

ADDRESS_DAYS = timedelta(days=1)
SESSIONS_KEPT = 10
_SALT = "accounts.address"


class ClosedAddressLinkError(Exception):
    """The link is unknown, used or expired."""


@transaction.atomic
def correct_profile(*, by: Any, now: datetime, name: str, kana: str, language: str) -> User:
    """Let a person correct their own name, reading and language."""
    user = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    before = audit.snapshot(user)
    user.name, user.kana, user.language = name, kana, language
    user.save(update_fields=["name", "kana", "language"])
    changes = audit.changes_between(before, user)
    if changes:
        masked = {name: ["***", "***"] for name in changes}
        audit.record("correct", user, by=by, at=now, changes=masked)
    return user


@transaction.atomic
def ask_new_address(*, by: Any, now: datetime, email: str) -> None:
    """Mail a link to the new address and a notice to the old; nothing changes until it is opened.

    An address that has an account already gets no mail, and the page does not tell.
    """
    email = User.objects.normalize_email(email)
    validate_email(email)
    audit.record("ask_address", by, by=by, at=now)
    token = signing.dumps([by.pk, by.email, email], salt=_SALT)
    words = {"due": deadline_text(now + ADDRESS_DAYS), "contact": {}}
    if not User.objects.filter(email=email).exists():
        link = settings.BASE_URL + reverse("accounts:address-confirm", args=[token])
        _mail("address_confirm", email, words | {"link": link}, now)
    _mail("address_asked", by.email, {"link": own_page(), "contact": {}}, now)


def _mail(name: str, email: str, context: dict[str, Any], now: datetime) -> None:
    recipients = [outbox.Recipient(email)]
    outbox.enqueue(f"accounts/mail/{name}", recipients=recipients, context=context, now=now)


def read_address_link(token: str, *, lock: bool = False) -> tuple[User, str]:
    """Return whose address becomes which, or raise ClosedAddressLinkError; a link works once."""
    try:
        pk, old, new = signing.loads(token, salt=_SALT, max_age=ADDRESS_DAYS)
    except (signing.BadSignature, ValueError) as error:
        raise ClosedAddressLinkError from error
    rows = User.objects.select_for_update(no_key=True) if lock else User.objects.all()
    user = rows.filter(pk=pk, email=old, is_active=True).first()
    if user is None:
        raise ClosedAddressLinkError
    return user, new


@transaction.atomic
def confirm_new_address(*, token: str, now: datetime) -> User:
    """Make the confirmed address the one to sign in with, and tell the old one."""
    user, new = read_address_link(token, lock=True)
    if User.objects.filter(email=new).exists():
        raise ClosedAddressLinkError
    old, user.email = user.email, new
    user.save(update_fields=["email"])
    use_address(user, verified=True)
    audit.record("change_address", user, by=user, at=now, changes={"email": ["***", "***"]})
    for address in (old, new):
        _mail("address_changed", address, {"link": own_page(), "contact": {}}, now)
    return user


def use_address(user: User, *, verified: bool) -> None:
    """Make the account's address the only one by which it signs in and gets its mail."""
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=user.email, verified=verified, primary=True)


@transaction.atomic
def reset_second_factor(*, by: Any, now: datetime, user: User, reason: str) -> int:
    """Forget every factor of another person, end their sessions and tell them; returns how many.

    Never one's own: whoever took over a session must not be able to shed the factor.
    """
    require(by, "accounts.change_user", user)
    if by.pk == user.pk:
        raise PermissionDenied
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    found = Authenticator.objects.filter(user=user)
    if not found.exists():
        raise ValidationError(_("This person has no second factor to reset."), code="none")
    kinds = sorted(found.values_list("type", flat=True))
    found.delete()
    end_sessions(user)
    changes = {"factors": [kinds, []]}
    audit.record("reset_factor", user, by=by, at=now, changes=changes, note=reason)
    _mail("factor_reset", user.email, {"link": own_page(), "contact": {}}, now)
    return len(kinds)


def end_sessions(user: User) -> None:
    """Sign the person out everywhere."""
    for session in UserSession.objects.filter(user=user):
        session.end()


def end_oldest_sessions(user: User) -> None:
    """Keep a person's newest sessions, so that the next sign-in has no more than those to look at."""
    for session in UserSession.objects.filter(user=user).order_by("-pk")[SESSIONS_KEPT - 1 :]:
        session.end()


def forget_sessions(*, now: datetime) -> int:
    """Delete sessions that are over, and what was kept of their network address and browser."""
    gone = Session.objects.filter(expire_date__lt=now).delete()[0]
    open_keys = Session.objects.values("session_key")
    UserSession.objects.exclude(session_key__in=open_keys).delete()
    return gone


def is_last_administrator(user: User, now: datetime) -> bool:
    """Tell whether CLAIR would have no administrator who can sign in without this person."""
    held = Membership.objects.current(jst_date(now)).filter(post__role=ADMINISTRATOR)
    if not held.filter(user=user).exists():
        return False
    return not held.exclude(user=user).filter(user__is_active=True, is_deputy=False).exists()


def leavers(now: datetime) -> Any:
    """Return open accounts whose last post ended before the days of grace, nothing being planned."""
    today = jst_date(now)
    since = today - timedelta(days=settings.LEAVER_GRACE_DAYS)
    posts = Membership.objects.filter(user=OuterRef("pk"))
    coming = Handover.objects.filter(successor=OuterRef("pk"), state=Handover.State.PLANNED)
    still = Q(ends_on=None) | Q(ends_on__gte=since)
    rows = User.objects.filter(Exists(posts), ~Exists(posts.filter(still)), ~Exists(coming))
    return rows.filter(is_active=True)


@transaction.atomic
def close_leavers(*, by: Any, now: datetime) -> int:
    """Close the accounts of those who left: no sign-in, no sessions, no keys; twice changes nothing.

    A later post or invitation opens the account again; whoever an administrator closed stays out.
    """
    rows = leavers(now).select_for_update(no_key=True, skip_locked=True)
    found = list(rows.order_by("pk"))
    for user in found:
        user.is_active, user.left_on = False, jst_date(now)
        user.save(update_fields=["is_active", "left_on"])
        end_sessions(user)
        for key in user.api_keys.filter(revoked_at=None).order_by("pk"):
            close_key(key, by=by, now=now)
        changes = {"is_active": [True, False]}
        audit.record("close", user, by=by, at=now, changes=changes)
    return len(found)
