"""What stays with sections and posts when people change: drafts, running cases, cases in charge."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Membership, Post, Section
from core import registry
from core.scopes import Owner
from core.workflow import Workflow


@dataclass(frozen=True)
class Held:
    """How many cases of one kind the sections draft, wait with, and the posts are in charge of."""

    kind: Any
    drafts: int
    running: int
    in_charge: int

    @property
    def is_any(self) -> bool:
        """Tell whether there is anything to say."""
        return bool(self.drafts or self.running or self.in_charge)


def held_by(memberships: Iterable[Membership]) -> list[Held]:
    """Count each kind of case behind the posts: two queries a kind, nothing is moved."""
    posts = [membership.post for membership in memberships]
    found = (_of_kind(flow, posts) for flow in registry.workflows.values())
    return sorted((held for held in found if held.is_any), key=lambda held: str(held.kind))


def _of_kind(flow: Workflow, posts: list[Post]) -> Held:
    open_statuses = {source for row in flow.transitions for source in row.source}
    running = Q(status__in=open_statuses - set(flow.editable))
    rows = flow.model._default_manager.filter(_owned(flow.model, posts))
    counted = rows.aggregate(
        drafts=models.Count("pk", filter=Q(status=flow.initial)),
        running=models.Count("pk", filter=running),
    )
    charged = flow.model._default_manager.filter(_charged(flow.model, posts), running)
    return Held(flow.model._meta.verbose_name_plural, **counted, in_charge=charged.count())


def _owned(model: type[models.Model], posts: list[Post]) -> Q:
    sections = {post.section_id for post in posts if post.section.organization_id}
    owners = [s for s in getattr(model, "scopes", ()) if isinstance(s, Owner)]
    return _any(Q(**{f"{owner.section}__in": sorted(sections)}) for owner in owners)


def _charged(model: type[models.Model], posts: list[Post]) -> Q:
    to_posts = [f for f in model._meta.concrete_fields if f.related_model is Post]
    ids = sorted(post.pk for post in posts)
    return _any(Q(**{f"{field.name}__in": ids}) for field in to_posts)


def _any(parts: Iterable[Q]) -> Q:
    found = Q(pk__in=[])
    for part in parts:
        found |= part
    return found


def orphaned_sections(user: Any) -> list[Section]:
    """Return the sections where nobody may submit, of the bodies that the user administers."""
    if not user.access.administered_ids:
        return []
    mine = Section.objects.filter(organization__in=user.access.administered_ids)
    found = mine.orphaned(timezone.localdate()).select_related("organization")
    return list(found.order_by("organization", "name", "pk"))
