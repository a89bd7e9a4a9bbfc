"""Threads: question and answer inside a case, and staff's own notes beside it."""

import uuid
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import contact_of
from core import registry
from core.models import Case, FileLink
from core.outbox import Recipient
from core.retention import Retention
from core.scopes import OfCase, Scope, ScopedQuerySet, Through
from programs.models import ProgramCase

NEW_FOR = timedelta(days=90)
# In these statuses a body writes no more: the case is over without a decision (cases.md).
SHUT = frozenset({"withdrawn", "not_accepted"})


class Side(models.TextChoices):
    """The two who write to each other."""

    STAFF = "staff", _("CLAIR")
    BODY = "body", _("the body")

    @property
    def other(self) -> "Side":
        """Return who is written to."""
        return Side.BODY if self is Side.STAFF else Side.STAFF


def side_of(user: Any) -> Side:
    """Return for whom the user writes."""
    return Side.STAFF if user.access.is_headquarters else Side.BODY


class OfProgramCase(OfCase):
    """Whoever sees the body's case sees its threads; staff's own records nobody outside sees."""

    def q(self, user: Any) -> Q | None:
        found = Q(pk__in=[])
        for model in registry.case_models():
            if issubclass(model, ProgramCase):
                cases = model._default_manager.all().visible_to(user)
                found |= Q(case_label=model._meta.label, case_id__in=cases.values("pk"))
        return found & self.condition

    def roles(self, user: Any, obj: Any) -> frozenset[str]:
        return frozenset() if obj.is_internal else super().roles(user, obj)


class ThreadQuerySet(ScopedQuerySet):
    """Threads by their case and by who must act."""

    def of_case(self, case: models.Model) -> "ThreadQuerySet":
        """Return the threads of one case."""
        return self.filter(case_label=case._meta.label, case_id=case.pk)

    def with_news(self, user: Any, now: datetime) -> "ThreadQuerySet":
        """Say of each (`is_new`) whether it holds a message by another that the user has not seen.

        What is older than 90 days, or than the person's account, is new to nobody.
        """
        floor = max(now - NEW_FOR, user.joined)
        seen = ThreadReading.objects.filter(thread=OuterRef("thread"), user=user.pk)
        read = Coalesce(Subquery(seen.values("seen_at")[:1]), floor)
        messages = Message.objects.filter(thread=OuterRef("pk"), sent_at__gt=floor)
        if side_of(user) == Side.BODY:
            messages = messages.filter(kind="message")
        unseen = messages.alias(read=read).filter(sent_at__gt=F("read")).exclude(author=user.pk)
        return self.annotate(is_new=Exists(unseen))

    def waiting_for(self, side: str) -> "ThreadQuerySet":
        """Return those in which this side has the next word, the longest waiting first."""
        return self.filter(waiting_for=side).order_by("last_at", "pk")


