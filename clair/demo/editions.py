"""Editions of the coming fiscal year copied from the plan, with calls open today."""

from datetime import datetime, time, timedelta

from accounts.actors import system_actor
from core import workflow
from core.fiscal import JST, FiscalYear, add_working_days, jst_date
from core.money import format_yen
from programs import actions
from programs.models import Call, Criterion, Edition, Form

PLAN_YEAR = 2021
GRANT, ROUTED = "multicultural-grant", "exchange-grant"
BUDGETS = {GRANT: 60_000_000, ROUTED: 30_000_000}


def load(*, now: datetime) -> dict[str, Call]:
    """Copy next year's plan and open its calls; returns them by name."""
    by = system_actor()
    actions.copy_plan(from_year=PLAN_YEAR, to_year=FiscalYear.of(now).next(), by=by, now=now)
    year = int(FiscalYear.of(now).next())
    grant, routed = _edition(GRANT, year), _edition(ROUTED, year)
    _route_through_branch(routed, grant, now=now)
    for edition in (grant, routed):
        _criteria(edition)
    return {
        "history": _history(now=now),
        "first": _call(grant, 1, opens=-60, closes=-14, now=now),
        "second": _call(grant, 2, opens=-7, closes=37, now=now),
        "routed": _call(routed, 1, opens=-7, closes=30, now=now),
    }


def _edition(code: str, year: int) -> Edition:
    edition = Edition.objects.select_related("program", "rules").get(
        program__code=code, fiscal_year=year
    )
    edition.budget = BUDGETS[code]
    edition.save(update_fields=["budget"])
    return edition


# An example: no public source states the criteria of CLAIR's committee.
CRITERIA = (
    ("necessity", "必要性", "地域の課題が明らかで、事業がその解決に結び付くか", 4),
    ("effect", "効果", "目標が具体的で、成果を確かめられるか", 4),
    ("model", "モデル性", "他の団体の参考となる工夫があるか", 6),
    ("feasibility", "実現性", "体制、日程、経費の積算が妥当か", 4),
    ("continuity", "継続性", "助成が終わった後も続けられるか", 2),
)


def _criteria(edition: Edition) -> None:
    """Give the edition five criteria of 5 points, weighted to 100."""
    Criterion.objects.bulk_create(
        Criterion(edition=edition, key=key, name=name, help=text, weight=weight, order=order)
        for order, (key, name, text, weight) in enumerate(CRITERIA, 1)
    )


def _route_through_branch(edition: Edition, like: Edition, *, now: datetime) -> None:
    """Make the one example edition that goes through the branch; its rules are an example too."""
    edition.routes_through_branch, edition.is_example = True, True
    edition.name = f"{edition.name}（例：支部経由）"
    edition.section_id = edition.section_id or like.section_id
    edition.save(update_fields=["routes_through_branch", "is_example", "name", "section"])
    actions.save_rules(edition, data=like.rules.data, by=system_actor(), now=now, note="例")


def _history(*, now: datetime) -> Call:
    """Return the real call of the plan's year: 2 August to 30 September 2021 (domain.md §1.1)."""
    edition = actions.copy_edition(
        Edition.objects.get(program__code=GRANT, fiscal_year=PLAN_YEAR),
        fiscal_year=PLAN_YEAR + 1,
        by=system_actor(),
        now=now,
    )
    opens = datetime(2021, 8, 2, 9, 0, tzinfo=JST)
    closes = datetime(2021, 9, 30, 17, 0, tzinfo=JST)
    return _make(edition, 1, opens, closes, now=now)


def _call(edition: Edition, number: int, *, opens: int, closes: int, now: datetime) -> Call:
    today = jst_date(now)
    opens_at = datetime.combine(today + timedelta(days=opens), time(9, 0), JST)
    last_day = add_working_days(today + timedelta(days=closes), 1)
    closes_at = datetime.combine(last_day, time(17, 0), JST)
    return _make(edition, number, opens_at, closes_at, now=now)


def _make(
    edition: Edition, number: int, opens_at: datetime, closes_at: datetime, *, now: datetime
) -> Call:
    by = system_actor()
    second = "（二次募集）" if number > 1 else ""
    call = workflow.create(
        Call,
        by=by,
        now=now,
        changes={
            "edition": edition,
            "round": number,
            "opens_at": opens_at,
            "closes_at": closes_at,
            "title": f"{FiscalYear(edition.fiscal_year).label}{edition.name}{second}",
            "summary": _summary(edition),
            "form": Form.objects.get(code=GRANT),
        },
    )
    return workflow.run(call, "open", by=by, now=opens_at)


_ABOUT = {
    GRANT: "外国人住民とともに暮らすまちづくりの取組に助成します。",
    ROUTED: "海外の自治体との交流の取組に助成します。支部を経由する申請の例として設けたデモ用の募集です。",
}


def _summary(edition: Edition) -> str:
    caps = max(group["cap"] for group in edition.rules.data["caps"]) if edition.rules else 0
    about = _ABOUT[edition.program.code]
    return f"{about}1団体あたりの上限は{format_yen(caps)}です（団体の種類により異なります）。"
