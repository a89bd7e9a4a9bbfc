"""The body's own page as its reader sees it, shown to staff: nothing can be done there."""

from types import SimpleNamespace
from typing import Any

from django.db import models

from core.scopes import Owner


class AsApplicant:
    """A reader of the section that owns the case, with no other standing.

    It stands for the member of staff who looks (`pk`, `name`), so that nothing is done as another.
    """

    is_authenticated = True
    is_active = True
    is_anonymous = False
    is_staff = False

    def __init__(self, user: Any, case: models.Model, owner: Owner):
        self.pk = self.id = user.pk
        self.name, self.joined = user.name, user.joined
        organization = _follow(case, owner.organization)
        section = _follow(case, owner.section)
        self.access = SimpleNamespace(
            label=user.access.label,
            post_label=user.access.post_label,
            body_name=str(organization),
            is_headquarters=False,
            staff_roles=frozenset(),
            office_ids=frozenset(),
            organization_ids=frozenset({organization.pk}),
            section_roles={section.pk: frozenset({"viewer"})},
            subjects=lambda _kind: type(organization)._default_manager.none().values("pk"),
            body_roles=lambda _pk: frozenset(),
        )

    def __str__(self) -> str:
        return str(self.name)

    def has_perm(self, permission: str, obj: Any = None) -> bool:
        """A reader reads."""
        return permission.partition(".")[2].startswith("view_")


def _follow(obj: Any, path: str) -> Any:
    for step in path.split("__"):
        obj = getattr(obj, step)
    return obj


def owner_scope(model: type[models.Model]) -> Owner | None:
    """Return the scope that says whose the cases of the model are; None where no body owns them."""
    scopes = getattr(model, "scopes", ())
    return next((scope for scope in scopes if isinstance(scope, Owner)), None)