class Thread(Case):
    """One question with its answers inside a case; named by label and id, as letters are.

    The case's number, title and sections are copied at each message, so that lists ask no case.
    """

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("thread", "asked")
        ANSWERED = "answered", pgettext_lazy("thread", "answered")
        CLOSED = "closed", pgettext_lazy("thread", "closed")

    class Waiting(models.TextChoices):
        STAFF = "staff", _("CLAIR")
        BODY = "body", _("the body")
        NOBODY = "nobody", _("nobody")

    case_label = models.CharField(_("record type"), max_length=100, editable=False)
    case_id = models.BigIntegerField(_("record"), editable=False)
    case_public_id = models.UUIDField(_("record ID"), editable=False)
    case_number = models.CharField(_("receipt number"), max_length=24, blank=True, editable=False)
    case_title = models.CharField(_("title of the case"), max_length=200, editable=False)
    organization = models.ForeignKey(
        "accounts.Organization",
        models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("body"),
    )
    desk = models.ForeignKey(
        "accounts.Section",
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("section in charge"),
    )
    subject = models.CharField(pgettext_lazy("thread", "subject"), max_length=100, editable=False)
    is_internal = models.BooleanField(_("headquarters only"), default=False, editable=False)
    asked_by = models.CharField(_("last question by"), max_length=8, choices=Side, editable=False)
    waiting_for = models.CharField(
        _("waiting for"), max_length=8, choices=Waiting, default=Waiting.NOBODY, editable=False
    )
    last_at = models.DateTimeField(_("last message"), editable=False)

    objects = ThreadQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (OfProgramCase(Q(is_internal=False)),)

    class Meta(Case.Meta):
        verbose_name = pgettext_lazy("correspondence", "thread")
        verbose_name_plural = pgettext_lazy("correspondence", "threads")
        default_permissions = ("view", "add")
        permissions = [(f"{verb}_thread", verb) for verb in ("ask", "answer", "close", "reopen")]
        indexes = [
            models.Index(fields=["case_label", "case_id"], name="correspondence_thread_case"),
            models.Index(fields=["waiting_for", "last_at"], name="correspondence_thread_waiting"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["open", "answered", "closed"]),
                name="correspondence_thread_status",
            ),
            models.CheckConstraint(
                condition=Q(waiting_for="nobody")
                | Q(waiting_for__in=["staff", "body"], is_internal=False) & ~Q(status="closed"),
                name="correspondence_thread_closed_waits_for_nobody",
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        """Return the body's page of the thread."""
        return reverse("correspondence:thread-detail", args=[self.public_id])

    def get_staff_url(self) -> str:
        """Return the staff's page of the thread."""
        return reverse("admin:correspondence_thread_change", args=[self.pk])

    @cached_property
    def case(self) -> Any:
        """Return the case that the thread is about."""
        model = registry.model_by_label(self.case_label)
        return model._default_manager.get(pk=self.case_id)

    @property
    def is_shut(self) -> bool:
        """Say whether the case ended without a decision, so that the body writes no more."""
        return self.case.status in SHUT

    def next_word(self, user: Any) -> str:
        """Say whose word is next, as this reader would."""
        if self.is_internal:
            return gettext("A record of headquarters. The body does not see it.")
        if self.waiting_for == self.Waiting.NOBODY:
            return ""
        if self.waiting_for != side_of(user):
            return gettext("Waiting for the other side's answer.")
        if self.status == self.Status.ANSWERED:
            return gettext("There is an answer. Read it and close, or ask again.")
        return gettext("There is a question for you. Answer it.")

    def name_case(self, case: Any) -> None:
        """Copy what lists and mails say of the case."""
        self.case_number = getattr(case, "receipt_number", None) or ""
        self.case_title = str(case)[:200]
        self.organization, self.desk = case.organization, case.edition.section

    def mailboxes(self, side: str) -> list[Recipient]:
        """Return a side's mailboxes: its section's, and at CLAIR the post's in charge too."""
        case = self.case
        if side == Side.BODY:
            return [Recipient(case.section.mailbox, case.section.name)]
        post = getattr(case, "post_in_charge", None)
        found = [Recipient(post.mailbox, post.name)] if post else []
        return [*found, Recipient(self.desk.mailbox, self.desk.name)] if self.desk else found

    def notice_context(self, step: Any) -> dict[str, Any]:
        """Return what the mails say: which case, one link, whom to ask; nothing that was written."""
        desk = self.desk
        to_staff = self.waiting_for == self.Waiting.STAFF
        page = self.get_staff_url() if to_staff else self.get_absolute_url()
        return {
            "thread": {
                "case_number": self.case_number,
                "organization": str(self.organization),
                "program": self.case.edition.name,
                "title": self.case_title,
            },
            "to_staff": to_staff,
            "link": settings.BASE_URL + page,
            "contact": contact_of(desk),
        }


class ThreadReading(models.Model):
    """When a person last looked at a thread: what came since is new to them, and to them alone."""

    thread = models.ForeignKey(
        Thread,
        models.CASCADE,
        related_name="readings",
        verbose_name=pgettext_lazy("correspondence", "thread"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person")
    )
    seen_at = models.DateTimeField(_("last looked at"))

    retention = Retention(
        _("last look; after 90 days nothing is new any more"),
        _("our own; no source states it"),
        days=400,
        due=lambda before: Q(seen_at__lt=before),
    )

    class Meta:
        verbose_name = _("last look at a thread")
        verbose_name_plural = _("last looks at threads")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["thread", "user"], name="correspondence_threadreading_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.thread_id} {self.user_id}"


class MessageQuerySet(ScopedQuerySet):
    """Messages as they are read."""

    def shown(self, thread: Thread, user: Any) -> "MessageQuerySet":
        """Return what the user may read in the thread, the oldest first, with its files."""
        rows = self.visible_to(user).filter(thread=thread)
        return rows.prefetch_related("files__file").order_by("sent_at", "pk")  # type: ignore[return-value]


class Message(models.Model):
    """What one side wrote into a thread; notes and telephone records stay at headquarters."""

    class Kind(models.TextChoices):
        MESSAGE = "message", pgettext_lazy("message kind", "message")
        NOTE = "note", pgettext_lazy("message kind", "internal note")
        PHONE = "phone", pgettext_lazy("message kind", "telephone record")

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    thread = models.ForeignKey(
        Thread,
        models.PROTECT,
        related_name="messages",
        verbose_name=pgettext_lazy("correspondence", "thread"),
    )
    kind = models.CharField(
        pgettext_lazy("message", "kind"), max_length=8, choices=Kind, default=Kind.MESSAGE
    )
    side = models.CharField(pgettext_lazy("message", "written by"), max_length=8, choices=Side)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author")
    )
    author_label = models.CharField(_("author's post"), max_length=200)
    text = models.TextField(pgettext_lazy("message", "text"), max_length=4000)
    called_on = models.DateField(_("day of the call"), null=True, blank=True)
    called_with = models.CharField(_("spoke with"), max_length=100, blank=True)
    sent_at = models.DateTimeField(_("sent at"))

    objects = MessageQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Through("thread", Q(kind="message")),)

    class Meta:
        verbose_name = pgettext_lazy("correspondence", "message")
        verbose_name_plural = pgettext_lazy("correspondence", "messages")
        default_permissions = ("add",)
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="message") | Q(kind__in=["note", "phone"], side="staff"),
                name="correspondence_message_notes_are_of_staff",
            ),
            models.CheckConstraint(
                condition=~Q(kind="phone") | Q(called_on__isnull=False) & ~Q(called_with=""),
                name="correspondence_message_call_has_day_and_partner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.author_label}"

    @property
    def is_of_staff(self) -> bool:
        """Say whether CLAIR wrote it."""
        return self.side == Side.STAFF

    @property
    def is_internal(self) -> bool:
        """Say whether only headquarters reads it."""
        return self.kind != self.Kind.MESSAGE


class MessageFile(FileLink):
    """A file sent with a message: read by whoever reads the message."""

    message = models.ForeignKey(
        Message,
        models.PROTECT,
        related_name="files",
        verbose_name=pgettext_lazy("correspondence", "message"),
    )

    scopes: tuple[Scope, ...] = (Through("message"),)

    class Meta:
        verbose_name = _("file of a message")
        verbose_name_plural = _("files of messages")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["message", "file"], name="correspondence_messagefile_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.file)
