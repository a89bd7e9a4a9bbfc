"""Idempotency-Key: the key is written in the work's own transaction; losers wait and replay."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from core.api.problems import KeyReused
from core.models import IdempotencyRecord

KEPT = timedelta(hours=24)
_HEADERS = ("ETag", "Location")


def idempotent(action: Callable[..., Response]) -> Callable[..., Response]:
    """Run a POST action once per principal, method, path and key; only 2xx are kept."""

    @wraps(action)
    def wrapped(view: Any, request: Any, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return action(view, request, *args, **kwargs)
        if not 1 <= len(key) <= 200:
            raise ValidationError({"Idempotency-Key": [_("Write 1 to 200 characters.")]})
        with transaction.atomic():
            record, is_new = _claim(request, key)
            if not is_new:
                return _replay(record, _body_sha256(request))
            response = action(view, request, *args, **kwargs)
            if response.status_code < 300:
                _keep(record, response)
            else:  # neither the key nor what was half done stays
                transaction.set_rollback(True)
        return response

    return wrapped


def _claim(request: Any, key: str) -> tuple[IdempotencyRecord, bool]:
    """Insert the key or wait for whoever holds it (the unique index makes losers wait)."""
    place = {"user_id": request.user.pk, "method": request.method, "path": request.path, "key": key}
    expired = IdempotencyRecord.objects.filter(**place, created_at__lt=timezone.now() - KEPT)
    expired.delete()
    mine = IdempotencyRecord(**place, body_sha256=_body_sha256(request))
    IdempotencyRecord.objects.bulk_create([mine], ignore_conflicts=True)
    found = IdempotencyRecord.objects.select_for_update().get(**place)
    return found, found.status_code is None


def _body_sha256(request: Any) -> str:
    data = request.data
    if isinstance(data, MultiValueDict):
        data = {name: [_plain(value) for value in values] for name, values in data.lists()}
    body = json.dumps(data, sort_keys=True, default=str)
    return hashlib.sha256(body.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if not isinstance(value, UploadedFile):
        return value
    value.seek(0)
    sha = hashlib.sha256()
    for chunk in value.chunks():
        sha.update(chunk)
    value.seek(0)
    return [value.name, sha.hexdigest()]


def forget(*, now: datetime) -> int:
    """Delete the answers that are older than they are kept; returns how many."""
    return IdempotencyRecord.objects.filter(created_at__lt=now - KEPT).delete()[0]


def _replay(record: IdempotencyRecord, body_sha256: str) -> Response:
    if record.body_sha256 != body_sha256:
        raise KeyReused
    headers = {**record.headers, "Idempotent-Replayed": "true"}
    return Response(json.loads(record.response), status=record.status_code, headers=headers)


def _keep(record: IdempotencyRecord, response: Response) -> None:
    record.status_code = response.status_code
    record.response = JSONRenderer().render(response.data).decode()
    record.headers = {name: response[name] for name in _HEADERS if response.has_header(name)}
    record.save(update_fields=["status_code", "response", "headers"])
