"""Filters that refuse what they would otherwise ignore."""

import re
from typing import Any

from django.utils.translation import gettext as _
from django_filters import rest_framework as filters

_FORMS: dict[type, re.Pattern[str]] = {
    filters.CharFilter: re.compile(".*", re.DOTALL),
    filters.NumberFilter: re.compile(r"-?[0-9]+", re.ASCII),
    filters.BooleanFilter: re.compile("true|false", re.IGNORECASE),
}
_GIVEN = re.compile(".+", re.DOTALL)


class StrictFilterSet(filters.FilterSet):
    """An empty date or id, a fraction of a year, or a word for yes is 400, not "everything"."""

    def is_valid(self) -> bool:
        """Check the form, then what Django's form fields let pass."""
        super().is_valid()
        for name, found in self.filters.items():
            given: Any = self.data.get(name)
            form = next((_FORMS[kind] for kind in _FORMS if isinstance(found, kind)), _GIVEN)
            if given is not None and not form.fullmatch(given) and name not in self.form.errors:
                self.form.add_error(
                    name, _("This value cannot be read. Leave it out or correct it.")
                )
        return super().is_valid()
