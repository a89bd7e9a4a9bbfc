"""The year's plan: seven areas, their initiatives and lines (plan/fy2021.yaml)."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.scopes import Directory, Scope, ScopedQuerySet
from programs.models.editions import Edition, Program, in_language


class Area(models.Model):
    """One of the plan's four priority areas and three common foundations."""

    class Kind(models.TextChoices):
        PRIORITY = "priority", _("priority area")
        FOUNDATION = "foundation", _("common foundation")

    code = models.SlugField(_("code"), max_length=30, unique=True)
    number = models.PositiveSmallIntegerField(_("number"), unique=True)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Directory(),)

    class Meta:
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        default_permissions = ("view", "add", "change")

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)


class Initiative(models.Model):
    """A heading of one year's plan under which lines stand."""

    area = models.ForeignKey(
        Area, models.PROTECT, related_name="initiatives", verbose_name=_("area")
    )
    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"))
    order = models.PositiveSmallIntegerField(_("order"))
    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Directory(),)

    class Meta:
        verbose_name = _("initiative")
        verbose_name_plural = _("initiatives")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["fiscal_year", "area", "order"],
                name="programs_initiative_place",
            )
        ]

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)


class PlanLine(models.Model):
    """One line of a year's plan; its kind says which records carry it out."""

    class Kind(models.TextChoices):
        GRANT = "grant", pgettext_lazy("kind of line", "grant")
        DISPATCH = "dispatch", pgettext_lazy("kind of line", "dispatch of experts")
        EXHIBITION = "exhibition", pgettext_lazy("kind of line", "exhibition")
        OUTREACH = "outreach", pgettext_lazy("kind of line", "outreach")
        SEMINAR = "seminar", pgettext_lazy("kind of line", "seminar")
        INVITATION = "invitation", pgettext_lazy("kind of line", "invitation")
        REQUEST = "request", pgettext_lazy("kind of line", "support on request")
        PUBLICATION = "publication", pgettext_lazy("kind of line", "publication")
        TRAINING = "training", pgettext_lazy("kind of line", "training")
        SURVEY = "survey", pgettext_lazy("kind of line", "research")
        COMMUNITY = "community", pgettext_lazy("kind of line", "community")
        LIBRARY = "library", pgettext_lazy("kind of line", "library")
        REGISTRY = "registry", pgettext_lazy("kind of line", "registry")
        TOOL = "tool", pgettext_lazy("kind of line", "tool")
        E_LEARNING = "e-learning", pgettext_lazy("kind of line", "e-learning")
        COUNSELLING = "counselling", pgettext_lazy("kind of line", "counselling")
        PLACEMENT = "placement", pgettext_lazy("kind of line", "placement")
        CONFERENCE = "conference", pgettext_lazy("kind of line", "conference")
        AWARD = "award", pgettext_lazy("kind of line", "award")
        MAIL_MAGAZINE = "mail-magazine", pgettext_lazy("kind of line", "mail magazine")
        SECONDMENT = "secondment", pgettext_lazy("kind of line", "secondment")

    class Change(models.TextChoices):
        NEW = "new", _("new this year")
        EXPANDED = "expanded", _("expanded this year")

    class Mode(models.TextChoices):
        ONSITE = "onsite", _("on site")
        ONLINE = "online", _("online")
        HYBRID = "hybrid", _("on site and online")

    class Source(models.TextChoices):
        PLAN = "plan", _("the plan")
        PORTAL = "portal", _("a register that the plan's lines rest on")
        INFERRED = "inferred", _("the plan; its office is inferred")

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"))
    code = models.SlugField(_("code"), max_length=60)
    number = models.CharField(_("number in the overview"), max_length=8, blank=True)
    order = models.PositiveSmallIntegerField(_("order"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    change = models.CharField(
        pgettext_lazy("plan", "change"), max_length=16, choices=Change, blank=True
    )
    mode = models.CharField(_("mode"), max_length=16, choices=Mode, blank=True)
    offices = models.ManyToManyField(
        "accounts.Office", related_name="plan_lines", verbose_name=_("offices")
    )
    initiative = models.ForeignKey(
        Initiative, models.PROTECT, related_name="lines", verbose_name=_("initiative")
    )
    program = models.ForeignKey(
        Program, models.PROTECT, related_name="lines", verbose_name=_("programme")
    )
    edition = models.ForeignKey(
        Edition, models.PROTECT, related_name="lines", verbose_name=_("edition")
    )
    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    partner = models.CharField(_("partner"), max_length=200, blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True)
    parts = models.JSONField(_("parts"), default=list, blank=True)
    topics = models.JSONField(_("topics"), default=list, blank=True)
    target = models.JSONField(_("target figures"), default=dict, blank=True)
    source = models.CharField(
        pgettext_lazy("plan", "source"), max_length=16, choices=Source, default=Source.PLAN
    )
    valid_to = models.DateField(_("closed on"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Directory(),)

    class Meta:
        verbose_name = _("line of the plan")
        verbose_name_plural = _("lines of the plan")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["fiscal_year", "code"],
                name="programs_planline_code_once_a_year",
            )
        ]

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)
