"""The reasons to see a row of accounts that core does not know."""

import operator
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

from core.scopes import Directory, Scope

EVERYTHING = ~Q(pk__in=[])  # an empty Q would vanish when OR-ed with another scope


class OfficeDirectory(Directory):
    """What belongs to CLAIR's offices is directory data; what belongs to a body is not."""

    def __init__(self, office: str):
        super().__init__(Q(**{f"{office}__isnull": False}))
        self._office_id = operator.attrgetter(f"{office.replace('__', '.')}_id")

    def roles(self, user: Any, obj: models.Model) -> frozenset[str]:
        return super().roles(user, obj) if self._office_id(obj) is not None else frozenset()


class StaffRole(Scope):
    """Headquarters staff of the named roles: who may see a personal record by office."""

    def __init__(self, *names: str):
        self.names = frozenset(names)

    def _held(self, user: Any) -> frozenset[str]:
        return user.access.staff_roles & self.names

    def q(self, user: Any) -> Q | None:
        return EVERYTHING if self._held(user) else None

    def roles(self, user: Any, obj: models.Model) -> frozenset[str]:
        return self._held(user)


class Colleagues(Scope):
    """People on a post of one of the user's bodies, now or from a later day."""

    def q(self, user: Any) -> Q | None:
        bodies = user.access.organization_ids
        return Q(pk__in=user.access.members_of(bodies)) if bodies else None

    def roles(self, user: Any, obj: Any) -> frozenset[str]:
        shared = user.access.organization_ids & obj.access.organization_ids
        return frozenset().union(*(user.access.body_roles(body) for body in shared))


class BodyOfLines(Scope):
    """Members of the bodies that the record's lines name (an EXISTS, so that rows can be locked)."""

    def __init__(self, relation: str, back: str, body: str):
        self.relation, self._back, self._body = relation, back, body

    def q_for(self, user: Any, model: type[models.Model]) -> Q | None:
        """Return the filter over the lines."""
        if not user.access.organization_ids:
            return None
        related: Any = model._meta.get_field(self.relation).related_model
        mine = {f"{self._body}__in": sorted(user.access.organization_ids)}
        rows = related._default_manager.filter(**mine, **{self._back: OuterRef("pk")})
        return Q(Exists(rows))

    def roles(self, user: Any, obj: models.Model) -> frozenset[str]:
        named = getattr(obj, self.relation).values_list(self._body, flat=True)
        shared = user.access.organization_ids & frozenset(named)
        return frozenset().union(*(user.access.body_roles(body) for body in shared))
