"""A body's application for a grant under one call."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import contact_of
from core.fiscal import JST, FiscalYear, deadline_text, era_date_plain, jst_date
from core.models import Receipt, Searched, SearchKeyField, search_index
from core.outbox import Recipient
from core.retention import Retention
from core.scopes import Holder, Owner, Party
from core.workflow import Step
from programs.models import Call, FormVersion, ProgramCase, RuleSet
from programs.rules import Currency, RuleData


class ApplicationStatus(models.TextChoices):
    """Every status of an application (cases.md)."""

    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", pgettext_lazy("application", "submitted")
    AT_INTERMEDIARY = "at_intermediary", _("being checked by the branch")
    LATE = "late", _("arrived after the deadline")
    RECEIVED = "received", _("received")
    RETURNED = "returned", _("returned for correction")
    UNDER_REVIEW = "under_review", _("under review")
    RECOMMENDED = "recommended", _("waiting for decision")
    DECIDED = "decided", _("decided, not yet announced")
    INFORMALLY_NOTIFIED = "informally_notified", _("informally notified")
    ANNOUNCED = "announced", _("announced")
    NOT_ACCEPTED = "not_accepted", _("not accepted")
    WITHDRAWN = "withdrawn", _("withdrawn")


# Days where the edition's rules name none: withdrawing after the notice (domain.md §1.4, Art. 9)
# and correcting what was returned; both [N] for CLAIR.
WITHDRAWAL_DAYS = 14
CORRECTION_DAYS = 14
THROUGH_BRANCH = models.Q(edition__routes_through_branch=True, receipt_number__isnull=False)


_OF_PERSONS = ("representative_name", "contact_name", "contact_phone", "contact_email")
_OVER = ("draft", "announced", "not_accepted", "withdrawn")


def _went_through_branch(application: "Application") -> bool:
    return application.edition.routes_through_branch and bool(application.receipt_number)


def _due_text(application: "Application", step: Step) -> str:
    """Return the day that the mail names, to its end: of the correction, or of withdrawing."""
    day = application.return_due
    if step.name == "announce":
        day = application.withdraw_until(step.now) if application.is_adopted else None
    if day is None:
        return ""
    return deadline_text(datetime.combine(day, time(23, 59), JST))


# What the body's own paper says of itself: number, date, who signs, whom to ask.
DOCUMENT_FIELDS = (
    "document_number",
    "document_date",
    "representative_title",
    "representative_name",
    "contact_name",
    "contact_phone",
    "contact_email",
)


class Application(Searched, ProgramCase):
    """An application (申請): from the draft to the announced decision (cases.md, grants)."""

    Status = ApplicationStatus

    class Place(models.TextChoices):
        DOMESTIC = "domestic", _("mainly in Japan")
        OVERSEAS = "overseas", _("mainly abroad")

    class Outcome(models.TextChoices):
        ADOPTED = "adopted", _("adopted")
        MODIFIED = "adopted_with_modification", _("adopted with modification")
        REJECTED = "rejected", _("not adopted")

    call = models.ForeignKey(
        Call, models.PROTECT, related_name="applications", verbose_name=_("call")
    )
    form_version = models.ForeignKey(
        FormVersion,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="applications",
        verbose_name=_("form version"),
    )
    title = models.CharField(_("title of the project"), max_length=200)
    categories = models.JSONField(_("categories"), default=list, blank=True)
    place = models.CharField(_("place of the project"), max_length=16, choices=Place, blank=True)
    currency = models.CharField(_("currency of the budget"), max_length=3, blank=True)
    is_joint = models.BooleanField(_("joint project"), default=False)
    starts_on = models.DateField(_("first day of the project"), null=True, blank=True)
    ends_on = models.DateField(_("last day of the project"), null=True, blank=True)
    has_other_grant = models.BooleanField(
        _("gets a grant of the state or of a body close to it"), default=False
    )
    requested_amount = models.PositiveBigIntegerField(_("amount applied for (yen)"), default=0)
    expense_total = models.PositiveBigIntegerField(
        _("eligible cost (yen)"), default=0, editable=False
    )
    income_total = models.PositiveBigIntegerField(_("income (yen)"), default=0, editable=False)
    answers = models.JSONField(_("answers"), default=dict, blank=True)
    set_aside = models.JSONField(_("answers set aside"), default=dict, editable=False)
    form_news = models.JSONField(_("news of the form"), default=dict, editable=False)

    document_number = models.CharField(_("body's document number"), max_length=60, blank=True)
    document_date = models.DateField(_("date of the body's document"), null=True, blank=True)
    representative_title = models.CharField(_("representative's office"), max_length=60, blank=True)
    representative_name = models.CharField(_("representative's name"), max_length=60, blank=True)
    contact_name = models.CharField(_("contact person"), max_length=60, blank=True)
    contact_phone = models.CharField(_("contact's telephone"), max_length=20, blank=True)
    contact_email = models.EmailField(_("contact's mail address"), blank=True)
    is_decided_internally = models.BooleanField(_("decided within the body"), default=False)

    printed_sha256 = models.CharField(
        _("digest of the draft printed for internal approval"),
        max_length=64,
        blank=True,
        editable=False,
    )

    receipt_number = models.CharField(
        _("receipt number"),
        max_length=24,
        null=True,
        unique=True,
        editable=False,
    )
    arrived_at = models.DateTimeField(_("arrived at"), null=True, editable=False)
    forwarded_at = models.DateTimeField(_("forwarded at"), null=True, editable=False)
    incoming_number = models.CharField(
        _("incoming document number"), max_length=60, blank=True, editable=False
    )
    post_in_charge = models.ForeignKey(
        "accounts.Post",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("post in charge"),
    )
    returned_by_branch = models.BooleanField(
        _("returned by the branch"), default=False, editable=False
    )
    return_due = models.DateField(_("correction due"), null=True, editable=False)
    rule_set = models.ForeignKey(
        RuleSet,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="applications",
        verbose_name=_("rules judged by"),
    )
    verdict = models.JSONField(_("verdict of the rules"), default=dict, editable=False)

    outcome = models.CharField(
        _("outcome"), max_length=32, choices=Outcome, blank=True, editable=False
    )
    decided_amount = models.PositiveBigIntegerField(
        _("amount decided (yen)"), null=True, editable=False
    )
    decision_reason = models.TextField(_("reason of the outcome"), blank=True, editable=False)
    decision_conditions = models.TextField(_("conditions"), blank=True, editable=False)
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)
    announced_at = models.DateTimeField(_("announced at"), null=True, editable=False)
    closing_reason = models.TextField(
        _("reason of withdrawal or refusal"), blank=True, editable=False
    )

    search_key = SearchKeyField(
        _("search key"), sources=("title", "receipt_number", "incoming_number", "document_number")
    )

    scopes = (
        Owner("organization", "section"),
        Holder("branch", "organization", condition=THROUGH_BRANCH, when=_went_through_branch),
        Party("parties", organization="organization", section="section", role="kind"),
    )
    hidden_from_owners = frozenset(
        {"outcome", "decided_amount", "decision_reason", "decision_conditions", "decided_at"}
    )
    proposal_related = ("organization",)
    audit_mask = frozenset({"contact_name", "contact_phone", "contact_email"})
    retention = Retention(
        _("end of the edition's fiscal year, once nothing is open"),
        _("none found; five years are the usual example (retention_years)"),
        days=1826,
        due=lambda before: (
            models.Q(edition__fiscal_year__lt=FiscalYear.of(before), status__in=_OVER)
            & ~models.Q(**dict.fromkeys(_OF_PERSONS, ""))
        ),
    )

    class Meta(ProgramCase.Meta):
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        default_permissions = ("view", "add", "change")
        permissions = [
            (f"{verb}_application", verb)
            for verb in (
                "submit",
                "forward",
                "return_for_correction",
                "accept_late",
                "refuse",
                "receive",
                "lapse",
                "start_review",
                "recommend",
                "send_back",
                "decide",
                "notify_informally",
                "announce",
                "withdraw",
                "judge_again",
            )
        ]
        indexes = [
            models.Index(fields=["edition", "status", "-id"], name="grants_application_edition"),
            models.Index(fields=["organization", "-id"], name="grants_application_body"),
            models.Index(fields=["section", "-id"], name="grants_application_section"),
            models.Index(fields=["updated_at", "id"], name="grants_application_updated"),
            search_index("grants_application_search"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=ApplicationStatus.values),
                name="grants_application_status",
            ),
            models.CheckConstraint(
                condition=models.Q(status="draft")
                | models.Q(status="withdrawn")
                | models.Q(receipt_number__isnull=False, arrived_at__isnull=False),
                name="grants_application_submitted_has_receipt",
            ),
            models.CheckConstraint(
                condition=~models.Q(outcome__in=["adopted", "adopted_with_modification"])
                | models.Q(decided_amount__isnull=False, decided_amount__gt=0),
                name="grants_application_adopted_has_amount",
            ),
            models.CheckConstraint(
                condition=~models.Q(
                    status__in=["recommended", "decided", "informally_notified", "announced"]
                )
                | ~models.Q(outcome=""),
                name="grants_application_recommended_has_outcome",
            ),
            models.CheckConstraint(
                condition=models.Q(starts_on=None)
                | models.Q(ends_on=None)
                | models.Q(starts_on__lte=models.F("ends_on")),
                name="grants_application_period",
                violation_error_message=_("The project ends before it begins. Check the dates."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the body's page of the application."""
        return reverse("grants:application-detail", args=[self.public_id])

    def staff_url(self) -> str:
        """Return the officer's page."""
        return reverse("admin:grants_application_change", args=[self.pk])

    def proposal(self, act: str) -> str:
        """Return body, title, outcome and amounts as those who decide must see them (yen)."""
        outcome = f"{self.get_outcome_display()} " if self.outcome else ""
        decided = f"{self.decided_amount:,}円" if self.decided_amount else "－"
        return (
            f"{self.organization} {self.title}：{outcome}{decided}"
            f"（申請額 {self.requested_amount:,}円）"
        )

    def proposed_yen(self, act: str) -> int | None:
        """Return the amount that is to be decided (yen)."""
        return self.decided_amount or 0

    @property
    def rules(self) -> RuleData | None:
        """Return the rules to judge by: those of the submission, or the edition's present ones."""
        rule_set = self.rule_set or self.edition.rules
        return rule_set.rules if rule_set else None

    @property
    def budget_currency(self) -> Currency | None:
        """Return the currency in which the budget is written; None for yen."""
        rules = self.rules
        return rules.currency(self.currency) if rules and self.currency else None

    def withdraw_until(self, now: datetime) -> date:
        """Return the last day for withdrawing after a notice of now (JST)."""
        return jst_date(now) + timedelta(days=self.days("withdrawal", WITHDRAWAL_DAYS))

    def days(self, duty: str, default: int) -> int:
        """Return the days that the rules give for a duty."""
        rules = self.rules
        return rules.days(duty, default) if rules else default

    @property
    def is_adopted(self) -> bool:
        """Say whether the outcome gives money."""
        return self.outcome in (self.Outcome.ADOPTED, self.Outcome.MODIFIED)

    @property
    def is_public_outcome(self) -> bool:
        """Say whether the owner may know the outcome (design.md §4, until announced)."""
        return self.status in (self.Status.INFORMALLY_NOTIFIED, self.Status.ANNOUNCED)

    def shows_outcome_to(self, user: Any) -> bool:
        """Say whether this user may read outcome, amount and reason."""
        return user.access.is_headquarters or self.is_public_outcome

    def notice_context(self, step: Step) -> dict[str, Any]:
        """Return what the mails say: who, what, until when, one link, whom to ask; no amounts."""
        return self.facts_told() | {
            "link": settings.BASE_URL + self._page_for(step),
            "arrived": deadline_text(self.arrived_at) if self.arrived_at else "",
            "due": _due_text(self, step),
            "comment_count": len(step.data.get("comments") or ()),
            "reason": str(step.data.get("reason") or ""),
        }

    def facts_told(self) -> dict[str, Any]:
        """Return which application a mail is about, and whom to ask."""
        section = self.edition.section
        return {
            "case": {
                "receipt_number": self.receipt_number or "",
                "title": self.title,
                "organization": str(self.organization),
                "program": self.edition.name,
                "status_label": str(self.Status(self.status).label),
            },
            "contact": contact_of(section),
        }

    def _page_for(self, step: Step) -> str:
        """Return the reader's own page: staff are told of a withdrawal, bodies of the rest."""
        if step.name == "withdraw":
            return self.staff_url()
        return self.get_absolute_url()

    def erase(self) -> None:
        """Take out who signed and whom to ask; core.purge alone calls it, the amounts stay."""
        for name in _OF_PERSONS:
            setattr(self, name, "")
        self.draft_input, self.version = {}, self.version + 1
        self.save(update_fields=[*_OF_PERSONS, "draft_input", "version", "updated_at"])

    def owner_mailboxes(self) -> list[Recipient]:
        """Return the body's mailboxes: the section's, and the contact named in the application."""
        return [
            Recipient(self.section.mailbox, self.section.name),
            Recipient(self.contact_email, self.contact_name),
        ]

    def receipt_context(self, receipt: Receipt) -> dict[str, Any]:
        """Return what the receipt's PDF shows (number, arrival, each file's digest)."""
        section = self.edition.section
        return {
            "number": receipt.number,
            "round": receipt.round,
            "arrived_at": deadline_text(receipt.arrived_at),
            "organization": str(self.organization),
            "program": f"{self.edition.name}（{self.edition.fiscal_year}年度）",
            "title": receipt.snapshot.get("title", self.title),
            "submitted_by": receipt.submitted_by,
            "on_behalf_of": receipt.on_behalf_of,
            "behalf_reason": receipt.behalf_reason,
            "paper_arrived_on": era_date_plain(receipt.paper_arrived_on)
            if receipt.paper_arrived_on
            else "",
            "files": receipt.files,
            "content_sha256": receipt.content_sha256,
            "contact": contact_of(section),
        }
