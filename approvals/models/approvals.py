"""Approvals (起案・決裁): a proposed act on one to n cases, and the posts that sign it in order."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import contact_of
from approvals.models.routes import ACTING_ROLES
from core import registry, workflow
from core.fiscal import FiscalYear
from core.models import Case
from core.scopes import Scope, ScopedQuerySet

# Acts that move money: 合議 of 経理 is asked (cases.md, approvals).
MONEY_ACTS = frozenset({"decide", "fix_amount", "approve", "cancel", "waive"})


class ApprovalQuerySet(ScopedQuerySet):
    """Approvals by whose turn it is."""

    def open(self) -> "ApprovalQuerySet":
        """Return those that hold their cases: no other approval may propose the same act."""
        return self.filter(status__in=Approval.OPEN)

    def with_route(self) -> "ApprovalQuerySet":
        """Load what a list row or the API shows, in a fixed number of queries."""
        route = ApprovalStep.objects.select_related("post__section", "acted_by", "later_read_by")
        related = self.select_related("section", "drafted_by", "drafted_post__section", "rule")
        return related.prefetch_related("items", models.Prefetch("steps", route.order_by("order")))

    def waiting_for(self, posts: Iterable[int]) -> "ApprovalQuerySet":
        """Return the circulating ones whose next signature is one of the posts'."""
        waiting = ApprovalStep.objects.filter(approval=OuterRef("pk"), acted_at=None)
        turn = Subquery(waiting.order_by("order").values("post")[:1])
        circulating = self.filter(status=Approval.Status.CIRCULATING)
        return circulating.alias(turn=turn).filter(turn__in=list(posts))

    def to_read_later(self, posts: Iterable[int]) -> "ApprovalQuerySet":
        """Return those that somebody signed for one of the posts and its holder has not read."""
        unread = ApprovalStep.objects.unread().filter(approval=OuterRef("pk"), post__in=list(posts))
        current = self.filter(status__in=[Approval.Status.CIRCULATING, Approval.Status.DECIDED])
        return current.filter(Exists(unread))


