"""Posts from day to day: opened, held, deputised, ended; nobody leaves a role that must be held."""

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import roles
from accounts.actions.shared import require
from accounts.models import Membership, Post, Section, User, contact_of
from core import audit, outbox
from core.fiscal import due_day_text, jst_date

ONE_DAY = timedelta(days=1)
ADMINISTRATOR = "administrator"


def own_page() -> str:
    """Return the address of the page on which everybody sees their own posts."""
    return settings.BASE_URL + reverse("accounts:profile")


@transaction.atomic
def ensure_post(*, by: Any, now: datetime, section: Section, role: str) -> Post:
    """Return the section's post with the role; open one named after the role if there is none."""
    found = section.posts.filter(role=role, valid_to=None).order_by("pk").first()
    if found:
        return found
    post = Post(section=section, role=role, name=str(roles.ROLES[role].label))
    require(by, "accounts.add_post", post)
    post.full_clean()
    post.save()
    audit.record("add", post, by=by, at=now)
    return post


def refuse_both_sides(user: User, post: Post) -> None:
    """Raise ValidationError where a staff account would become a body's, or the reverse."""
    of_office = post.section.office_id is not None
    if user.memberships.filter(post__section__office__isnull=of_office).exists():
        raise ValidationError(
            _("This account belongs to the other side. Use another e-mail address for this post."),
            code="both_sides",
        )


def place(
    user: User,
    post: Post,
    *,
    starts_on: date,
    ends_on: date | None = None,
    is_deputy: bool = False,
) -> Membership:
    """Put the user on the post; the lock keeps two posts of both sides from passing each other.

    A leaver's account opens again; one that an administrator closed stays closed.
    """
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    refuse_both_sides(user, post)
    membership = Membership(
        user=user, post=post, starts_on=starts_on, ends_on=ends_on, is_deputy=is_deputy
    )
    membership.full_clean()
    membership.save()
    if locked.left_on:
        User.objects.filter(pk=user.pk).update(is_active=True, left_on=None)
    return membership


def told(membership: Membership) -> dict[str, Any]:
    """Return what the audit says of a new membership."""
    last_day = membership.ends_on and membership.ends_on.isoformat()
    found = {
        "user": [None, membership.user_id],
        "post": [None, membership.post_id],
        "starts_on": [None, membership.starts_on.isoformat()],
        "ends_on": [None, last_day],
    }
    return found | ({"is_deputy": [None, True]} if membership.is_deputy else {})


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
    require(by, "accounts.add_membership", post)
    membership = place(user, post, starts_on=starts_on or jst_date(now), ends_on=ends_on)
    audit.record("add", membership, by=by, at=now, changes=told(membership))
    return membership


def is_colleague(user: User, section: Section) -> bool:
    """Tell whether the user holds a post in the section's body or office today."""
    bodies, offices = user.access.organization_ids, user.access.office_ids
    return section.organization_id in bodies or section.office_id in offices


@transaction.atomic
def deputise(
    *, by: Any, now: datetime, membership: Membership, deputy: User, starts_on: date, ends_on: date
) -> Membership:
    """Let a colleague act on the same post for some days (代理), and tell both by mail."""
    require(by, "accounts.add_membership", membership.post)
    if starts_on < jst_date(now):
        raise ValidationError({"starts_on": _("Choose today or a later day.")})
    if ends_on < starts_on:
        raise ValidationError({"ends_on": _("The last day cannot lie before the first day.")})
    if not is_colleague(deputy, membership.post.section):
        raise ValidationError({"deputy": _("Choose a colleague of the same body or office.")})
    placed = place(deputy, membership.post, starts_on=starts_on, ends_on=ends_on, is_deputy=True)
    audit.record("deputise", placed, by=by, at=now, changes=told(placed))
    section = membership.post.section
    outbox.enqueue(
        "accounts/mail/deputy",
        recipients=[outbox.Recipient(deputy.email), outbox.Recipient(membership.user.email)],
        context={
            "organization": section.unit.name,
            "post": f"{section.name} {membership.post.name}",
            "from": due_day_text(starts_on),
            "until": due_day_text(ends_on),
            "link": own_page(),
            "contact": contact_of(section),
        },
        now=now,
    )
    return placed


def _group(membership: Membership) -> dict[str, Any]:
    """Return the filter of those who hold the same role where somebody must, or nothing."""
    post = membership.post
    if post.role == ADMINISTRATOR:
        return {"post__role": ADMINISTRATOR}
    if post.role == "org_admin":
        body = post.section.organization_id
        return {"post__role": post.role, "post__section__organization": body}
    if post.role == "submitter":
        return {"post__role": post.role, "post__section": post.section_id}
    return {}


def is_left_alone(membership: Membership, last_day: date) -> bool:
    """Tell whether nobody would hold a needed role after the last day; locks those who do.

    Needed are an administrator at CLAIR, an org_admin in a body, a submitter in a section. Only
    an active person without a last day counts: deputies and those about to leave do not.
    """
    group = _group(membership)
    if not group or membership.is_deputy:
        return False
    rows = Membership.objects.filter(**group).select_related("user").order_by("pk")
    held = list(rows.select_for_update(no_key=True, of=("self",)))
    return not any(
        other.pk != membership.pk
        and other.ends_on is None
        and other.starts_on <= last_day + ONE_DAY
        and other.user.is_active
        for other in held
    )


def _refuse_leaving_alone(by: Any, membership: Membership, last_day: date) -> None:
    is_staff_act = by.access.is_headquarters and membership.post.role != ADMINISTRATOR
    if is_staff_act or (membership.ends_on and membership.ends_on <= last_day):
        return
    if is_left_alone(membership, last_day):
        text = _("Nobody else is “%(role)s” here. Hand the post over to a successor instead.")
        role = roles.ROLES[membership.post.role].label
        raise ValidationError({"ends_on": text % {"role": role}}, code="last")


@transaction.atomic
def end_membership(*, by: Any, now: datetime, membership: Membership, ends_on: date) -> Membership:
    """Set the last day on the post; the person may still act on that day."""
    require(by, "accounts.change_membership", membership)
    locked = check_end(membership, ends_on, by=by)
    return set_last_day(locked, ends_on, by=by, now=now)


def check_end(membership: Membership, last_day: date, *, by: Any) -> Membership:
    """Return the membership locked, or refuse the last day with the reason (inside a transaction)."""
    _refuse_leaving_alone(by, membership, last_day)
    locked = Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)
    if last_day < locked.starts_on:
        raise ValidationError(
            {"ends_on": _("The last day cannot lie before the first day on the post.")}
        )
    if locked.handover_lines.filter(is_open=True).exists():
        raise ValidationError(
            {"ends_on": _("A hand-over of this post is planned. Cancel it first.")}
        )
    return locked


def set_last_day(membership: Membership, last_day: date, *, by: Any, now: datetime) -> Membership:
    """Write and record the last day of a locked membership."""
    before = audit.snapshot(membership)
    membership.ends_on = last_day
    membership.save(update_fields=["ends_on"])
    changes = audit.changes_between(before, membership)
    audit.record("end", membership, by=by, at=now, changes=changes)
    return membership
