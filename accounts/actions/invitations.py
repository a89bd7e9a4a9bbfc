"""Invitations: a post offered by mail, offered again, withdrawn."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actions.shared import TOKEN_BYTES, digest, require
from accounts.models import Handover, Invitation, Post, User, contact_of
from core import audit, outbox
from core.fiscal import deadline_text

INVITATION_DAYS = 7


@transaction.atomic
def invite(*, by: Any, now: datetime, email: str, post: Post) -> Invitation:
    """Offer a post by mail with a link that works for seven days and once."""
    require(by, "accounts.add_invitation", post)
    return offer(by=by, now=now, email=email, post=post)


def offer(*, by: Any, now: datetime, email: str, post: Post) -> Invitation:
    """Write and mail an invitation; whoever calls this has asked the permission."""
    email = User.objects.normalize_email(email)
    validate_email(email)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation = Invitation.objects.create(
        email=email,
        post=post,
        token_hash=digest(token),
        invited_by_id=by.pk,
        created_at=now,
        expires_at=now + timedelta(days=INVITATION_DAYS),
    )
    audit.record("invite", invitation, by=by, at=now, changes={"post": [None, post.pk]})
    _mail(invitation, token, now)
    return invitation


def _mail(invitation: Invitation, token: str, now: datetime) -> None:
    section = invitation.post.section
    outbox.enqueue(
        "accounts/mail/invitation",
        recipients=[outbox.Recipient(invitation.email)],
        context={
            "link": settings.BASE_URL + reverse("accounts:invitation", args=[token]),
            "due": deadline_text(invitation.expires_at),
            "organization": section.unit.name,
            "post": f"{section.name} {invitation.post.name}",
            "contact": contact_of(section),
        },
        now=now,
    )


def _waiting(by: Any, invitation: Invitation) -> Invitation:
    """Lock an invitation that was neither accepted nor withdrawn."""
    require(by, "accounts.change_invitation", invitation)
    rows = Invitation.objects.select_related("post__section__office", "post__section__organization")
    locked = rows.select_for_update(of=("self",)).get(pk=invitation.pk)
    if locked.accepted_at or locked.withdrawn_at:
        raise ValidationError(_("This invitation is closed already."), code="closed")
    return locked


@transaction.atomic
def resend_invitation(*, by: Any, now: datetime, invitation: Invitation) -> Invitation:
    """Mail a new link for seven days; the old link stops working."""
    locked = _waiting(by, invitation)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    locked.token_hash, locked.expires_at = digest(token), now + timedelta(days=INVITATION_DAYS)
    locked.save(update_fields=["token_hash", "expires_at"])
    audit.record("resend", locked, by=by, at=now)
    _mail(locked, token, now)
    return locked


@transaction.atomic
def withdraw_invitation(*, by: Any, now: datetime, invitation: Invitation) -> Invitation:
    """Make the link open nothing; one that belongs to a hand-over ends with it alone."""
    locked = _waiting(by, invitation)
    if Handover.objects.filter(invitation=locked, state=Handover.State.PLANNED).exists():
        raise ValidationError(
            _("This invitation belongs to a hand-over. Cancel the hand-over."), code="handover"
        )
    return close(locked, by=by, now=now)


def close(invitation: Invitation, *, by: Any, now: datetime) -> Invitation:
    """Write and record the withdrawal of a locked invitation."""
    invitation.withdrawn_at = now
    invitation.save(update_fields=["withdrawn_at"])
    audit.record("withdraw", invitation, by=by, at=now)
    return invitation
