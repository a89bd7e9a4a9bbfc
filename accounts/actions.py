"""What happens to accounts: invitations, posts from day to day, hand-over, API keys."""

import hashlib
import secrets
from datetime import date, datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import models, transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import roles
from accounts.models import ApiKey, Invitation, Membership, Post, Section, User
from accounts.models.keys import ApiRequest, ApiUsage, KeyScope, known_scopes
from core import audit, outbox
from core.fiscal import JST, deadline_text

INVITATION_DAYS = 7
KEPT_REQUESTS = 200  # of each key
KEPT_DAYS = 90  # of requests and daily counters
MAX_OVERLAP = timedelta(days=30)
_INSTANT = timedelta(microseconds=1)
TOKEN_BYTES = 32  # 256 random bits, twice what design.md asks of a key


class ClosedInvitationError(Exception):
    """The link is unknown, used or expired."""


def _require(by: Any, permission: str, obj: models.Model) -> None:
    if not by.has_perm(permission, obj):
        raise PermissionDenied


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def ensure_post(*, by: Any, now: datetime, section: Section, role: str) -> Post:
    """Return the section's post with the role; open one named after the role if there is none."""
    found = section.posts.filter(role=role, valid_to=None).order_by("pk").first()
    if found:
        return found
    post = Post(section=section, role=role, name=str(roles.ROLES[role].label))
    _require(by, "accounts.add_post", post)
    post.full_clean()
    post.save()
    audit.record("add", post, by=by, at=now)
    return post


@transaction.atomic
def invite(*, by: Any, now: datetime, email: str, post: Post) -> Invitation:
    """Offer a post by mail with a link that works for seven days and once."""
    _require(by, "accounts.add_invitation", post)
    email = User.objects.normalize_email(email)
    validate_email(email)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation = Invitation.objects.create(
        email=email,
        post=post,
        token_hash=_digest(token),
        invited_by_id=by.pk,
        created_at=now,
        expires_at=now + timedelta(days=INVITATION_DAYS),
    )
    audit.record("invite", invitation, by=by, at=now, changes={"post": [None, post.pk]})
    outbox.enqueue(
        "accounts/mail/invitation",
        recipients=[outbox.Recipient(email)],
        context=_invitation_words(invitation, token),
        now=now,
    )
    return invitation


def _invitation_words(invitation: Invitation, token: str) -> dict[str, Any]:
    section = invitation.post.section
    return {
        "link": settings.BASE_URL + reverse("accounts:invitation", args=[token]),
        "due": deadline_text(invitation.expires_at),
        "organization": section.unit.name,
        "post": f"{section.name} {invitation.post.name}",
        "contact": {"section": section.name, "phone": section.phone, "mail": section.mailbox},
    }


def open_invitation(*, token: str, now: datetime, lock: bool = False) -> Invitation:
    """Return the invitation of a link that still works, or raise ClosedInvitationError."""
    rows = Invitation.objects.select_related("post__section__office", "post__section__organization")
    if lock:
        rows = rows.select_for_update(of=("self",))
    invitation = rows.filter(token_hash=_digest(token)).first()
    if invitation is None or not invitation.is_open(now):
        raise ClosedInvitationError
    return invitation


@transaction.atomic
def accept_invitation(
    *, token: str, now: datetime, password: str = "", name: str = "", kana: str = ""
) -> User:
    """Take the offered post, with a new account unless the address has one already.

    The link proves the mailbox; an account that exists keeps its password and name.
    """
    invitation = open_invitation(token=token, now=now, lock=True)
    user = User.objects.filter(email=invitation.email).first()
    if user is None:
        user = _new_user(invitation.email, password, name=name, kana=kana, now=now)
    _place(user, invitation.post, starts_on=now.astimezone(JST).date())
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    user.refresh_from_db()
    audit.record("accept", invitation, by=user, at=now)
    return user


def _new_user(email: str, password: str, *, name: str, kana: str, now: datetime) -> User:
    validate_password(password, User(email=email, name=name))
    user = User.objects.create_user(email, password, name=name, kana=kana, joined=now)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def refuse_both_sides(user: User, post: Post) -> None:
    """Raise ValidationError where a staff account would become a body's, or the reverse."""
    of_office = post.section.office_id is not None
    if user.memberships.filter(post__section__office__isnull=of_office).exists():
        raise ValidationError(
            _("This account belongs to the other side. Use another e-mail address for this post."),
            code="both_sides",
        )


