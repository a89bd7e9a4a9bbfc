"""The people who sign in, by e-mail; a login is a person, the rights come with the posts."""

import uuid
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import Access
from accounts.models.memberships import Membership
from accounts.models.offices import HEADQUARTERS, Office
from accounts.models.sections import Post, Section
from accounts.scopes import Colleagues
from core.fiscal import jst_date
from core.retention import ERASED, Retention
from core.scopes import Person, Scope, ScopedQuerySet


class UserManager(BaseUserManager.from_queryset(ScopedQuerySet)):
    """Makes users; Django's own commands expect these two names."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Return the address in the one form in which it is stored: lower case."""
        return (email or "").strip().lower()

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a user without a post, who may do nothing yet."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a user on an administrator's post at headquarters (there are no superusers)."""
        user = self.create_user(email, password, **fields)
        office, _new = Office.objects.get_or_create(
            code=HEADQUARTERS, defaults={"name": "東京本部"}
        )
        section, _new = Section.objects.get_or_create(office=office, name="総務課")
        post, _new = Post.objects.get_or_create(
            section=section, role="administrator", name="システム管理者"
        )
        Membership.objects.create(user=user, post=post, starts_on=timezone.localdate())
        return user


class User(AbstractBaseUser):
    """A person with a login; never both CLAIR's staff and a body's."""

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("full name"), max_length=100, blank=True)
    kana = models.CharField(_("reading"), max_length=100, blank=True)
    language = models.CharField(
        _("language"),
        max_length=2,
        default="ja",
        choices=[("ja", _("Japanese")), ("en", _("English"))],
    )
    is_active = models.BooleanField(_("may sign in"), default=True)
    left_on = models.DateField(_("closed as a leaver on"), null=True, blank=True, editable=False)
    joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects = UserManager()
    scopes: tuple[Scope, ...] = (Colleagues(), Person("id"))
    audit_mask = frozenset({"password"})
    retention = Retention(
        _("closed as a leaver"),
        _("our own; no source states it"),
        days=1095,
        due=lambda before: (
            models.Q(left_on__lt=jst_date(before)) & ~models.Q(email__endswith=ERASED)
        ),
    )

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_user_email_any_case",
                violation_error_message=_("This e-mail address already has an account."),
            ),
            models.CheckConstraint(
                condition=models.Q(left_on=None) | models.Q(is_active=False),
                name="accounts_user_leaver_is_closed",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def erase(self) -> None:
        """Take out name and address, and all means to sign in; core.purge alone calls it.

        The row stays without them: records name by it who acted, and the audit names the post.
        """
        self.email = f"{self.public_id.hex}{ERASED}"
        self.name = self.kana = ""
        self.set_unusable_password()
        self.save(update_fields=["email", "name", "kana", "password"])
        for owned in ("emailaddress_set", "authenticator_set", "usersession_set"):
            getattr(self, owned).all().delete()

    @cached_property
    def access(self) -> Access:
        """Return what the user holds today; loaded once for this instance."""
        return Access(self)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """Forget the loaded access with the loaded fields."""
        self.__dict__.pop("access", None)
        super().refresh_from_db(*args, **kwargs)

    @property
    def is_staff(self) -> bool:
        """Tell whether the user holds a post in one of CLAIR's offices today."""
        return bool(self.access.office_ids)

    @property
    def is_superuser(self) -> bool:
        """Nobody is: every right comes from a role."""
        return False

    def get_full_name(self) -> str:
        """Return the name for display."""
        return str(self)

    def get_short_name(self) -> str:
        """Return the name for display."""
        return str(self)

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Tell whether a role of the user has the permission, on obj or at all."""
        return self.access.may(perm, obj)

    def has_perms(self, perm_list: list[str], obj: models.Model | None = None) -> bool:
        """Tell whether the user has each of the permissions."""
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        """Tell whether the app is worth showing to the user in the admin."""
        return self.access.may_open(app_label)
