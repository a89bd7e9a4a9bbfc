"""What happens when an invitation's link is opened and accepted."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from accounts.actions.handovers import successor_accepted
from accounts.actions.posts import place
from accounts.actions.shared import digest
from accounts.models import Handover, Invitation, User
from core import audit
from core.fiscal import jst_date


class ClosedInvitationError(Exception):
    """The link is unknown, used, withdrawn or expired."""


def open_invitation(*, token: str, now: datetime, lock: bool = False) -> Invitation:
    """Return the invitation of a link that still works, or raise ClosedInvitationError."""
    rows = Invitation.objects.select_related("post__section__office", "post__section__organization")
    if lock:
        rows = rows.select_for_update(of=("self",))
    invitation = rows.filter(token_hash=digest(token)).first()
    if invitation is None or not invitation.is_open(now):
        raise ClosedInvitationError
    return invitation


@transaction.atomic
def accept_invitation(
    *, token: str, now: datetime, password: str = "", name: str = "", kana: str = ""
) -> User:
    """Take the offered post, with a new account unless the address has one already.

    The link proves the mailbox; an account that exists keeps its password and name. The successor
    of a hand-over takes its posts on its day.
    """
    invitation = open_invitation(token=token, now=now, lock=True)
    user = User.objects.filter(email=invitation.email).first()
    if user is None:
        user = _new_user(invitation.email, password, name=name, kana=kana, now=now)
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    handover = Handover.objects.filter(invitation=invitation).first()
    if handover:
        successor_accepted(handover=handover, user=user, now=now)
    else:
        place(user, invitation.post, starts_on=jst_date(now))
    user.refresh_from_db()
    audit.record("accept", invitation, by=user, at=now)
    return user


def _new_user(email: str, password: str, *, name: str, kana: str, now: datetime) -> User:
    validate_password(password, User(email=email, name=name))
    user = User.objects.create_user(email, password, name=name, kana=kana, joined=now)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user
