"""Opening a year: the calls of the last one, moved to the same days of the new year."""

import re
from datetime import date, datetime
from typing import Any

from core import audit
from core.fiscal import JST, FiscalYear, add_working_days
from programs.models import Call, Edition

_YEAR_IN_TITLE = re.compile(r"(?:令和|平成)(?:元|\d{1,2})年度|\d{4}年度")


def copy_calls(edition: Edition, new: Edition, *, by: Any, now: datetime) -> list[Call]:
    """Make drafts of the edition's calls in the new edition, with their dates to be confirmed.

    They do not open by themselves before the check-list of the new edition is done.

    A call whose moved window would have begun is left out: it would open by itself at once.
    """
    years = new.fiscal_year - edition.fiscal_year
    made = [
        moved
        for call in edition.calls.order_by("round", "pk")
        if (moved := _moved(call, new, years)).opens_at > now
    ]
    for call in made:
        call.save(force_insert=True)
        audit.record("add", call, by=by, at=now, note=f"{edition.fiscal_year} → {new.fiscal_year}")
    return made


def _moved(call: Call, new: Edition, years: int) -> Call:
    closes = call.closes_at.astimezone(JST)
    last_day = add_working_days(same_day(closes.date(), years), 0)
    opens = call.opens_at.astimezone(JST)
    decides_on = call.decides_on
    return Call(
        edition=new,
        status=Call.Status.DRAFT,
        round=call.round,
        title=_YEAR_IN_TITLE.sub(FiscalYear(new.fiscal_year).label, call.title),
        summary=call.summary,
        opens_at=datetime.combine(same_day(opens.date(), years), opens.time(), JST),
        closes_at=datetime.combine(last_day, closes.time(), JST),
        decides_on=add_working_days(same_day(decides_on, years), 0) if decides_on else None,
        hours_confirmed=False,
        awaits_check=True,
        form_id=call.form_id,
    )


def same_day(day: date, years: int) -> date:
    """Return the same month and day some years later; 28 February for 29 where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
