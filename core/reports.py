"""Reports: one class for each table that is taken out: by the lists, the API and the schedule."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib.admin import site
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.lookups import Exact
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from core import registry
from core.jobs import JobRefused
from core.outbox import Recipient
from core.scopes import Holder, Owner, Party


@dataclass(frozen=True)
class Column:
    """One column: its name in the API, its head, where its value is, and of what kind it is.

    Kinds: text, number, decimal, year, date, moment (JST), choice (with `choices`), flag. An internal
    one is headquarters' alone.
    """

    name: str
    label: Any
    path: str
    kind: str = "text"
    choices: Any = ()
    is_internal: bool = False

    def words(self, value: Any) -> Any:
        """Return the value in SQL as people read it: choices and flags in words."""
        if self.kind == "choice":
            words = [When(Exact(value, key), then=Value(str(text))) for key, text in self.choices]
            return Case(*words, default=value, output_field=models.TextField())
        if self.kind == "flag":
            yes, no = Value(_("Yes")), Value(_("No"))
            return Case(When(Exact(value, Value(True)), then=yes), default=no)
        return value

    def read(self, given: Any) -> Any:
        """Return what a filter asks for; ValidationError where the column never holds it."""
        try:
            return self._read(str(given).strip())
        except ValueError as error:
            text = _("This value cannot be read. Leave it out or correct it.")
            raise ValidationError(text) from error

    def _read(self, text: str) -> Any:
        if self.kind in ("number", "year"):
            return int(text)
        if self.kind == "date":
            return date.fromisoformat(text)
        allowed = {str(key) for key, _label in self.choices}
        if self.kind == "flag":
            allowed = {"True", "False"}
            text = text.capitalize()
        if allowed and text not in allowed:
            raise ValueError(text)
        return text == "True" if self.kind == "flag" else text


@dataclass(frozen=True)
class Part:
    """One list that the schedule makes: its key in the period, its rows, and who is told."""

    key: str
    label: str
    filters: dict[str, Any]
    recipients: tuple[Recipient, ...]


@dataclass(frozen=True)
class Schedule:
    """How often a report is made by itself (`day` or `month`, JST), and of which parts."""

    every: str
    parts: Callable[[datetime], Iterable[Part]]

    def period(self, today: date) -> str:
        """Return the period that the list of today belongs to: 2026-11-25, or 2026-11."""
        return f"{today:%Y-%m-%d}" if self.every == "day" else f"{today:%Y-%m}"


@dataclass(frozen=True)
class Report:
    """A table that is taken out: `filters` names the columns that the API narrows by.

    `known_in` are the statuses in which owners may read what is hidden from them until announced.
    """

    name: str
    title: Any
    model: type[models.Model]
    columns: tuple[Column, ...]
    filters: tuple[str, ...] = ()
    condition: Q = field(default_factory=Q)
    known_in: tuple[str, ...] = ()
    for_bodies: bool = False
    schedule: Schedule | None = None

    def may(self, user: Any) -> bool:
        """Say whether the person may take it out: staff, or a body its own, who may read such."""
        meta = self.model._meta
        if not user.has_perm(f"{meta.app_label}.view_{meta.model_name}"):
            return False
        return _is_staff(user) or (self.for_bodies and bool(user.access.organization_ids))

    def columns_for(self, user: Any) -> list[Column]:
        """Return the columns that the person may read."""
        return [c for c in self.columns if user.access.is_headquarters or not c.is_internal]

    def filters_for(self, user: Any) -> list[Column]:
        """Return the columns that the person may narrow by."""
        return [column for column in self.columns_for(user) if column.name in self.filters]

    def value(self, column: Column, user: Any) -> Any:
        """Return the column in SQL as the person may know it (design.md, until announced)."""
        flow = registry.workflows.get(self.model)
        if user.access.is_headquarters or flow is None or not flow.hidden:
            return F(column.path)
        if column.path == "status":
            shown = [When(status=key, then=Value(str(told))) for key, told in flow.hidden.items()]
            return Case(*shown, default=F("status"), output_field=models.TextField())
        if column.path in getattr(self.model, "hidden_from_owners", ()):
            return Case(When(status__in=self.known_in, then=F(column.path)))
        return F(column.path)

    def listed(self, user: Any, query: str) -> models.QuerySet:
        """Return the rows that the admin's list shows this person for the query string."""
        self._require(user)
        request = HttpRequest()
        asked = QueryDict(query, mutable=True)
        asked.pop("p", None)
        request.method, request.user, request.GET = "GET", user, asked  # type: ignore[assignment]
        try:
            listed = site.get_model_admin(self.model).get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            raise JobRefused(_("The filters were not understood. Choose them again.")) from error
        return listed.queryset

    def rows(self, user: Any, filters: dict[str, Any]) -> models.QuerySet:
        """Return the rows for the filters, newest first: staff all they see, bodies their own."""
        self._require(user)
        rows = self.model._default_manager.filter(self.condition)
        rows = rows.visible_to(user) if _is_staff(user) else rows.filter(_own(self.model, user))  # type: ignore[attr-defined]
        for name, value in self.clean(user, filters).items():
            column = next(column for column in self.columns if column.name == name)
            rows = rows.alias(**{f"only_{name}": self.value(column, user)})
            rows = rows.filter(**{f"only_{name}": value})
        return rows.order_by("-pk")

    def clean(self, user: Any, filters: dict[str, Any]) -> dict[str, Any]:
        """Return the filters as values; ValidationError by name for what cannot be asked."""
        known = {column.name: column for column in self.filters_for(user)}
        found, errors = {}, {}
        for name, given in filters.items():
            if name not in known:
                errors[f"filters.{name}"] = ValidationError(_("There is no such filter."))
                continue
            try:
                found[name] = known[name].read(given)
            except ValidationError as error:
                errors[f"filters.{name}"] = error
        if errors:
            raise ValidationError(errors)
        return found

    def _require(self, user: Any) -> None:
        if not (user.is_active and self.may(user)):
            raise JobRefused(_("You may no longer read these records."))


def _is_staff(user: Any) -> bool:
    return user.is_staff or user.access.is_headquarters


def _own(model: Any, user: Any) -> Q:
    """Match a body's own rows, those through its branch and with its part; no reviewer's."""
    own = [scope for scope in model.scopes if isinstance(scope, Owner | Holder | Party)]
    found = Q(pk__in=[])
    for q in (scope.q_for(user, model) for scope in own):
        found |= q if q is not None else Q(pk__in=[])
    return found


def register(report: Report) -> Report:
    """Make a report known; called by each app's reports.py."""
    if report.schedule and getattr(report.model, "personal_data", False):
        raise ValueError(f"{report.name}: personal data is never listed by itself")
    registry.reports[report.name] = report
    return report


def named(name: str) -> Report | None:
    """Return the report of the name."""
    return registry.reports.get(name)


def of_model(model: type[models.Model]) -> Report | None:
    """Return the report that takes out a list of the model: the first that is registered."""
    return next((report for report in registry.reports.values() if report.model is model), None)


def for_user(user: Any) -> list[Report]:
    """Return the reports that the person may take out."""
    return [report for report in registry.reports.values() if report.may(user)]
