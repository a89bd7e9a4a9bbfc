"""Hand-over: one act moves a person's posts to a successor, today or on a later day."""

import logging
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import invitations
from accounts.actions.keys import close_key
from accounts.actions.posts import (
    ONE_DAY,
    is_colleague,
    own_page,
    place,
    refuse_both_sides,
    set_last_day,
    told,
)
from accounts.models import ApiKey, Handover, HandoverLine, Invitation, Membership, User, contact_of
from core import audit, outbox
from core.fiscal import due_day_text, jst_date

logger = logging.getLogger(__name__)
PLANNED = Handover.State.PLANNED
_RELATED = ("user", "post__section__office", "post__section__organization")


def may_hand_over(by: Any, membership: Membership) -> bool:
    """Tell whether the actor may hand the post over: members of a body their own, or who manages it."""
    is_own = membership.user_id == by.pk and membership.post.section.organization_id is not None
    return is_own or bool(by.has_perm("accounts.change_membership", membership))


def posts_to_hand_over(*, by: Any, outgoing: User, now: datetime) -> list[Membership]:
    """Return what the person holds now or will, deputies' days apart, as far as the actor may."""
    rows = outgoing.memberships.not_ended(jst_date(now)).filter(is_deputy=False)
    found = rows.select_related(*_RELATED).order_by("pk")
    return [membership for membership in found if may_hand_over(by, membership)]


def keys_that_end(outgoing: User, memberships: Iterable[Membership], now: datetime) -> list[ApiKey]:
    """Return the keys that a hand-over revokes: all, where it leaves the person no post."""
    left = outgoing.memberships.not_ended(jst_date(now)).exclude(
        pk__in=[membership.pk for membership in memberships]
    )
    if left.exists():
        return []
    usable = outgoing.api_keys.filter(revoked_at=None, expires_at__gt=now)
    return list(usable.select_related("user").order_by("pk"))


@transaction.atomic
def plan_handover(
    *,
    by: Any,
    now: datetime,
    outgoing: User,
    memberships: Iterable[Membership],
    starts_on: date,
    successor: User | None = None,
    email: str = "",
) -> Handover:
    """Hand posts over to a colleague or to whoever accepts at the address; today at once.

    A second hand-over of a post waits for the first one's lock and is then refused with the reason.
    """
    if starts_on < jst_date(now):
        raise ValidationError({"starts_on": _("Choose today or a later day.")})
    locked = _asked(list(memberships), by=by, outgoing=outgoing, now=now)
    successor = successor or _colleague(email, locked)
    handover = Handover(
        outgoing=outgoing,
        successor=successor,
        starts_on=starts_on,
        planned_by_id=by.pk,
        created_at=now,
    )
    if successor:
        _check_colleague(successor, locked)
        _check_successor(successor, handover, locked)
    else:
        handover.invitation = invitations.offer(by=by, now=now, email=email, post=locked[0].post)
    _save(handover, locked, by=by, now=now)
    if not carry_out(handover=handover, by=by, now=now):
        _tell(handover, locked, state="planned", now=now)
    handover.refresh_from_db()
    return handover


def _asked(asked: list[Membership], *, by: Any, outgoing: User, now: datetime) -> list[Membership]:
    """Return the posts locked, where the actor may hand them over and nobody else has."""
    if not all(may_hand_over(by, membership) for membership in asked):
        raise PermissionDenied
    locked = _locked(outgoing, asked)
    if not locked or any(held.ends_on and held.ends_on < jst_date(now) for held in locked):
        raise ValidationError(
            _("These posts are no longer this person's. Look at the list again."), code="gone"
        )
    _refuse_second(locked)
    return locked


def _save(handover: Handover, memberships: list[Membership], *, by: Any, now: datetime) -> None:
    handover.save(force_insert=True)
    HandoverLine.objects.bulk_create(
        HandoverLine(handover=handover, membership=membership) for membership in memberships
    )
    audit.record("plan", handover, by=by, at=now, changes=_said(handover, memberships))


def _said(handover: Handover, memberships: list[Membership]) -> dict[str, Any]:
    return {
        "outgoing": [None, handover.outgoing_id],
        "successor": [None, handover.successor_id],
        "starts_on": [None, handover.starts_on.isoformat()],
        "posts": [None, [membership.post_id for membership in memberships]],
    }


def _locked(outgoing: User, memberships: Iterable[Membership]) -> list[Membership]:
    ids = [membership.pk for membership in memberships]
    rows = Membership.objects.filter(pk__in=ids, user=outgoing, is_deputy=False)
    locked = rows.select_related(*_RELATED).order_by("pk")
    return list(locked.select_for_update(no_key=True, of=("self",)))


def _refuse_second(memberships: list[Membership]) -> None:
    open_lines = HandoverLine.objects.filter(membership__in=memberships, is_open=True)
    line = open_lines.select_related("membership__post", "handover").first()
    if line:
        text = _("“%(post)s” is being handed over already, from %(day)s. Cancel that one first.")
        words = {"post": line.membership.post.name, "day": due_day_text(line.handover.starts_on)}
        raise ValidationError(text % words, code="second")


def _colleague(email: str, memberships: list[Membership]) -> User | None:
    """Return the colleague of the address; anybody else gets an invitation, known or not."""
    found = User.objects.filter(email=User.objects.normalize_email(email), is_active=True).first()
    sections = [membership.post.section for membership in memberships]
    return found if found and all(is_colleague(found, section) for section in sections) else None


def _check_colleague(successor: User, memberships: list[Membership]) -> None:
    if not all(is_colleague(successor, held.post.section) for held in memberships):
        raise ValidationError({"successor": _("Choose a colleague of the same body or office.")})


