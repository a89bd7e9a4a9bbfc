"""The actor of what the portal does by itself (settings.CORE_SYSTEM_ACTOR)."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from accounts.models import OrganizationRole


@dataclass(frozen=True)
class SystemAccess:
    """The standing of the system: at headquarters, without a post."""

    label: str = "システム"
    post_label: str = "システム"
    body_name: str = ""
    is_headquarters: bool = True
    staff_roles: frozenset[str] = frozenset()
    office_ids: frozenset[int] = frozenset()
    section_roles: dict[int, frozenset[str]] = field(default_factory=dict)
    organization_ids: frozenset[int] = frozenset()

    def subjects(self, kind: str) -> QuerySet:
        """Return nothing: the system belongs to no body."""
        return OrganizationRole.objects.none().values("subject_id")

    def body_roles(self, organization_id: int) -> frozenset[str]:
        """Return nothing: the system belongs to no body."""
        return frozenset()


@dataclass(frozen=True)
class SystemActor:
    """Acts of schedules and tasks; it may do what their code asks, and signs in nowhere."""

    access: SystemAccess = field(default_factory=SystemAccess)
    pk: None = None
    name: str = "システム"
    email: str = ""
    is_authenticated: bool = True
    is_active: bool = True
    is_staff: bool = False
    is_anonymous: bool = False

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Allow: what the system does is decided in code, not by a role."""
        return True

    def __str__(self) -> str:
        return self.name


def system_actor() -> SystemActor:
    """Return the system as an actor."""
    return SystemActor()
