"""Which rows a person may see: each model lists its scopes, and one queryset method ORs them.

core knows no membership; it asks the user's `access` (accounts.access.Access), loaded once a request.
"""

from collections.abc import Callable
from typing import Any, Protocol

from django.db import models
from django.db.models import Exists, OuterRef, Q

from core import registry


class Access(Protocol):
    """What core asks of a user: posts held today, bodies acted for, roles of those bodies."""

    label: str
    is_headquarters: bool
    staff_roles: frozenset[str]
    office_ids: frozenset[int]
    section_roles: dict[int, frozenset[str]]
    organization_ids: frozenset[int]

    def subjects(self, kind: str) -> models.QuerySet:
        """Return the ids of the bodies for which one of the user's bodies holds role `kind`."""


class Scope:
    """One reason to see a row: a filter for lists, and the roles it gives on one object."""

    def q(self, user: Any) -> Q | None:
        """Return the filter for this user, or None where it can match nothing."""
        raise NotImplementedError

    def q_for(self, user: Any, model: type[models.Model]) -> Q | None:
        """Return the filter where it depends on the model; most scopes need only the user."""
        return self.q(user)

    def roles(self, user: Any, obj: models.Model) -> frozenset[str]:
        """Return the names of the roles that this scope gives the user on obj."""
        raise NotImplementedError


def _value(obj: Any, path: str) -> Any:
    """Follow a lookup path of to-one relations; the last step reads the id, not the row."""
    *steps, last = path.split("__")
    for step in steps:
        obj = getattr(obj, step)
        if obj is None:
            return None
    return getattr(obj, obj._meta.get_field(last).attname)


class Owner(Scope):
    """Members of the owning section of the body, or those to whom the section granted access."""

    def __init__(self, organization: str, section: str):
        self.organization, self.section = organization, section

    def q(self, user: Any) -> Q | None:
        sections = user.access.section_roles
        return Q(**{f"{self.section}__in": sorted(sections)}) if sections else None

    def roles(self, user: Any, obj: models.Model) -> frozenset[str]:
        return user.access.section_roles.get(_value(obj, self.section), frozenset())


class Holder(Scope):
    """Members of the body that holds a dated OrganizationRole for the case's body (a branch).

    `condition` narrows the rows (a branch sees what went through it); `when` says it of one row.
    """

    def __init__(
        self,
        kind: str,
        organization: str,
        *,
        condition: Q | None = None,
        when: Callable[[Any], bool] | None = None,
    ):
        self.kind, self.organization = kind, organization
        self.condition, self.when = condition or Q(), when or bool

    def q(self, user: Any) -> Q | None:
        if not user.access.organization_ids:
            return None
        return Q(**{f"{self.organization}__in": user.access.subjects(self.kind)}) & self.condition

    def roles(self, user: Any, obj: models.Model) -> frozenset[str]:
        if not (user.access.organization_ids and self.when(obj)):
            return frozenset()
        subject = _value(obj, self.organization)
        held = user.access.subjects(self.kind).filter(subject_id=subject).exists()
        return frozenset({self.kind}) if held else frozenset()


class Party(Scope):
    """Bodies named beside the owner (joint parties read, implementers draft).

    A party row names a body, and a section once that body said which one.
    """

    def __init__(self, relation: str, *, organization: str, section: str, role: str):
        self.relation, self.role = relation, role
        self.organization, self.section = organization, section

    def _rows(self, user: Any, model: type[models.Model]) -> tuple[str, models.QuerySet]:
        relation = model._meta.get_field(self.relation)
        sections, bodies = sorted(user.access.section_roles), sorted(user.access.organization_ids)
        mine = Q(**{f"{self.section}__in": sections}) | Q(
            **{f"{self.section}": None, f"{self.organization}__in": bodies}
        )
        rows = relation.related_model._default_manager.filter(mine)  # type: ignore[union-attr]
        return relation.field.attname, rows  # type: ignore[union-attr]

    def q_for(self, user: Any, model: type[models.Model]) -> Q | None:
        """Return an EXISTS filter over the rows (no join, so FOR UPDATE stays possible)."""
        if not user.access.organization_ids:
            return None
        remote, rows = self._rows(user, model)
        return Q(Exists(rows.filter(**{remote: OuterRef("pk")})))

    def roles(self, user: Any, obj: models.Model) -> frozenset[str]:
        if not user.access.organization_ids:
            return frozenset()
        remote, rows = self._rows(user, type(obj))
        kinds = rows.filter(**{remote: obj.pk}).values_list(self.role, flat=True)
        return frozenset(f"party_{kind}" for kind in kinds)


