"""Editions of the seven grant lines copied from the plan, with calls of three past years and today's."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from accounts.actors import system_actor
from accounts.models import Section
from core import workflow
from core.fiscal import JST, FiscalYear, add_working_days, jst_date
from programs import actions
from programs.models import Call, Edition, Form, Program

PLAN_YEAR = 2021
GRANT = "multicultural-grant"
# A call by its programme, its project year counted from next year's (0, -1, …) and its round.
Calls = dict[tuple[str, int, int], Call]


@dataclass(frozen=True)
class Round:
    """A call of next year's edition: days from today to its opening and its closing."""

    number: int
    opens: int
    closes: int


@dataclass(frozen=True)
class Line:
    """One grant line: what it is for, its budget in yen, past years with a call, today's calls."""

    about: str
    budget: int
    past: tuple[int, ...]
    rounds: tuple[Round, ...]
    second: str = "（二次募集）"
    is_routed: bool = False
    section: str = ""


LINES = {
    "economic-grant": Line(
        "海外販路の開拓と、海外からの誘客の取組に助成します。",
        80_000_000,
        (-3, -2, -1),
        (Round(1, -20, 40),),
    ),
    GRANT: Line(
        "外国人住民とともに暮らすまちづくりの取組に助成します。",
        60_000_000,
        (-3, -2, -1),
        (Round(1, -60, -14), Round(2, -7, 37)),
    ),
    "exchange-grant": Line(
        "姉妹都市や青少年の交流など、地域の特色を生かした国際交流に助成します。",
        30_000_000,
        (-3, -2, -1),
        (Round(1, -90, -45), Round(2, -10, 30)),
        second="（2次募集）",
    ),
    "cooperation-grant": Line(
        "自治体と、連携するNGOの先駆的な国際協力に助成します。",
        40_000_000,
        (-2, -1),
        (Round(1, -75, -20),),
        section="経済交流課",
    ),
    "sea-skills-support": Line(
        "スポーツ国際交流員（SEA）が技能を高める研修の費用を支援します。支部を経由する申請の例です。",
        3_000_000,
        (-1,),
        (Round(1, -7, 30),),
        is_routed=True,
    ),
    "local-career-grant": Line(
        "地方自治体が開くキャリアフェアとインターンシップの費用の一部を助成します。",
        10_000_000,
        (-2, -1),
        (Round(1, 12, 72),),
    ),
    "jetaa-support": Line(
        "JETAAの支部が現地で行う、経験者のキャリア支援や日本を紹介する活動を支援します。",
        5_000_000,
        (-1,),
        (Round(1, -15, 45),),
    ),
}


def load(*, now: datetime) -> Calls:
    """Copy next year's plan and the earlier editions of the grants, and open their calls."""
    by, year = system_actor(), int(FiscalYear.of(now).next())
    actions.copy_plan(from_year=PLAN_YEAR, to_year=year, by=by, now=now)
    calls: Calls = {}
    for code, line in LINES.items():
        for offset in sorted(line.past):
            edition = _edition(code, year + offset, now=now)
            calls[code, offset, 1] = _past_call(edition)
        edition = _edition(code, year, now=now, is_routed=line.is_routed)
        for call in _todays_calls(edition, line, now=now):
            calls[code, 0, call.round] = call
    _history(now=now)
    return calls


def announces_at(call: Call) -> datetime:
    """Return when a past call's decision was announced: in the March before its projects."""
    return datetime(call.edition.fiscal_year, 3, 19, 10, 0, tzinfo=JST)


def _edition(code: str, year: int, *, now: datetime, is_routed: bool = False) -> Edition:
    """Return the line's edition of that year with its budget and the section in charge."""
    line, program = LINES[code], Program.objects.get(code=code)
    plan = Edition.objects.get(program=program, fiscal_year=PLAN_YEAR)
    edition = actions.copy_edition(plan, fiscal_year=year, by=system_actor(), now=now)
    edition.budget = line.budget
    edition.routes_through_branch = edition.is_example = is_routed
    if line.section:
        edition.section = Section.objects.get(office__code="HQ", name=line.section)
    edition.save(update_fields=["budget", "routes_through_branch", "is_example", "section"])
    return edition


def _past_call(edition: Edition) -> Call:
    """Make the call of an earlier year in the window that the rules name, a year before."""
    window = edition.rules.rules.window  # type: ignore[union-attr]
    opens, closes = (_day(text, edition.fiscal_year - 1) for text in (window.opens, window.closes))
    return _make(
        edition,
        1,
        datetime.combine(opens, time(9, 0), JST),
        datetime.combine(closes, time(17, 0), JST),
    )


def _day(month_day: str, year: int) -> date:
    return date.fromisoformat(f"{year}-{month_day}")


def _todays_calls(edition: Edition, line: Line, *, now: datetime) -> Iterator[Call]:
    today = jst_date(now)
    for row in line.rounds:
        last_day = add_working_days(today + timedelta(days=row.closes), 1)
        yield _make(
            edition,
            row.number,
            datetime.combine(today + timedelta(days=row.opens), time(9, 0), JST),
            datetime.combine(last_day, time(17, 0), JST),
        )


def _history(*, now: datetime) -> Call:
    """Make the real call of the plan's year: 2 August to 30 September 2021 (domain.md §1.1)."""
    edition = actions.copy_edition(
        Edition.objects.get(program__code=GRANT, fiscal_year=PLAN_YEAR),
        fiscal_year=PLAN_YEAR + 1,
        by=system_actor(),
        now=now,
    )
    opens = datetime(2021, 8, 2, 9, 0, tzinfo=JST)
    return _make(edition, 1, opens, datetime(2021, 9, 30, 17, 0, tzinfo=JST))


def _decides_on(edition: Edition, number: int, closes_at: datetime) -> date:
    """Return the planned day of the decision: a second round's lies in the projects' own year."""
    year = edition.fiscal_year
    planned = date(year, 6, 15) if number > 1 else date(year, 3, 19)
    return max(planned, jst_date(closes_at + timedelta(days=30)))


def _make(edition: Edition, number: int, opens_at: datetime, closes_at: datetime) -> Call:
    by, line = system_actor(), LINES[edition.program.code]
    mark = line.second if number > 1 else ""
    mark += "（例：支部経由）" if edition.routes_through_branch else ""
    call = workflow.create(
        Call,
        by=by,
        now=opens_at,
        changes={
            "edition": edition,
            "round": number,
            "opens_at": opens_at,
            "closes_at": closes_at,
            "decides_on": _decides_on(edition, number, closes_at),
            "title": f"{FiscalYear(edition.fiscal_year).label}{edition.name}{mark}",
            "summary": line.about,
            "form": Form.objects.get(code=edition.program.code),
        },
    )
    return workflow.run(call, "open", by=by, now=opens_at)
