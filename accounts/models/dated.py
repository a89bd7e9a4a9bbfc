"""Rows that hold from one day to another, both days included."""

from datetime import date

from django.contrib.postgres.fields import DateRangeField
from django.db.models import F, Func, Q, Value

from core.scopes import ScopedQuerySet


def between(start: str, end: str) -> Q:
    """Return the check that a period does not end before it starts; no end is open."""
    return Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gte": F(start)})


def period(start: str, end: str) -> Func:
    """Return the period as a range with both days in it, for exclusion constraints."""
    return Func(F(start), F(end), Value("[]"), function="daterange", output_field=DateRangeField())


class DatedQuerySet(ScopedQuerySet):
    """Rows with `valid_from` and `valid_to`."""

    def current(self, on: date) -> "DatedQuerySet":
        """Return the rows that hold on the given day (JST)."""
        ended = Q(valid_to__isnull=True) | Q(valid_to__gte=on)
        return self.filter(ended, valid_from__lte=on)
