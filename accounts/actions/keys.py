"""API keys: made, revoked, rotated, and what each asked."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.actions.shared import TOKEN_BYTES, digest, require
from accounts.models import ApiKey, User
from accounts.models.keys import ApiRequest, ApiUsage, KeyScope, known_scopes
from core import audit
from core.fiscal import JST

KEPT_REQUESTS = 200  # of each key
KEPT_DAYS = 90  # of requests and daily counters
MAX_OVERLAP = timedelta(days=30)
_INSTANT = timedelta(microseconds=1)


@transaction.atomic
def issue_api_key(
    *,
    by: Any,
    now: datetime,
    user: User,
    name: str,
    expires_at: datetime,
    scopes: list[str] | None = None,
    secret: str | None = None,
    replaces: ApiKey | None = None,
) -> tuple[ApiKey, str]:
    """Make a key and return it with its secret, which is kept nowhere.

    A given secret is for the fixed keys of demo mode only; elsewhere it is 256 random bits.
    """
    if secret is not None and not settings.DEMO:
        raise ValueError("fixed API keys exist in demo mode only")
    granted = sorted(set(scopes or [KeyScope.READ.value]))
    if unknown := sorted(set(granted) - known_scopes()):
        text = _("There is no scope “%(names)s”. Use read, write, or an app's, as grants:read.")
        raise ValidationError({"scopes": text % {"names": ", ".join(unknown)}})
    secret = secret or f"clair_{secrets.token_urlsafe(TOKEN_BYTES)}"
    key = ApiKey(
        user=user,
        name=name,
        prefix=secret[:12],
        sha256=digest(secret),
        key_scopes=granted,
        created_at=now,
        expires_at=expires_at,
        replaces=replaces,
    )
    require(by, "accounts.add_apikey", key)
    key.save(force_insert=True)
    audit.record("issue", key, by=by, at=now, changes={"key_scopes": [None, granted]})
    return key, secret


@transaction.atomic
def revoke_api_key(*, by: Any, now: datetime, key: ApiKey) -> ApiKey:
    """Make a key open nothing from now on; revoking twice changes nothing."""
    require(by, "accounts.change_apikey", key)
    close_key(key, by=by, now=now)
    key.refresh_from_db()
    return key


def close_key(key: ApiKey, *, by: Any, now: datetime) -> None:
    """Revoke and record; whoever calls this has asked the permission, or the owner has left."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
        audit.record("revoke", key, by=by, at=now)


@transaction.atomic
def rotate_api_key(
    *, by: Any, now: datetime, key: ApiKey, overlap: timedelta
) -> tuple[ApiKey, str]:
    """Make a successor of the same scopes and length; both work until the overlap has passed."""
    require(by, "accounts.change_apikey", key)
    locked = ApiKey.objects.select_for_update(no_key=True, of=("self",)).get(pk=key.pk)
    if not timedelta(0) <= overlap <= MAX_OVERLAP:
        raise ValidationError({"overlap_days": _("Keep the old key for 0 to 30 days.")})
    if locked.revoked_at or locked.expires_at <= now:
        raise ValidationError(_("This key works no longer. Make a new key."))
    if locked.successors.filter(revoked_at=None).exists():
        raise ValidationError(_("This key has a successor already. Use that one, or revoke it."))
    successor, secret = issue_api_key(
        by=by,
        now=now,
        user=locked.user,
        name=locked.name,
        scopes=locked.key_scopes,
        expires_at=now + (locked.expires_at - locked.created_at),
        replaces=locked,
    )
    before = audit.snapshot(locked)
    locked.expires_at = min(locked.expires_at, max(now + overlap, locked.created_at + _INSTANT))
    locked.save(update_fields=["expires_at"])
    audit.record("rotate", locked, by=by, at=now, changes=audit.changes_between(before, locked))
    return successor, secret


def note_request(*, key: ApiKey, now: datetime, entry: ApiRequest) -> None:
    """Add a request to the key's log and to the day's counters (JST)."""
    entry.key, entry.at = key, now
    entry.save(force_insert=True)
    day = now.astimezone(JST).date()
    more = {
        "requests": F("requests") + 1,
        "refused": F("refused") + int(entry.status >= 400),
        "limited": F("limited") + int(entry.status == 429),
    }
    rows = ApiUsage.objects.filter(key=key, day=day)
    if not rows.update(**more):
        ApiUsage.objects.bulk_create([ApiUsage(key=key, day=day)], ignore_conflicts=True)
        rows.update(**more)


def forget_requests(*, now: datetime) -> int:
    """Delete requests beyond the newest 200 of each key, and all that is older than 90 days."""
    since = now - timedelta(days=KEPT_DAYS)
    ApiUsage.objects.filter(day__lt=since.astimezone(JST).date()).delete()
    gone = ApiRequest.objects.filter(at__lt=since).delete()[0]
    for key in ApiRequest.objects.order_by().values_list("key", flat=True).distinct():
        rows = ApiRequest.objects.filter(key=key).order_by("-pk")
        oldest = rows.values_list("pk", flat=True)[KEPT_REQUESTS - 1 : KEPT_REQUESTS]
        gone += rows.filter(pk__lt=next(iter(oldest), 0)).delete()[0]
    return gone
