"""What a user holds today: posts, offices, bodies and the sections in which they may act."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

from accounts import roles
from accounts.models.memberships import Membership
from accounts.models.organizations import OrganizationRole
from accounts.models.sections import SectionGrant
from core.scopes import roles_on

NO_POST = "所属なし"
_RANK = ("viewer", "contact", "submitter")


class Access:
    """One user's standing on one day, loaded in two queries and kept on the user."""

    def __init__(self, user: Any, today: date | None = None):
        self._user = user
        self._today = today or timezone.localdate()
        self._memberships = self._load() if user.is_active else []

    def _load(self) -> list[Membership]:
        current = Membership.objects.filter(user_id=self._user.pk).current(self._today)
        related = current.select_related("post__section__office", "post__section__organization")
        return list(related.order_by("starts_on", "pk"))

    @property
    def posts(self) -> list[Any]:
        """Return the posts held today, the longest held first."""
        return [membership.post for membership in self._memberships]

    @cached_property
    def label(self) -> str:
        """Return the posts as the audit names the actor: 多文化共生課 主査."""
        return "、".join(f"{m.post.label}{m.mark}" for m in self._memberships)[:200] or NO_POST

    @cached_property
    def post_label(self) -> str:
        """Return the posts without the body's name, for pages that show it apart."""
        held = ((m.post, m.mark) for m in self._memberships)
        return "、".join(f"{post.section.name} {post.name}{mark}" for post, mark in held)

    @cached_property
    def body_name(self) -> str:
        """Return the names of the bodies and offices for which the user acts."""
        return "、".join(dict.fromkeys(post.section.unit.name for post in self.posts))

    @cached_property
    def office_ids(self) -> frozenset[int]:
        """Return the ids of the offices in which the user works."""
        return frozenset(p.section.office_id for p in self.posts if p.section.office_id)

    @cached_property
    def is_headquarters(self) -> bool:
        """Tell whether the user works at headquarters."""
        return any(p.section.office_id and p.section.office.is_headquarters for p in self.posts)

    @cached_property
    def staff_roles(self) -> frozenset[str]:
        """Return the roles of the user's posts in offices."""
        return frozenset(p.role for p in self.posts if p.section.office_id)

    @cached_property
    def organization_ids(self) -> frozenset[int]:
        """Return the ids of the bodies of which the user is a member."""
        return frozenset(p.section.organization_id for p in self.posts if p.section.organization_id)

    @cached_property
    def own_section_roles(self) -> dict[int, frozenset[str]]:
        """Return the user's roles by section of a body, own posts alone."""
        found: defaultdict[int, set[str]] = defaultdict(set)
        for post in self.posts:
            if post.section.organization_id:
                found[post.section_id].add(post.role)
        return {section: frozenset(names) for section, names in found.items()}

    @cached_property
    def section_roles(self) -> dict[int, frozenset[str]]:
        """Return the user's roles by section of a body, own posts and grants."""
        if not self.own_section_roles:
            return {}
        found = dict(self.own_section_roles)
        grants = SectionGrant.objects.current(self._today).filter(granted_to__in=found)
        for section, held_by, role in grants.values_list("section", "granted_to", "role"):
            lent = _at_most(role, self.own_section_roles[held_by])
            found[section] = found.get(section, frozenset()) | {lent}
        return found

    def may(self, permission: str, obj: models.Model | None = None) -> bool:
        """Tell whether a role of the user has the permission, on obj or on anything."""
        if not self._user.is_active:
            return False
        held = self.standing_roles if obj is None else roles_on(self._user, obj)
        if not (self.may_submit or _reads(permission)):
            held = held - roles.HOLDER_ROLES.keys()
        if not (self.may_draft or _reads(permission)):
            held = held - {"party_implementer"}
        return roles.permits(held, permission)

    def may_open(self, app_label: str) -> bool:
        """Tell whether the app is worth showing to a member of staff."""
        return bool(self.office_ids) and roles.permits_app(self.standing_roles, app_label)

    def body_roles(self, organization_id: int) -> frozenset[str]:
        """Return the user's roles in any section of the body."""
        return frozenset(p.role for p in self.posts if p.section.organization_id == organization_id)

    @cached_property
    def administered_ids(self) -> frozenset[int]:
        """Return the ids of the bodies whose people the user manages."""
        return frozenset(b for b in self.organization_ids if "org_admin" in self.body_roles(b))

    def subjects(self, kind: str) -> QuerySet:
        """Return the ids of the bodies for which one of the user's bodies holds the role now."""
        held = OrganizationRole.objects.current(self._today)
        mine = held.filter(kind=kind, holder__in=sorted(self.organization_ids))
        return mine.values("subject_id")

    def members_of(self, organization_ids: Iterable[int]) -> QuerySet:
        """Return the ids of the users with a post in the bodies, now or from a later day."""
        of_bodies = Membership.objects.filter(
            post__section__organization__in=sorted(organization_ids)
        )
        return of_bodies.not_ended(self._today).values("user_id")

    @cached_property
    def held_kinds(self) -> frozenset[str]:
        """Return the kinds of OrganizationRole that the user's bodies hold today."""
        if not self.organization_ids:
            return frozenset()
        held = OrganizationRole.objects.current(self._today)
        mine = held.filter(holder__in=sorted(self.organization_ids))
        return frozenset(mine.order_by().values_list("kind", flat=True).distinct())

    @cached_property
    def standing_roles(self) -> frozenset[str]:
        """Return every role that the user has on something or other."""
        body = frozenset().union(*self.section_roles.values())
        return roles.OF_EVERY_USER | self.staff_roles | body | self.held_kinds

    @cached_property
    def may_draft(self) -> bool:
        """Tell whether the user may write for a body, not only read."""
        return any(names & {"contact", "submitter"} for names in self.own_section_roles.values())

    @cached_property
    def may_submit(self) -> bool:
        """Tell whether the user may act for a body, not only read and draft."""
        return any("submitter" in names for names in self.own_section_roles.values())


def _reads(permission: str) -> bool:
    """Tell reading from acting: a branch's acts are for those who may submit for it."""
    return permission.partition(".")[2].startswith("view_")


def _at_most(role: str, own: frozenset[str]) -> str:
    """Return the granted role, lowered to what the member may do in their own section."""
    highest = max((_RANK.index(name) for name in own if name in _RANK), default=0)
    return _RANK[min(_RANK.index(role), highest)]