class Through(Scope):
    """Parts of a record (files, lines): whoever sees the record sees them."""

    def __init__(self, path: str, condition: Q | None = None):
        self.path, self.condition = path, condition or Q()

    def q_for(self, user: Any, model: type[models.Model]) -> Q | None:
        """Return a filter by the record's own scope."""
        related: Any = model._meta.get_field(self.path).related_model
        visible = related._default_manager.all().visible_to(user)
        return Q(**{f"{self.path}__in": visible.values("pk")}) & self.condition

    def roles(self, user: Any, obj: models.Model) -> frozenset[str]:
        return roles_on(user, getattr(obj, self.path))


class Person(Scope):
    """The one person the row is about or belongs to."""

    def __init__(self, user: str = "user", role: str = "person"):
        self.user, self.role = user, role

    def q(self, user: Any) -> Q | None:
        return Q(**{self.user: user.pk})

    def roles(self, user: Any, obj: models.Model) -> frozenset[str]:
        return frozenset({self.role}) if _value(obj, self.user) == user.pk else frozenset()


class Body(Scope):
    """Members of any section of the body: what is the body's own and no department's."""

    def __init__(self, organization: str):
        self.organization = organization

    def q(self, user: Any) -> Q | None:
        ids = user.access.organization_ids
        return Q(**{f"{self.organization}__in": sorted(ids)}) if ids else None

    def roles(self, user: Any, obj: models.Model) -> frozenset[str]:
        if _value(obj, self.organization) not in user.access.organization_ids:
            return frozenset()
        return user.access.body_roles(_value(obj, self.organization))


class Office(Scope):
    """Staff of the overseas office that carries the row."""

    def __init__(self, office: str = "office"):
        self.office = office

    def q(self, user: Any) -> Q | None:
        ids = user.access.office_ids
        return Q(**{f"{self.office}__in": sorted(ids)}) if ids else None

    def roles(self, user: Any, obj: models.Model) -> frozenset[str]:
        own = _value(obj, self.office) in user.access.office_ids
        return user.access.staff_roles if own else frozenset()


class Directory(Scope):
    """Directory data that every signed-in person may choose from: bodies, offices, calls."""

    def __init__(self, condition: Q | None = None):
        self.condition = condition or Q()

    def q(self, user: Any) -> Q | None:
        return self.condition

    def roles(self, user: Any, obj: models.Model) -> frozenset[str]:
        rows = type(obj)._default_manager.filter(self.condition, pk=obj.pk)
        return frozenset({"everyone"}) if not self.condition or rows.exists() else frozenset()


class Public(Directory):
    """Rows that anybody may read, signed in or not, while the condition holds."""


class OfCase(Scope):
    """Letters and receipts: whoever sees the case they name, by label and id, sees them."""

    def __init__(self, condition: Q | None = None):
        self.condition = condition or Q()

    def q(self, user: Any) -> Q | None:
        found = Q(pk__in=[])
        for model in registry.case_models():
            cases = model._default_manager.all().visible_to(user)  # type: ignore[attr-defined]
            found |= Q(case_label=model._meta.label, case_id__in=cases.values("pk"))
        return found & self.condition

    def roles(self, user: Any, obj: Any) -> frozenset[str]:
        case = (
            registry.model_by_label(obj.case_label)._default_manager.filter(pk=obj.case_id).first()
        )
        return roles_on(user, case) if case else frozenset()


class OfReport(Scope):
    """What the portal made of a report: staff who may take that report out themselves."""

    def q(self, user: Any) -> Q | None:
        if not user.is_staff:
            return None
        return Q(report__in=[name for name, r in registry.reports.items() if r.may(user)])

    def roles(self, user: Any, obj: Any) -> frozenset[str]:
        report = registry.reports.get(obj.report)
        return user.access.staff_roles if report and report.may(user) else frozenset()


class ScopedQuerySet(models.QuerySet):
    """Rows that a user may see; a model without scopes shows nothing to anyone outside."""

    def visible_to(self, user: Any) -> "ScopedQuerySet":
        """Narrow to the rows in the user's scopes; headquarters see all but personal data."""
        scopes: tuple[Scope, ...] = self.model.scopes  # type: ignore[attr-defined]
        if not user.is_authenticated:
            public = [scope.condition for scope in scopes if isinstance(scope, Public)]
            return self.filter(public[0]) if public else self.none()
        if user.access.is_headquarters and not getattr(self.model, "personal_data", False):
            return self
        found = [q for q in (s.q_for(user, self.model) for s in scopes) if q is not None]
        if not found:
            return self.none()
        if not all(found):  # an empty condition matches every row, but vanishes when OR-ed
            return self
        combined = found[0]
        for q in found[1:]:
            combined |= q
        return self.filter(combined)


def roles_on(user: Any, obj: models.Model) -> frozenset[str]:
    """Return every role the user has on obj: staff roles, and those its scopes give."""
    access = user.access
    roles = set(access.staff_roles) if access.is_headquarters else set()
    for scope in getattr(obj, "scopes", ()):
        roles |= scope.roles(user, obj)
    return frozenset(roles)
