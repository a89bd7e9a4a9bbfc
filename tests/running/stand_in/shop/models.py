"""One table."""

from django.db import models


class Thing(models.Model):
    """What survives a restart."""

    name = models.CharField(max_length=20)

    def __str__(self) -> str:
        return self.name
