"""The crowd of crowd.yaml: what bodies all over Japan apply for, this year and in earlier ones."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from accounts.actors import system_actor
from clair.demo.acts import Acts, Users
from clair.demo.contents import HERE, Wish
from clair.demo.editions import Calls, announces_at
from core import workflow
from core.fiscal import FiscalYear, jst_date
from core.models import OutboxMessage
from grants.models import Application
from programs.loading import read_yaml
from programs.models import Call

OUTCOMES = {
    "adopted": "adopted",
    "modified": "adopted_with_modification",
    "rejected": "rejected",
}
_COLUMNS = ("categories", "place")
_MOVED = ("received", "under_review", "recommended", "decided")

Row = dict[str, Any]


def rows() -> list[Row]:
    """Return the rows of the file."""
    return list(read_yaml(HERE / "crowd.yaml"))


def bodies() -> set[str]:
    """Return the codes of the local governments of the file."""
    return {row["body"] for row in rows() if row["body"].isdigit()}


def load_history(users: Users, calls: Calls, *, now: datetime) -> None:
    """Make what was announced in earlier years, and close its calls; its mails left long ago."""
    crowd = Crowd(users, calls, now)
    by_year: dict[int, list[Row]] = {}
    for row in rows():
        if row["year"]:
            by_year.setdefault(row["year"], []).append(row)
    for _year, told in sorted(by_year.items()):
        crowd.announced(told)
    past = {key: call for key, call in calls.items() if key[1]}
    crowd.close(past.values())
    OutboxMessage.objects.filter(sent_at=None).update(sent_at=F("not_before"), attempts=1)


def load_present(users: Users, calls: Calls, *, now: datetime) -> None:
    """Make what is under way for next year's projects, and the one call that is decided."""
    crowd = Crowd(users, calls, now)
    told = [row for row in rows() if not row["year"]]
    for row in told:
        if row["to"] not in OUTCOMES:
            crowd.moved(row)
    crowd.announced([row for row in told if row["to"] in OUTCOMES], at=now - timedelta(days=5))
    crowd.close([calls["exchange-grant", 0, 1]], at=now)


class Crowd(Acts):
    """Makes the applications of rows."""

    def __init__(self, users: Users, calls: Calls, now: datetime):
        super().__init__(users, now)
        self.calls = calls

    def call(self, row: Row) -> Call:
        """Return the row's call: the first of its line and year."""
        return self.calls[row["line"], row["year"], 1]

    def wish(self, row: Row) -> Wish:
        """Return what the row's body writes."""
        changes = {name: row[name] for name in _COLUMNS if name in row}
        if "ends" in row:
            changes |= self._days(row)
        return Wish(row["title"], row["amount"], changes)

    def _days(self, row: Row) -> Row:
        """Return the project's days where the row counts its end from today, within its year."""
        starts = FiscalYear(self.call(row).edition.fiscal_year).starts
        ends = max(jst_date(self.now) + timedelta(days=row["ends"]), starts)
        return {"starts_on": min(starts.replace(month=6), ends), "ends_on": ends}

    def moved(self, row: Row) -> Application:
        """Move an application as far as the row says, without a decision's notice."""
        call, who, to = self.call(row), row["body"], row["to"]
        if to == "draft":
            return self.draft(who, call, self.wish(row))
        if to in _MOVED:
            case = self.received(who, call, self.wish(row))
            if to == "received":
                return case
            case = self.run(case, "start_review", "officer")
            if "scores" in row:
                one, other = row["scores"]
                self.reviewed(case, {"reviewer": one, "reviewer-b": other})
            if to == "under_review":
                return case
            case = self.recommend(case, "adopted")
            return self.decide([case])[0] if to == "decided" else case
        case = self.submitted(who, call, self.wish(row))
        if to == "withdrawn":
            case = self.run(case, "withdraw", who, reason="相手方の都合により実施できないため")
        return case

    def announced(self, told: Iterable[Row], at: datetime | None = None) -> None:
        """Decide the rows of one year in one approval, and announce them together."""
        told = list(told)
        first = self.call(told[0])
        moment = at or announces_at(first)
        cases = [self.proposed(row, moment) for row in told]
        subject = f"{FiscalYear(first.edition.fiscal_year).label}助成事業の採択について"
        self.announce(self.decide(cases, subject, moment), moment)

    def proposed(self, row: Row, at: datetime) -> Application:
        """Receive the row's application after the deadline and draft its decision."""
        call = self.call(row)
        received_at = call.closes_at + timedelta(days=2)
        case = self.received(row["body"], call, self.wish(row), received_at)
        return self.recommended(case, OUTCOMES[row["to"]], row.get("decided"), at)

    def close(self, calls: Iterable[Call], at: datetime | None = None) -> None:
        """Close calls by their dates and mark them decided."""
        for call in calls:
            over = call.closes_at + timedelta(seconds=1)
            workflow.run(call, "close", by=system_actor(), now=over)
            self.run(call, "decide", "manager", at or announces_at(call))
