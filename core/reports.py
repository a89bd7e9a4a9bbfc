"""Reports: one class for each table that is taken out, used by the admin's lists and the API."""

from dataclasses import dataclass
from typing import Any

from django.contrib.admin import site
from django.contrib.admin.options import IncorrectLookupParameters
from django.db import models
from django.db.models import Case, F, Value, When
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from core.jobs import JobRefused


@dataclass(frozen=True)
class Column:
    """One column: its name in the API, its head, where its value is, and of what kind it is.

    Kinds: text, number, decimal, date, moment (JST), choice (with `choices`), flag.
    """

    name: str
    label: Any
    path: str
    kind: str = "text"
    choices: Any = ()

    def expression(self) -> Any:
        """Return the value in SQL, choices in words."""
        if self.kind == "choice":
            words = [When(**{self.path: key}, then=Value(str(text))) for key, text in self.choices]
            return Case(*words, default=F(self.path), output_field=models.TextField())
        if self.kind == "flag":
            yes, no = Value(_("Yes")), Value(_("No"))
            return Case(When(**{self.path: True}, then=yes), default=no)
        return F(self.path)


@dataclass(frozen=True)
class Report:
    """A table that staff take out, with the filters of the admin's list."""

    name: str
    title: Any
    model: type[models.Model]
    columns: tuple[Column, ...]

    def may(self, user: Any) -> bool:
        """Say whether the person may take it out: staff who may read such records."""
        meta = self.model._meta
        return bool(user.is_staff and user.has_perm(f"{meta.app_label}.view_{meta.model_name}"))

    def rows(self, user: Any, query: str) -> models.QuerySet:
        """Return the rows that the admin's list shows this person for the query string."""
        if not (user.is_active and self.may(user)):
            raise JobRefused(_("You may no longer read these records."))
        request = HttpRequest()
        asked = QueryDict(query, mutable=True)
        asked.pop("p", None)
        request.method, request.user, request.GET = "GET", user, asked  # type: ignore[assignment]
        try:
            listed = site.get_model_admin(self.model).get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            raise JobRefused(_("The filters were not understood. Choose them again.")) from error
        return listed.queryset


_reports: dict[str, Report] = {}


def register(report: Report) -> Report:
    """Make a report known; called by each app's reports.py."""
    _reports[report.name] = report
    return report


def named(name: str) -> Report | None:
    """Return the report of the name."""
    return _reports.get(name)


def of_model(model: type[models.Model]) -> Report | None:
    """Return the report whose rows are the model's."""
    return next((report for report in _reports.values() if report.model is model), None)


def for_user(user: Any) -> list[Report]:
    """Return the reports that the person may take out."""
    return [report for report in _reports.values() if report.may(user)]