def _check_successor(successor: User, handover: Handover, memberships: list[Membership]) -> None:
    """Refuse before anything is promised what could not be carried out on the day."""
    if successor.pk == handover.outgoing_id:
        raise ValidationError({"successor": _("Choose somebody else: this person leaves.")})
    if not (successor.is_active or successor.left_on):
        raise ValidationError({"successor": _("This account is closed. Choose somebody else.")})
    for membership in memberships:
        refuse_both_sides(successor, membership.post)
        held = successor.memberships.filter(post=membership.post).not_ended(handover.starts_on)
        if held.filter(is_deputy=False).exists() or held.count() > 1:
            text = _("The successor already holds “%(post)s”. End the post instead.")
            raise ValidationError(text % {"post": membership.post.name}, code="held")


@transaction.atomic
def carry_out(*, handover: Handover, by: Any, now: datetime) -> bool:
    """Move the posts where the day has come and the successor is known; a second run does nothing."""
    locked = Handover.objects.select_for_update(no_key=True).get(pk=handover.pk)
    is_due = locked.state == PLANNED and locked.starts_on <= jst_date(now)
    if not (is_due and locked.successor_id):
        return False
    outgoing, successor = locked.outgoing, locked.successor
    moved = _locked(outgoing, [line.membership for line in locked.lines.all()])
    for membership in moved:
        _move(membership, successor, first_day=locked.starts_on, by=by, now=now)
    for key in keys_that_end(outgoing, moved, now):
        close_key(key, by=by, now=now)
    _close(locked, Handover.State.DONE, now)
    audit.record("carry_out", locked, by=by, at=now, changes=_said(locked, moved))
    _tell(locked, moved, state="done", now=now)
    return True


def _move(
    membership: Membership, successor: Any, *, first_day: date, by: Any, now: datetime
) -> None:
    """End the one on the day before and place the other; a deputy becomes the holder."""
    last_day = max(first_day - ONE_DAY, membership.starts_on)
    if membership.ends_on is None or membership.ends_on > last_day:
        set_last_day(membership, last_day, by=by, now=now)
    deputised = successor.memberships.filter(post=membership.post).not_ended(first_day).first()
    if deputised is None:
        placed = place(successor, membership.post, starts_on=first_day)
        audit.record("add", placed, by=by, at=now, changes=told(placed))
        return
    before = audit.snapshot(deputised)
    deputised.starts_on = min(deputised.starts_on, first_day)
    deputised.ends_on, deputised.is_deputy = None, False
    deputised.full_clean()
    deputised.save()
    changes = audit.changes_between(before, deputised)
    audit.record("change", deputised, by=by, at=now, changes=changes)


def _close(handover: Handover, state: str, now: datetime) -> None:
    handover.state, handover.closed_at = state, now
    handover.save(update_fields=["state", "closed_at"])
    handover.lines.update(is_open=False)


def _tell(handover: Handover, memberships: list[Membership], *, state: str, now: datetime) -> None:
    """Mail both: the posts and the day, no names; an invited successor has the invitation."""
    people = [person for person in (handover.outgoing, handover.successor) if person]
    section = memberships[0].post.section
    outbox.enqueue(
        "accounts/mail/handover",
        recipients=[outbox.Recipient(person.email) for person in people],
        context={
            "is_done": state == "done",
            "is_cancelled": state == "cancelled",
            "organization": section.unit.name,
            "posts": [f"{m.post.section.name} {m.post.name}" for m in memberships],
            "day": due_day_text(handover.starts_on),
            "link": own_page(),
            "contact": contact_of(section),
        },
        now=now,
    )


@transaction.atomic
def cancel_handover(*, by: Any, now: datetime, handover: Handover) -> Handover:
    """Undo what is only planned: everybody keeps their posts, an invitation opens nothing."""
    # The invitation first, as its acceptance does.
    list(Invitation.objects.select_for_update().filter(handover=handover))
    locked = Handover.objects.select_for_update(no_key=True).get(pk=handover.pk)
    memberships = list(
        Membership.objects.filter(handover_lines__handover=locked)
        .select_related(*_RELATED)
        .order_by("pk")
    )
    if not all(may_hand_over(by, membership) for membership in memberships):
        raise PermissionDenied
    if locked.state != PLANNED:
        raise ValidationError(
            _("This hand-over is closed already. Hand the posts back by a new one."), code="closed"
        )
    _close(locked, Handover.State.CANCELLED, now)
    invitation = locked.invitation
    if invitation and not (invitation.accepted_at or invitation.withdrawn_at):
        invitations.close(invitation, by=by, now=now)
    audit.record("cancel", locked, by=by, at=now)
    _tell(locked, memberships, state="cancelled", now=now)
    return locked


def successor_accepted(*, handover: Handover, user: User, now: datetime) -> None:
    """Make who accepted the invitation the successor, from the day or, later, from today."""
    locked = Handover.objects.select_for_update(no_key=True).get(pk=handover.pk)
    if locked.state != PLANNED:
        return
    memberships = [line.membership for line in locked.lines.select_related("membership__post")]
    locked.starts_on = max(locked.starts_on, jst_date(now))
    _check_successor(user, locked, memberships)
    locked.successor = user
    locked.save(update_fields=["successor", "starts_on"])
    carry_out(handover=locked, by=user, now=now)


def carry_out_due(*, by: Any, now: datetime) -> int:
    """Carry out what is due; what cannot be is logged, stays planned and holds up nothing else."""
    due = Handover.objects.filter(
        state=PLANNED, starts_on__lte=jst_date(now), successor__isnull=False
    )
    done = 0
    for handover in due.order_by("starts_on", "pk"):
        try:
            done += carry_out(handover=handover, by=by, now=now)
        except ValidationError:
            logger.exception("hand-over %s cannot be carried out", handover.public_id)
    return done
