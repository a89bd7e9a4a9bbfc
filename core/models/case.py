"""The abstract case: any record that waits for someone."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.scopes import Scope, ScopedQuerySet


class Case(models.Model):
    """A record that moves through a workflow; its status changes only in core.workflow.run."""

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    status = models.CharField(_("status"), max_length=32, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    draft_input = models.JSONField(_("unsaved input"), default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    objects = ScopedQuerySet.as_manager()

    scopes: tuple[Scope, ...] = ()
    audit_mask: frozenset[str] = frozenset()
    proposal_related: tuple[str, ...] = ()

    @property
    def status_text(self) -> str:
        """Return the real status in words, for staff; others get workflow.status_label."""
        return str(type(self).Status(self.status).label)  # type: ignore[attr-defined]

    def proposal(self, act: str) -> str:
        """Return what the act would decide, in words, for those who sign it."""
        return str(self)

    def proposed_yen(self, act: str) -> int | None:
        """Return the money that the act would give, in yen; None where it is not about money."""
        return None

    class Meta:
        abstract = True
        default_permissions = ()