def _place(user: User, post: Post, *, starts_on: date, ends_on: date | None = None) -> Membership:
    """Put the user on the post; the lock keeps two posts of both sides from passing each other."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    refuse_both_sides(user, post)
    membership = Membership(user=user, post=post, starts_on=starts_on, ends_on=ends_on)
    membership.full_clean()
    membership.save()
    return membership


@transaction.atomic
def assign_post(
    *,
    by: Any,
    now: datetime,
    user: User,
    post: Post,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> Membership:
    """Put a user on a post from a day (today, JST) to a day; raises ValidationError."""
    _require(by, "accounts.add_membership", post)
    first_day = starts_on or now.astimezone(JST).date()
    membership = _place(user, post, starts_on=first_day, ends_on=ends_on)
    audit.record("add", membership, by=by, at=now, changes=_told(membership))
    return membership


def _told(membership: Membership) -> dict[str, Any]:
    last_day = membership.ends_on and membership.ends_on.isoformat()
    return {
        "user": [None, membership.user_id],
        "post": [None, membership.post_id],
        "starts_on": [None, membership.starts_on.isoformat()],
        "ends_on": [None, last_day],
    }


@transaction.atomic
def end_membership(*, by: Any, now: datetime, membership: Membership, ends_on: date) -> Membership:
    """Set the last day on the post; the person may still act on that day."""
    _require(by, "accounts.change_membership", membership)
    locked = Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)
    if ends_on < locked.starts_on:
        raise ValidationError(
            {"ends_on": _("The last day cannot lie before the first day on the post.")}
        )
    before = audit.snapshot(locked)
    locked.ends_on = ends_on
    locked.save(update_fields=["ends_on"])
    audit.record("end", locked, by=by, at=now, changes=audit.changes_between(before, locked))
    return locked


@transaction.atomic
def replace(
    *, by: Any, now: datetime, membership: Membership, successor: User, starts_on: date
) -> Membership:
    """Hand a post over: the successor holds it from the day, the other until the day before."""
    end_membership(by=by, now=now, membership=membership, ends_on=starts_on - timedelta(days=1))
    return assign_post(by=by, now=now, user=successor, post=membership.post, starts_on=starts_on)


@transaction.atomic
def issue_api_key(
    *,
    by: Any,
    now: datetime,
    user: User,
    name: str,
    expires_at: datetime,
    scopes: list[str] | None = None,
    secret: str | None = None,
    replaces: ApiKey | None = None,
) -> tuple[ApiKey, str]:
    """Make a key and return it with its secret, which is kept nowhere.

    A given secret is for the fixed keys of demo mode only; elsewhere it is 256 random bits.
    """
    if secret is not None and not settings.DEMO:
        raise ValueError("fixed API keys exist in demo mode only")
    granted = sorted(set(scopes or [KeyScope.READ.value]))
    if unknown := sorted(set(granted) - known_scopes()):
        text = _("There is no scope “%(names)s”. Use read, write, or an app's, as grants:read.")
        raise ValidationError({"scopes": text % {"names": ", ".join(unknown)}})
    secret = secret or f"clair_{secrets.token_urlsafe(TOKEN_BYTES)}"
    key = ApiKey(
        user=user,
        name=name,
        prefix=secret[:12],
        sha256=_digest(secret),
        key_scopes=granted,
        created_at=now,
        expires_at=expires_at,
        replaces=replaces,
    )
    _require(by, "accounts.add_apikey", key)
    key.save(force_insert=True)
    audit.record("issue", key, by=by, at=now, changes={"key_scopes": [None, granted]})
    return key, secret


@transaction.atomic
def revoke_api_key(*, by: Any, now: datetime, key: ApiKey) -> ApiKey:
    """Make a key open nothing from now on; revoking twice changes nothing."""
    _require(by, "accounts.change_apikey", key)
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
        audit.record("revoke", key, by=by, at=now)
    key.refresh_from_db()
    return key


@transaction.atomic
def rotate_api_key(
    *, by: Any, now: datetime, key: ApiKey, overlap: timedelta
) -> tuple[ApiKey, str]:
    """Make a successor of the same scopes and length; both work until the overlap has passed."""
    _require(by, "accounts.change_apikey", key)
    locked = ApiKey.objects.select_for_update(no_key=True, of=("self",)).get(pk=key.pk)
    if not timedelta(0) <= overlap <= MAX_OVERLAP:
        raise ValidationError({"overlap_days": _("Keep the old key for 0 to 30 days.")})
    if locked.revoked_at or locked.expires_at <= now:
        raise ValidationError(_("This key works no longer. Make a new key."))
    if locked.successors.filter(revoked_at=None).exists():
        raise ValidationError(_("This key has a successor already. Use that one, or revoke it."))
    successor, secret = issue_api_key(
        by=by,
        now=now,
        user=locked.user,
        name=locked.name,
        scopes=locked.key_scopes,
        expires_at=now + (locked.expires_at - locked.created_at),
        replaces=locked,
    )
    before = audit.snapshot(locked)
    locked.expires_at = min(locked.expires_at, max(now + overlap, locked.created_at + _INSTANT))
    locked.save(update_fields=["expires_at"])
    audit.record("rotate", locked, by=by, at=now, changes=audit.changes_between(before, locked))
    return successor, secret


def note_request(*, key: ApiKey, now: datetime, entry: ApiRequest) -> None:
    """Add a request to the key's log and to the day's counters (JST)."""
    entry.key, entry.at = key, now
    entry.save(force_insert=True)
    day = now.astimezone(JST).date()
    more = {
        "requests": F("requests") + 1,
        "refused": F("refused") + int(entry.status >= 400),
        "limited": F("limited") + int(entry.status == 429),
    }
    rows = ApiUsage.objects.filter(key=key, day=day)
    if not rows.update(**more):
        ApiUsage.objects.bulk_create([ApiUsage(key=key, day=day)], ignore_conflicts=True)
        rows.update(**more)


def forget_requests(*, now: datetime) -> int:
    """Delete requests beyond the newest 200 of each key, and all that is older than 90 days."""
    since = now - timedelta(days=KEPT_DAYS)
    ApiUsage.objects.filter(day__lt=since.astimezone(JST).date()).delete()
    gone = ApiRequest.objects.filter(at__lt=since).delete()[0]
    for key in ApiRequest.objects.order_by().values_list("key", flat=True).distinct():
        rows = ApiRequest.objects.filter(key=key).order_by("-pk")
        oldest = rows.values_list("pk", flat=True)[KEPT_REQUESTS - 1 : KEPT_REQUESTS]
        gone += rows.filter(pk__lt=next(iter(oldest), 0)).delete()[0]
    return gone
