"""Forms asked of applicants, by version: a published version is never changed."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.scopes import Directory, Scope, ScopedQuerySet


class Form(models.Model):
    """A set of questions that calls, events and surveys point at."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Directory(),)

    class Meta:
        verbose_name = _("form")
        verbose_name_plural = _("forms")
        default_permissions = ("view", "add", "change")

    def __str__(self) -> str:
        return self.name

    @property
    def current(self) -> "FormVersion | None":
        """Return the latest published version: what a new draft is asked."""
        return self.versions.exclude(published_at=None).order_by("-number").first()


class FormVersion(models.Model):
    """One version of a form; once published, a new version is made instead of a change."""

    form = models.ForeignKey(Form, models.PROTECT, related_name="versions", verbose_name=_("form"))
    number = models.PositiveSmallIntegerField(_("version"))
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Directory(models.Q(published_at__isnull=False)),)

    class Meta:
        verbose_name = _("form version")
        verbose_name_plural = _("form versions")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(fields=["form", "number"], name="programs_formversion_number")
        ]

    def __str__(self) -> str:
        return f"{self.form} v{self.number}"


class Question(models.Model):
    """One question; answers are kept by its key, so the key outlives versions."""

    class Kind(models.TextChoices):
        SHORT = "short", _("short text")
        LONG = "long", _("long text")
        NUMBER = "number", pgettext_lazy("kind of question", "number")
        YEN = "yen", _("amount in yen")
        DATE = "date", pgettext_lazy("kind of question", "date")
        CHOICE = "choice", _("one of several")
        CHOICES = "choices", _("several of several")
        FILE = "file", pgettext_lazy("kind of question", "file")

    WITH_CHOICES = (Kind.CHOICE, Kind.CHOICES)

    version = models.ForeignKey(
        FormVersion,
        models.PROTECT,
        related_name="questions",
        verbose_name=_("form version"),
    )
    key = models.SlugField(pgettext_lazy("question", "key"), max_length=60)
    order = models.PositiveSmallIntegerField(_("order"))
    section = models.CharField(pgettext_lazy("form", "section"), max_length=100, blank=True)
    kind = models.CharField(pgettext_lazy("question", "kind"), max_length=16, choices=Kind)
    label = models.CharField(_("question"), max_length=300)
    help = models.CharField(_("hint"), max_length=500, blank=True)
    required = models.BooleanField(_("required"), default=False)
    limit = models.PositiveIntegerField(
        _("limit (characters, or largest number)"), null=True, blank=True
    )
    choices = models.JSONField(_("choices"), default=list, blank=True)
    condition = models.JSONField(_("asked only if"), default=dict, blank=True)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Directory(models.Q(version__published_at__isnull=False)),)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="programs_question_key"),
            models.UniqueConstraint(fields=["version", "order"], name="programs_question_order"),
        ]

    def __str__(self) -> str:
        return self.label
