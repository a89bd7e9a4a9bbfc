"""Keys by which partner systems act for a user over the API, and what each key asked."""

import uuid
from datetime import datetime
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.scopes import StaffRole
from core.retention import Retention
from core.scopes import Person, Scope, ScopedQuerySet, Through

COMMON_APPS = ("accounts", "core")  # who one is, and files: every key needs them


class KeyScope(models.TextChoices):
    """What a key opens everywhere: reading alone, or acting too."""

    READ = "read", _("read")
    WRITE = "write", _("write")


def read_only() -> list[str]:
    """Return what a key may do unless more is asked."""
    return [KeyScope.READ.value]


def _is_served(app: str) -> bool:
    """Tell whether the app has a package `api`; the module of Django's messages is none."""
    found = find_spec(f"{app}.api")
    return found is not None and found.submodule_search_locations is not None


def scoped_apps() -> dict[str, Any]:
    """Return the apps that a key may be limited to, with their names for people."""
    found = (config for config in apps.get_app_configs() if config.label not in COMMON_APPS)
    return {app.label: app.verbose_name for app in found if _is_served(app.name)}


def known_scopes() -> frozenset[str]:
    """Return every scope: `read`, `write`, and the same for one app, as in `grants:read`."""
    verbs = KeyScope.values
    return frozenset(verbs) | {f"{app}:{verb}" for app in scoped_apps() for verb in verbs}


class ApiKey(models.Model):
    """A key of one user; the secret is shown once and kept only as SHA-256."""

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="api_keys",
        verbose_name=_("person"),
    )
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(_("beginning"), max_length=12, editable=False)
    sha256 = models.CharField(_("SHA-256"), max_length=64, unique=True, editable=False)
    key_scopes = models.JSONField(_("may do"), default=read_only)
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    replaces = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="successors",
        verbose_name=_("replaces"),
    )

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Person("user"), StaffRole("administrator", "auditor"))
    personal_data = True
    audit_mask = frozenset({"sha256"})
    retention = Retention(
        _("revoked or expired"),
        _("our own; no source states it"),
        days=365,
        due=lambda before: (
            (Q(revoked_at__lt=before) | Q(expires_at__lt=before)) & Q(successors=None)
        ),
    )

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="accounts_apikey_period"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_usable(self, now: datetime) -> bool:
        """Tell whether the key opens anything at the given moment."""
        return self.revoked_at is None and now < self.expires_at and self.user.is_active

    @property
    def scope_words(self) -> str:
        """Return in words what the key opens, for people; the scopes themselves are for systems."""
        apps_by_label = scoped_apps()
        words = []
        for scope in self.key_scopes:
            limit, _colon, verb = scope.rpartition(":")
            word = str(KeyScope(verb).label) if verb in KeyScope.values else verb
            words.append(f"{apps_by_label.get(limit, limit)} {word}".strip())
        return "、".join(words)

    def may(self, verb: str, app: str) -> bool:
        """Tell whether the scopes open the app for `read` or `write`; writing includes reading."""
        held = {scope.rpartition(":") for scope in self.key_scopes}
        verbs = {KeyScope.WRITE.value, verb}
        return any(
            found in verbs and (not limit or limit == app or app in COMMON_APPS)
            for limit, _colon, found in held
        )


class ApiUsage(models.Model):
    """How often a key asked on one day (JST): all, refused (4xx and 5xx), over the limit (429)."""

    key = models.ForeignKey(ApiKey, models.CASCADE, related_name="usage", verbose_name=_("API key"))
    day = models.DateField(_("day"))
    requests = models.PositiveIntegerField(_("requests"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    limited = models.PositiveIntegerField(_("over the limit"), default=0)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Through("key"),)

    class Meta:
        verbose_name = _("API usage")
        verbose_name_plural = _("API usage")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["key", "day"], name="accounts_apiusage_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.requests}"


class ApiRequest(models.Model):
    """One request of a key: address and answer, never query, body or network address."""

    key = models.ForeignKey(
        ApiKey, models.CASCADE, related_name="requests", verbose_name=_("API key")
    )
    at = models.DateTimeField(_("at"))
    method = models.CharField(_("method"), max_length=8)
    path = models.CharField(_("address"), max_length=200)
    status = models.PositiveSmallIntegerField(_("status"))
    milliseconds = models.PositiveIntegerField(_("milliseconds"))
    request_id = models.CharField(_("request id"), max_length=64)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Through("key"),)
    retention = Retention(
        _("90 days, and the newest 200 of each key, by the hourly task"),
        _("guide for partner systems"),
        is_confirmed=True,
    )

    class Meta:
        verbose_name = _("API request")
        verbose_name_plural = _("API requests")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["key", "-id"], name="accounts_apirequest_newest")]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"
