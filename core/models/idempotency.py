"""Answers kept so that a repeated request is answered again and not done again."""

from django.conf import settings
from django.db import models


class IdempotencyRecord(models.Model):
    """A key of one principal on one path, with the answer that a repeat gets (24 hours)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=300)
    key = models.CharField(max_length=200)
    body_sha256 = models.CharField(max_length=64)
    status_code = models.PositiveSmallIntegerField(null=True)
    response = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["created_at"], name="core_idempotency_age")]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "method", "path", "key"], name="core_idempotency_key_once"
            )
        ]

    def __str__(self) -> str:
        return self.key
