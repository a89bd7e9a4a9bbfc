"""Sections of offices and bodies, their posts, and what one section grants another."""

import uuid
from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts import roles
from accounts.models.dated import DatedQuerySet, between
from accounts.models.offices import Office
from accounts.models.organizations import Organization
from accounts.scopes import OfficeDirectory
from core.fiscal import jst_date
from core.outbox import Recipient
from core.retention import Retention
from core.scopes import Body, Scope, ScopedQuerySet


class SectionQuerySet(ScopedQuerySet):
    """Sections by who stands behind them."""

    def orphaned(self, on: date) -> "SectionQuerySet":
        """Return sections with a submitter's post that nobody holds on the day (JST)."""
        posts = Post.objects.filter(section=OuterRef("pk"), role="submitter", valid_to=None)
        held = posts.filter(
            Q(memberships__ends_on=None) | Q(memberships__ends_on__gte=on),
            memberships__starts_on__lte=on,
            memberships__user__is_active=True,
        )
        return self.filter(Exists(posts), ~Exists(held), valid_to=None)


class Section(models.Model):
    """A department of an office or of a body; cases belong to sections, not to persons."""

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    office = models.ForeignKey(
        Office,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sections",
        verbose_name=_("office"),
    )
    organization = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sections",
        verbose_name=_("body"),
    )
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("name in English"), max_length=100, blank=True)
    sign = models.CharField(_("sign in letter numbers"), max_length=8, blank=True)
    mailbox = models.EmailField(_("mailbox"), blank=True)
    phone = models.CharField(_("telephone"), max_length=20, blank=True)
    valid_to = models.DateField(_("until"), null=True, blank=True)

    objects = SectionQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (OfficeDirectory("office"), Body("organization"))
    retention = Retention(
        _("last day of the section"),
        _("our own; no source states it"),
        days=365,
        due=lambda before: Q(valid_to__lt=jst_date(before)) & ~Q(mailbox="", phone=""),
    )

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.CheckConstraint(
                condition=Q(office=None, organization__isnull=False)
                | Q(office__isnull=False, organization=None),
                name="accounts_section_office_xor_organization",
                violation_error_message=_("Name either an office or a body."),
            ),
            models.UniqueConstraint(
                fields=["office", "name"],
                condition=Q(office__isnull=False, valid_to=None),
                name="accounts_section_once_an_office",
            ),
            models.UniqueConstraint(
                fields=["organization", "name"],
                condition=Q(organization__isnull=False, valid_to=None),
                name="accounts_section_once_a_body",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def unit(self) -> "Office | Organization":
        """Return the office or the body to which the section belongs."""
        unit = self.office or self.organization
        assert unit is not None, "accounts_section_office_xor_organization"
        return unit

    def erase(self) -> None:
        """Take out how the section was reached; core.purge alone calls it."""
        self.mailbox = self.phone = ""
        self.save(update_fields=["mailbox", "phone"])

    def recipients(self, *role_names: str, on: date) -> tuple[Recipient, ...]:
        """Return the section's mailbox and those of its posts with the roles.

        A post without a mailbox is reached through who holds it on the day, deputies included.
        """
        posts = self.posts.filter(valid_to=None, role__in=role_names).order_by("pk")
        found = [Recipient(self.mailbox, self.name)] if self.mailbox else []
        found += [Recipient(post.mailbox, post.name) for post in posts if post.mailbox]
        held = Q(memberships__ends_on=None) | Q(memberships__ends_on__gte=on)
        people = posts.filter(
            held, mailbox="", memberships__starts_on__lte=on, memberships__user__is_active=True
        ).values_list("memberships__user__email", "name")
        return (*found, *(Recipient(email, name) for email, name in people))

    @property
    def allowed_roles(self) -> frozenset[str]:
        """Return the names of the roles that a post of this section may carry."""
        if self.office is None:
            return roles.BODY_POST_ROLES
        return roles.HEADQUARTERS_ROLES if self.office.is_headquarters else roles.OVERSEAS_ROLES


def contact_of(section: Section | None) -> dict[str, str]:
    """Return the section in charge as the foot of a mail or letter names it; blanks without one."""
    if section is None:
        return {"section": "", "phone": "", "mail": ""}
    return {"section": section.name, "phone": section.phone, "mail": section.mailbox}


class Post(models.Model):
    """A place in a section with one role; a person comes and goes, the post stays."""

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    section = models.ForeignKey(
        Section, models.PROTECT, related_name="posts", verbose_name=_("section")
    )
    role = models.CharField(_("role"), max_length=30, choices=roles.post_role_choices)
    name = models.CharField(_("name of the post"), max_length=100)
    mailbox = models.EmailField(_("mailbox"), blank=True)
    valid_to = models.DateField(_("until"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (
        OfficeDirectory("section__office"),
        Body("section__organization"),
    )
    retention = Retention(
        _("last day of the post"),
        _("our own; no source states it"),
        days=365,
        due=lambda before: Q(valid_to__lt=jst_date(before)) & ~Q(mailbox=""),
    )

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["section", "role", "name"],
                condition=Q(valid_to=None),
                name="accounts_post_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.section} {self.name}"

    def erase(self) -> None:
        """Take out the mailbox; core.purge alone calls it."""
        self.mailbox = ""
        self.save(update_fields=["mailbox"])

    @property
    def label(self) -> str:
        """Return the post as the audit names it: section and post, with the body's name."""
        own = f"{self.section.name} {self.name}"
        return own if self.section.office_id else f"{self.section.unit.name} {own}"

    def clean(self) -> None:
        """Refuse a staff role in a body, a body's role in an office, and the like."""
        if self.section_id and self.role not in self.section.allowed_roles:
            raise ValidationError({"role": _("A post of this section cannot have this role.")})


class SectionGrant(models.Model):
    """`section` lets the members of `granted_to` act in its cases with the given role."""

    class Role(models.TextChoices):
        VIEWER = "viewer", _("may read")
        CONTACT = "contact", _("may draft")
        SUBMITTER = "submitter", _("may submit")

    section = models.ForeignKey(
        Section, models.PROTECT, related_name="grants_given", verbose_name=_("section that grants")
    )
    granted_to = models.ForeignKey(
        Section, models.PROTECT, related_name="grants_held", verbose_name=_("section that may act")
    )
    role = models.CharField(_("role"), max_length=20, choices=Role)
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Body("section__organization"),)

    class Meta:
        verbose_name = _("grant between sections")
        verbose_name_plural = _("grants between sections")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["section", "granted_to", "role", "valid_from"],
                name="accounts_sectiongrant_once",
            ),
            models.CheckConstraint(
                condition=~Q(section=models.F("granted_to")), name="accounts_sectiongrant_other"
            ),
            models.CheckConstraint(
                condition=between("valid_from", "valid_to"), name="accounts_sectiongrant_period"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.section} {self.granted_to} {self.role}"