class Approval(Case):
    """One 起案: decided, it is the authority under which its act runs on every item."""

    class Status(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("approval status", "in draft")
        CIRCULATING = "circulating", pgettext_lazy("approval status", "circulating")
        DECIDED = "decided", pgettext_lazy("approval status", "decided")
        RETURNED = "returned", pgettext_lazy("approval status", "returned")
        RECALLED = "recalled", pgettext_lazy("approval status", "recalled")

    OPEN = (Status.DRAFT, Status.CIRCULATING, Status.RETURNED)

    number = models.CharField(_("approval number"), max_length=24, unique=True, editable=False)
    subject = models.CharField(pgettext_lazy("approval", "subject"), max_length=200)
    act = models.CharField(_("proposed act"), max_length=64, editable=False)
    case_label = models.CharField(_("record type"), max_length=100, editable=False)
    reason = models.TextField(pgettext_lazy("approval", "reason"), max_length=4000, blank=True)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("drafted by"),
    )
    drafted_post = models.ForeignKey(
        "accounts.Post",
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("drafting post"),
    )
    section = models.ForeignKey(
        "accounts.Section",
        models.PROTECT,
        related_name="approvals",
        editable=False,
        verbose_name=_("drafting section"),
    )
    decided_at = models.DateTimeField(
        pgettext_lazy("approval", "decided at"), null=True, editable=False
    )
    total_yen = models.BigIntegerField(_("total (yen)"), null=True, editable=False)
    rule = models.ForeignKey(
        "approvals.RouteRule",
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("rule of the route"),
    )

    objects = ApprovalQuerySet.as_manager()
    # No scope: headquarters alone

    class Meta(Case.Meta):
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        default_permissions = ("view", "add", "change")
        indexes = [
            models.Index(fields=["status", "-id"], name="approvals_approval_status"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["draft", "circulating", "decided", "returned", "recalled"]),
                name="approvals_approval_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status="decided", decided_at__isnull=False)
                | (~Q(status="decided") & Q(decided_at=None)),
                name="approvals_approval_decided_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.subject}"

    def get_absolute_url(self) -> str:
        """Return the page on which staff sign."""
        return reverse("admin:approvals_approval_change", args=[self.pk])

    @property
    def money(self) -> bool:
        """Say whether the act moves money, so that 合議 of 経理 is asked."""
        return self.act in MONEY_ACTS

    @property
    def case_model(self) -> type[models.Model]:
        """Return the model of the cases that the approval is about."""
        return registry.model_by_label(self.case_label)

    @property
    def act_label(self) -> Any:
        """Return the proposed act in words."""
        return workflow.workflow_for(self.case_model).named(self.act)[0].label

    @property
    def route(self) -> list["ApprovalStep"]:
        """Return the steps in order."""
        return sorted(self.steps.all(), key=lambda step: step.order)

    @property
    def current_step(self) -> "ApprovalStep | None":
        """Return the step whose turn it is; None where the approval does not circulate."""
        if self.status != self.Status.CIRCULATING:
            return None
        return next((step for step in self.route if step.acted_at is None), None)

    def is_drafter(self, user: Any) -> bool:
        """Say whether user drafted this or holds the drafting post today (April hand-over)."""
        return user.pk == self.drafted_by_id or self.drafted_post_id in post_ids(user)

    def unread_steps(self, user: Any) -> list["ApprovalStep"]:
        """Return what was signed for the user's posts and waits for later reading (後閲)."""
        held = post_ids(user)
        return [step for step in self.route if step.is_unread and step.post_id in held]

    def live_items(self) -> models.QuerySet["ApprovalItem"]:
        """Return the items in order, without those whose case was withdrawn meanwhile."""
        return self.items.filter(dropped_at=None).order_by("order")

    def cases(self) -> list[Any]:
        """Return the cases in the order of the items, withdrawn ones too."""
        ids = list(self.items.order_by("order").values_list("case_id", flat=True))
        rows = self.case_model._default_manager.select_related(*self.case_model.proposal_related)  # type: ignore[attr-defined]
        found = rows.in_bulk(ids)
        return [found[pk] for pk in ids if pk in found]

    def covers(self, case: models.Model, name: str) -> bool:
        """Say whether the decision covers the act on the case (core.workflow.Authority)."""
        return (
            self.status == self.Status.DECIDED
            and name == self.act
            and case._meta.label == self.case_label
            and self.live_items().filter(case_id=case.pk).exists()
        )

    def notice_context(self, step: Any) -> dict[str, Any]:
        """Return what the notices say: no amounts, no words of the cases."""
        return {
            "case": {
                "receipt_number": self.number,
                "title": self.subject,
                "organization": self.section.name,
                "program": str(self.act_label),
                "status_label": str(self.Status(self.status).label),
            },
            "count": self.live_items().count(),
            "waiting_for": self.current_step.label if self.current_step else "",
            "link": settings.BASE_URL + self.get_absolute_url(),
            "contact": contact_of(self.section),
        }


class ApprovalItem(models.Model):
    """A case in an approval, by id as the audit does; the version that was circulated is kept."""

    approval = models.ForeignKey(
        Approval, models.CASCADE, related_name="items", verbose_name=_("approval")
    )
    order = models.PositiveSmallIntegerField(_("order"))
    case_id = models.BigIntegerField(_("record"))
    case_public_id = models.UUIDField(_("record ID"))
    case_version = models.PositiveIntegerField(_("circulated version"), null=True, blank=True)
    dropped_at = models.DateTimeField(_("taken out at"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = ()

    class Meta:
        verbose_name = _("approval item")
        verbose_name_plural = _("approval items")
        default_permissions = ()
        indexes = [models.Index(fields=["case_id"], name="approvals_approvalitem_case")]
        constraints = [
            models.UniqueConstraint(
                fields=["approval", "case_id"], name="approvals_approvalitem_case_once"
            ),
            models.UniqueConstraint(
                fields=["approval", "order"], name="approvals_approvalitem_order"
            ),
        ]

    def __str__(self) -> str:
        return str(self.case_public_id)


class ApprovalStepQuerySet(ScopedQuerySet):
    """Steps by what is still to be done."""

    def unread(self) -> "ApprovalStepQuerySet":
        """Return what was signed by an acting person and not read later by the post."""
        return self.filter(is_acting=True, later_read_at=None)


class ApprovalStep(models.Model):
    """One signature of the route: a post, who signed for it, and whether as acting person."""

    class Kind(models.TextChoices):
        REVIEW = "review", pgettext_lazy("approval step", "review")
        CONSULT = "consult", pgettext_lazy("approval step", "consultation")
        DECIDE = "decide", pgettext_lazy("approval step", "decision")

    approval = models.ForeignKey(
        Approval, models.CASCADE, related_name="steps", verbose_name=_("approval")
    )
    order = models.PositiveSmallIntegerField(_("order"))
    kind = models.CharField(pgettext_lazy("approval", "step"), max_length=16, choices=Kind)
    post = models.ForeignKey(
        "accounts.Post", models.PROTECT, related_name="approval_steps", verbose_name=_("post")
    )
    acted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("signed by"),
    )
    acted_at = models.DateTimeField(_("signed at"), null=True, blank=True)
    is_acting = models.BooleanField(_("as acting person"), default=False)
    later_read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("read later by"),
    )
    later_read_at = models.DateTimeField(_("read later at"), null=True, blank=True)
    comment = models.TextField(pgettext_lazy("approval", "comment"), max_length=2000, blank=True)

    objects = ApprovalStepQuerySet.as_manager()
    scopes: tuple[Scope, ...] = ()

    class Meta:
        verbose_name = _("approval step")
        verbose_name_plural = _("approval steps")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["approval", "order"], name="approvals_approvalstep_order"
            ),
            models.UniqueConstraint(
                fields=["approval", "post"], name="approvals_approvalstep_post_once"
            ),
            models.UniqueConstraint(
                fields=["approval"],
                condition=Q(kind="decide"),
                name="approvals_approvalstep_one_decision",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["review", "consult", "decide"]),
                name="approvals_approvalstep_kind",
            ),
            models.CheckConstraint(
                condition=Q(acted_by=None, acted_at=None)
                | Q(acted_by__isnull=False, acted_at__isnull=False),
                name="approvals_approvalstep_acted_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(is_acting=False) | Q(acted_at__isnull=False),
                name="approvals_approvalstep_acting_has_acted",
            ),
            models.CheckConstraint(
                condition=Q(later_read_by=None, later_read_at=None)
                | Q(later_read_by__isnull=False, later_read_at__gte=F("acted_at"), is_acting=True),
                name="approvals_approvalstep_later_reading",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Return kind and post: 審査 多文化共生課 課長."""
        return f"{self.get_kind_display()} {self.post.label}"

    @property
    def is_unread(self) -> bool:
        """Say whether an acting person signed and the post's holder has not read it."""
        return self.is_acting and self.later_read_at is None

    def is_held_by(self, user: Any) -> bool:
        """Say whether the user holds the step's post today."""
        return self.post_id in post_ids(user)

    def may_sign(self, user: Any) -> bool:
        """Say whether the user may sign: the post's holder, or acting (代決) in its section.

        Acting persons hold a manager's or director's post of that section; never the drafter.
        """
        if self.is_held_by(user):
            return True
        acting = {p.section_id for p in user.access.posts if p.role in ACTING_ROLES}
        return self.post.section_id in acting and not self.approval.is_drafter(user)


def post_ids(user: Any) -> frozenset[int]:
    """Return the ids of the posts that the user holds today."""
    return frozenset(post.pk for post in user.access.posts)


class ApprovalCounter(models.Model):
    """The last 起案番号 given in a fiscal year."""

    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"), unique=True)
    last = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.fiscal_year)


def next_number(now: datetime) -> str:
    """Return the next 起案番号; the year's row stays locked until the transaction ends."""
    year = int(FiscalYear.of(now))
    ApprovalCounter.objects.bulk_create([ApprovalCounter(fiscal_year=year)], ignore_conflicts=True)
    counter = ApprovalCounter.objects.select_for_update().get(fiscal_year=year)
    counter.last += 1
    counter.save(update_fields=["last"])
    return f"起案{year}-{counter.last:04d}"
