"""Awards moved by the acts of real life, on the story of tests.factories.grants."""

from datetime import date, datetime, timedelta
from typing import Any

from approvals.actions import RouteStep, draft_approval
from core import files, workflow
from core.fiscal import JST
from grants.actions import reporting
from grants.models import Award
from tests.factories.approvals import post_of
from tests.factories.grants import NOW, Story, make_application, upload
from tests.factories.programs import grant_rules

ENDED = datetime(2023, 3, 10, 9, 0, tzinfo=JST)  # after the project's end, before the report is due
BY_OWNER = {"report", "report_status", "withdraw_after_decision"}
BY_MANAGER = {"suspend", "resume", "order_correction"}
INDICATORS = [{"key": "people", "name": "参加者数", "unit": "人"}]
DATA: dict[str, dict[str, Any]] = {
    "report_status": {"text": "講座の半分を終えました。"},
    "suspend": {"reason": "災害のため"},
    "resume": {"reason": "復旧したため"},
    "withdraw_after_decision": {"reason": "事業計画を見直すため"},
    "return_for_correction": {"due": "2023-04-10", "text": "領収書の日付を確かめてください。"},
    "order_correction": {"due": "2023-04-10", "reason": "目的外の経費があるため"},
    "check_report": {"checked_on": "2023-03-10", "record": "帳簿と領収書を確かめた。"},
    "propose_cancel": {"reason": "目的外に使ったため", "clause": "要綱第17条", "amount": ""},
}


def rules(**changes: Any) -> dict[str, Any]:
    """The multicultural grant's rules with an indicator and advances of all that was decided."""
    return grant_rules(indicators=INDICATORS, advance={"share": None}) | changes


def make_award(story: Story, **application: Any) -> Award:
    """An award by the announced decision of one million yen."""
    case = make_application(story, "announced", **application)
    return Award.objects.get(application=case)


def run(story: Story, award: Award, name: str, now: datetime = ENDED, **data: Any) -> Award:
    """Make one act as who usually does it; `by` names another."""
    actor = (
        story.clerk
        if name in BY_OWNER
        else story.desk.manager
        if name in BY_MANAGER
        else story.desk.officer
    )
    by = data.pop("by", None) or actor
    behalf = data.pop("behalf", None)
    return workflow.run(award, name, by=by, now=now, data=DATA.get(name, {}) | data, behalf=behalf)


def approve(story: Story, award: Award, act: str, now: datetime = ENDED) -> Award:
    """Put the act on the award into an approval that the director decides."""
    desk = story.desk
    signers = {"review": desk.manager, "consult": desk.finance, "decide": desk.director}
    approval = draft_approval(
        subject="助成金の額の確定について",
        act=act,
        cases=[award],
        by=desk.officer,
        now=now,
        steps=[RouteStep(kind, post_of(signer)) for kind, signer in signers.items()],
    )
    approval = workflow.run(approval, "submit", by=desk.officer, now=now)
    for signer in (desk.manager, desk.finance):
        approval = workflow.run(approval, "endorse", by=signer, now=now)
    workflow.run(approval, "decide", by=desk.director, now=now)
    return Award.objects.get(pk=award.pk)


def actual(*yen: int, income: int = 0) -> list[dict[str, Any]]:
    """Actual lines of the story's two costs, and of income where there was any."""
    costs = (("honoraria", "講師謝金"), ("printing", "案内の印刷"))
    rows = [
        {
            "kind": "expense",
            "category": category,
            "description": words,
            "basis": "",
            "amount": amount,
            "key": f"expense|{category}|{words}",
        }
        for (category, words), amount in zip(costs, yen, strict=False)
    ]
    if income:
        rows.append({"kind": "income", "category": "", "description": "参加費", "basis": "",
                     "amount": income, "key": ""})  # fmt: skip
    return rows


def fill_in(story: Story, award: Award, lines: Any = None, now: datetime = ENDED) -> Award:
    """Write a report that nothing is missing from (yen)."""
    rows = actual(800_000, 250_000) if lines is None else lines
    user = story.clerk
    costs = [row for row in rows if row["kind"] == "expense" and row["amount"]]
    links = [
        (files.store(upload(f"領収書{n}.pdf"), by=user), "receipt", row["key"])
        for n, row in enumerate(costs, start=1)
    ]
    known = {row.key: (100, 120) for row in reporting.indicators_of(award)}

    def write(case: Any) -> dict[str, Any]:
        told = reporting.actual_writer(rows)(case)
        told |= reporting.files_writer(links, by=user)(case)
        return told | reporting.results_writer(known)(case)

    return workflow.edit(
        award,
        by=user,
        now=now,
        version=award.version,
        changes={
            "summary": "講座を40回開いた。",
            "outcome_text": "参加者が地域の活動に加わった。",
            "completed_on": date(2023, 2, 28),
            "report_number": "国際第80号",
            "report_date": date(2023, 3, 9),
        },
        children=write,
    )


def make_reported(story: Story, lines: Any = None, **application: Any) -> Award:
    """An award whose final report arrived in time."""
    award = fill_in(story, make_award(story, **application), lines)
    return run(story, award, "report")


def make_checked(story: Story, lines: Any = None, **application: Any) -> Award:
    """An award whose report the officer checked."""
    return run(story, make_reported(story, lines, **application), "check_report")


def make_fixed(story: Story, lines: Any = None, **application: Any) -> Award:
    """An award whose amount is fixed by the director."""
    return approve(story, make_checked(story, lines, **application), "fix_amount")


def later(days: int) -> datetime:
    """A moment so many days after NOW."""
    return NOW + timedelta(days=days)
