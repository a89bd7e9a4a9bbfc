"""The bodies that deal with CLAIR, and the dated roles that one holds for another."""

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.dated import DatedQuerySet, between, period
from accounts.prefectures import PREFECTURES
from accounts.validators import (
    validate_corporate_number,
    validate_full_width_kana,
    validate_municipality_code,
)
from core.japanese import (
    bare,
    is_corporate_number,
    is_municipality_code,
    normalize,
    normalize_code,
    normalize_digits,
    to_katakana,
)
from core.models import Searched, SearchKeyField, search_index
from core.scopes import Directory, Scope, ScopedQuerySet

LOCAL_GOVERNMENTS = ("prefecture", "designated_city", "city", "special_ward", "town", "village")


class OrganizationQuerySet(ScopedQuerySet):
    """Bodies as people name them."""

    def containing(self, text: str) -> "OrganizationQuerySet":
        """Match words in name or reading, or the start of a code; full and half width alike."""
        words = normalize(text).strip()
        return self.filter(
            Q(name__icontains=words)
            | Q(kana__icontains=to_katakana(words))
            | Q(name_en__icontains=words)
            | Q(code__startswith=normalize_digits(words))
        )

    def matching(self, text: str) -> "OrganizationQuerySet":
        """Return the current bodies that are exactly meant: code, corporate number, full name."""
        words = normalize(text).strip()
        exact = Q(name=words)
        if is_municipality_code(normalize_code(words)):
            exact |= Q(code=normalize_code(words))
        if is_corporate_number(bare(words)):
            exact |= Q(corporate_number=bare(words))
        return self.filter(exact, valid_to=None).exclude(kind="board_of_education").order_by("pk")


class Organization(Searched):
    """A body: a local government, an association, a partner. Mergers name the successor."""

    class Kind(models.TextChoices):
        PREFECTURE = "prefecture", _("prefecture")
        DESIGNATED_CITY = "designated_city", _("designated city")
        CITY = "city", _("city")
        SPECIAL_WARD = "special_ward", _("special ward")
        TOWN = "town", _("town")
        VILLAGE = "village", _("village")
        BOARD_OF_EDUCATION = "board_of_education", _("board of education")
        WIDE_AREA_UNION = "wide_area_union", _("wide-area union")
        INTERNATIONAL_ASSOCIATION = (
            "international_association",
            _("regional international association"),
        )
        MUNICIPAL_ASSOCIATION = "municipal_association", _("municipal international association")
        NPO = "npo", _("NPO or NGO")
        PRIVATE_SCHOOL = "private_school", _("private school")
        JETAA_CHAPTER = "jetaa_chapter", _("JETAA chapter")
        OVERSEAS_LOCAL_GOVERNMENT = "overseas_local_government", _("overseas local government")
        MINISTRY = "ministry", _("ministry")
        COMPANY = "company", _("company")

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    reference = models.CharField(
        _("key in the reference data"), max_length=40, null=True, unique=True, editable=False
    )
    kind = models.CharField(_("kind"), max_length=30, choices=Kind)
    code = models.CharField(
        _("6-digit code"), max_length=6, blank=True, validators=[validate_municipality_code]
    )
    corporate_number = models.CharField(
        _("corporate number"), max_length=13, blank=True, validators=[validate_corporate_number]
    )
    name = models.CharField(_("name"), max_length=200)
    kana = models.CharField(
        _("reading"), max_length=200, blank=True, validators=[validate_full_width_kana]
    )
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    prefecture_code = models.CharField(
        _("prefecture"),
        max_length=2,
        blank=True,
        choices=[(code, ja) for code, (ja, _en) in PREFECTURES.items()],
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("belongs to"),
    )
    successor = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name=_("successor"),
    )
    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_to = models.DateField(_("until"), null=True, blank=True)
    is_example = models.BooleanField(_("example"), default=False)
    search_key = SearchKeyField(
        _("search key"), sources=("name", "kana", "name_en", "code", "corporate_number")
    )

    objects = OrganizationQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Directory(),)

    class Meta:
        verbose_name = _("body")
        verbose_name_plural = _("bodies")
        default_permissions = ("view", "add", "change")
        indexes = [
            models.Index(fields=["code", "id"], name="accounts_organization_code"),
            models.Index(fields=["prefecture_code", "kind"], name="accounts_organization_place"),
            search_index("accounts_organization_search"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["code"],
                condition=~Q(code="") & Q(valid_to=None) & Q(kind__in=LOCAL_GOVERNMENTS),
                name="accounts_organization_one_local_government",
            ),
            models.CheckConstraint(
                condition=Q(code="") | Q(code__regex=r"^[0-9]{6}$"),
                name="accounts_organization_code_digits",
            ),
            models.CheckConstraint(
                condition=Q(corporate_number="") | Q(corporate_number__regex=r"^[0-9]{13}$"),
                name="accounts_organization_corporate_number_digits",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | between("valid_from", "valid_to"),
                name="accounts_organization_period",
            ),
            models.CheckConstraint(
                condition=Q(successor=None) | Q(valid_to__isnull=False),
                name="accounts_organization_successor_when_closed",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def prefecture(self) -> str:
        """Return the prefecture's Japanese name; empty for a body abroad."""
        return PREFECTURES[self.prefecture_code][0] if self.prefecture_code else ""

    @property
    def is_local_government(self) -> bool:
        """Tell local governments from the other bodies."""
        return self.kind in LOCAL_GOVERNMENTS


class OrganizationRole(models.Model):
    """From one day to another, `holder` acts for `subject` as its branch or coordinating body."""

    class Kind(models.TextChoices):
        BRANCH = "branch", _("branch")
        COORDINATING = "coordinating", _("coordinating body")
        CONTRACTING = "contracting", _("contracting body")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    holder = models.ForeignKey(
        Organization, models.PROTECT, related_name="roles_held", verbose_name=_("body that acts")
    )
    subject = models.ForeignKey(
        Organization,
        models.PROTECT,
        related_name="roles_under",
        verbose_name=_("body for which it acts"),
    )
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Directory(),)

    class Meta:
        verbose_name = _("role of a body")
        verbose_name_plural = _("roles of bodies")
        default_permissions = ("view", "add", "change")
        indexes = [
            models.Index(fields=["holder", "kind"], name="accounts_organizationrole_held"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=between("valid_from", "valid_to"), name="accounts_organizationrole_period"
            ),
            ExclusionConstraint(
                name="accounts_organizationrole_one_branch",
                expressions=[
                    ("subject", RangeOperators.EQUAL),
                    (period("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
                condition=Q(kind="branch"),
                violation_error_message=_("The body already has a branch in this period."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.holder} {self.subject}"

    def clean(self) -> None:
        """Refuse a branch other than a prefecture or a designated city (支部 = 47 + 20)."""
        branches = {Organization.Kind.PREFECTURE, Organization.Kind.DESIGNATED_CITY}
        if self.kind == self.Kind.BRANCH and self.holder.kind not in branches:
            raise ValidationError(
                {"holder": _("Only a prefecture or a designated city can be a branch.")}
            )
