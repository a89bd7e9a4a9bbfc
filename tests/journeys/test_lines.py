"""Each grant line of bodies, from the draft to the announced decision, by its own published data.

The verdict worked out by hand stands beside the system's, with the clause it rests on (issue 5).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from core import workflow
from core.models import Letter, Receipt
from core.workflow import Behalf
from grants.actions import drafting
from grants.judging import already_requested, verdict_of
from grants.models import Application
from tests.factories.accounts import make_body, make_member
from tests.factories.approvals import Desk, make_desk
from tests.factories.grants import decide, letters_of
from tests.factories.programs import NOW, load_real_plan, make_call
from tests.journeys.lines import (
    Asked,
    call_of,
    draft,
    fill,
    lists_of,
    party,
    refused,
    story_of,
    values_of,
)

pytestmark = pytest.mark.django_db

NOT_PUBLIC = "公表資料に該当する項目なし"


@dataclass(frozen=True)
class Line:
    """One line's case: refused at first for one reason, then mended and allowed so many yen."""

    code: str
    kind: str
    refused: Asked
    why: tuple[str, Any, Any, str]
    mended: Asked
    allowed: int
    warnings: tuple[str, ...] = ()


# Each verdict by hand: why = (finding, found, allowed, clause); amounts in yen.
LINES = (
    # A city's ceiling is 3,000,000. Asked 3,500,000 of a cost of 4,000,000: 500,000 too much.
    # Mended: min(3,000,000 asked, 3,000,000 ceiling, 4,000,000 cost, no rate known) = 3,000,000.
    Line(
        "multicultural-grant",
        "city",
        Asked(3_500_000, {"honoraria": 1_500_000, "outsourcing": 2_500_000}),
        ("over_cap", 3_500_000, 3_000_000, "実施概要「助成金額」（令和4年度）"),
        Asked(3_000_000, {"honoraria": 1_500_000, "outsourcing": 2_500_000}),
        3_000_000,
    ),
    # A prefecture's ceiling is 4,000,000, half of 7,000,000 is 3,500,000: 4,000,000 is too much.
    # Mended: min(3,500,000 asked, 4,000,000 ceiling, 7,000,000 × 1/2) = 3,500,000.
    Line(
        "economic-grant",
        "prefecture",
        Asked(4_000_000, {"exhibition": 5_000_000, "travel": 2_000_000}),
        ("over_rate", 4_000_000, 3_500_000, NOT_PUBLIC),
        Asked(3_500_000, {"exhibition": 5_000_000, "travel": 2_000_000}),
        3_500_000,
    ),
    # Mainly in Japan 3,000,000 at most, mainly abroad 5,000,000; half of 9,000,000 is 4,500,000.
    # Mended by its place: min(3,400,000 asked, 5,000,000 ceiling, 4,500,000) = 3,400,000.
    Line(
        "exchange-grant",
        "town",
        Asked(3_400_000, {"travel": 6_000_000, "reception": 3_000_000}, 0, {"place": "domestic"}),
        ("over_cap", 3_400_000, 3_000_000, "募集案内「助成金額」（令和8年度）"),
        Asked(3_400_000, {"travel": 6_000_000, "reception": 3_000_000}, 0, {"place": "overseas"}),
        3_400_000,
    ),
    # Supplies are a third of the cost at most: 3,300,000 ÷ 3 = 1,100,000, but 1,200,000 stand there.
    # Mended: min(3,000,000 asked, 3,000,000 ceiling alone, 3,300,000 × 1/1) = 3,000,000.
    Line(
        "cooperation-grant",
        "designated_city",
        Asked(3_000_000, {"travel": 2_100_000, "supplies": 1_200_000}),
        ("over_expense_limit", 1_200_000, 1_100_000, NOT_PUBLIC),
        Asked(3_000_000, {"travel": 2_400_000, "supplies": 900_000}),
        3_000_000,
    ),
    # The ceiling is 300,000: 300,500 is 500 too much.
    # Mended: min(250,500 asked, 300,000, 260,000 × 1/1) = 250,500, below 1,000 cut off: 250,000.
    Line(
        "sea-skills-support",
        "board_of_education",
        Asked(300_500, {"fee": 300_500}),
        ("over_cap", 300_500, 300_000, NOT_PUBLIC),
        Asked(250_500, {"fee": 230_000, "materials": 30_000}),
        250_000,
        ("rounded",),
    ),
    # 40,000 is below the least amount 50,000.
    # Mended: min(300,000 asked, 500,000 of a village, 700,000 × 1/2 = 350,000) = 300,000.
    Line(
        "local-career-grant",
        "village",
        Asked(40_000, {"venue": 400_000, "online": 300_000}),
        ("below_floor", 40_000, 50_000, NOT_PUBLIC),
        Asked(300_000, {"venue": 400_000, "online": 300_000}),
        300_000,
    ),
    # 1 USD = 106 yen: 1,500.00 → 159,000; 1,200.25 → 127,226.5, cut to 127,226; cost 286,226.
    # Income 400.00 USD = 42,400 is deducted: 286,226 − 42,400 = 243,826 at the rate 1/1.
    # Mended: min(243,826 asked, 500,000 ceiling, 243,826) = 243,826; no rounding in this line.
    Line(
        "jetaa-support",
        "jetaa_chapter",
        Asked(
            286_226,
            {"venue": 159_000, "speakers": 127_226},
            42_400,
            foreign={"venue": "1500.00", "speakers": "1200.25"},
        ),
        ("over_rate", 286_226, 243_826, NOT_PUBLIC),
        Asked(
            243_826,
            {"venue": 159_000, "speakers": 127_226},
            42_400,
            foreign={"venue": "1500.00", "speakers": "1200.25"},
        ),
        243_826,
    ),
)


@pytest.fixture
def desk() -> Desk:
    """CLAIR's desk, in a year whose plan is loaded."""
    load_real_plan()
    desk = make_desk()
    desk.section.sign = "例"
    desk.section.save(update_fields=["sign"])
    return desk


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.code)
def test_line_from_draft_to_announced(line: Line, desk: Desk) -> None:
    story = story_of(call_of(line.code, desk), desk, line.kind)
    case = draft(story.call, story.clerk, line.refused)

    # The verdict by hand beside the system's: what stands against it, under which clause.
    verdict = verdict_of(case)
    assert verdict
    told = [(f.code, f.found, f.allowed, f.clause) for f in verdict.violations]
    assert told == [line.why]
    assert line.why[3] in " ".join(refused(case, story.clerk).values())

    # Mended, it is submitted; the verdict is stored with it, and the other town sees nothing.
    case = fill(case, story.clerk, line.mended)
    case = story.run(case, "submit")
    assert (case.verdict["is_acceptable"], case.verdict["allowed_amount"]) == (True, line.allowed)
    levels = {row["code"] for row in case.verdict["findings"] if row["level"] == "warning"}
    assert levels == set(line.warnings)
    assert not Application.objects.visible_to(story.other).exists()

    # From the reception to the letter.
    case = story.run(story.run(case, "receive"), "start_review")
    outcome = "adopted" if line.allowed == case.requested_amount else "adopted_with_modification"
    case = story.run(case, "recommend", amount=line.allowed, outcome=outcome)
    case = story.run(decide(story, [case])[0], "announce")
    assert (case.status, case.decided_amount) == ("announced", line.allowed)
    assert letters_of(case) == ["grants/letters/application_announce.typ"]
    assert case.edition.criteria.count() > 2


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.code)
def test_line_allows_one_yen_more_to_nobody(line: Line, desk: Desk) -> None:
    story = story_of(call_of(line.code, desk), desk, line.kind)
    case = draft(story.call, story.clerk, line.mended)
    case = story.run(story.run(story.run(case, "submit"), "receive"), "start_review")
    with pytest.raises(ValidationError, match="amount"):
        story.run(case, "recommend", amount=line.allowed + 1, outcome="adopted_with_modification")


EXCHANGE = Asked(900_000, {"reception": 1_500_000, "interpreting": 500_000})
PLANNED = date(2022, 6, 15)


def test_second_round_starts_after_the_decision(desk: Desk) -> None:
    """交付決定通知後に着手: refused from 1 June, accepted from 15 June; the first round is free."""
    first = call_of("exchange-grant", desk, decides_on=PLANNED)
    second = make_call(first.edition, form=first.form, round=2, decides_on=PLANNED)
    town = story_of(second, desk, "town")
    case = draft(second, town.clerk, EXCHANGE)
    told = refused(case, town.clerk)
    assert set(told) == {"starts_on"}
    assert "申請にあたっての留意事項（2次募集）「交付決定通知後に着手」" in told["starts_on"]

    changes = {"starts_on": PLANNED}
    case = workflow.edit(case, by=town.clerk, now=NOW, version=case.version, changes=changes)
    assert town.run(case, "submit").status == "submitted"
    sooner = story_of(first, desk, "town")
    assert sooner.run(draft(first, sooner.clerk, EXCHANGE), "submit").status == "submitted"


COOPERATION = Asked(
    4_000_000, {"travel": 2_500_000, "training": 2_000_000}, changes={"is_joint": True}
)


def test_joint_application_of_three_parties(desk: Desk) -> None:
    """4,000,000 jointly (5,000,000 at most, 3,000,000 alone): 2,000,000 + 1,200,000 + 800,000."""
    call = call_of("cooperation-grant", desk)
    lead = story_of(call, desk, "prefecture")
    town_a, town_b = (make_member(make_body("town")) for _ in range(2))
    short = [party(lead.clerk, "lead", 2_000_000), party(town_a, "joint", 1_200_000)]
    case = draft(call, lead.clerk, COOPERATION, parties=[*short, party(town_b, "joint", 700_000)])

    # 2,000,000 + 1,200,000 + 700,000 = 3,900,000, but 4,000,000 are applied for.
    (finding,) = verdict_of(case).violations  # type: ignore[union-attr]
    told = (finding.code, finding.found, finding.allowed, finding.clause)
    assert told == ("shares_sum", 3_900_000, 4_000_000, NOT_PUBLIC)
    assert set(refused(case, lead.clerk)) == {"parties"}

    # The joint bodies read and do not submit; the other town sees nothing.
    case = fill(case, lead.clerk, COOPERATION, [*short, party(town_b, "joint", 800_000)])
    for joint in (town_a, town_b):
        assert list(Application.objects.visible_to(joint)) == [case]
        with pytest.raises(PermissionDenied):
            workflow.run(case, "submit", by=joint, now=NOW)
        with pytest.raises(PermissionDenied):
            workflow.edit(case, by=joint, now=NOW, version=case.version, changes={"title": "別"})
    assert not Application.objects.visible_to(lead.other).exists()
    case = lead.run(case, "submit")
    assert case.verdict["allowed_amount"] == 4_000_000

    # Each body's own share counts in its ceiling: 3,000,000 − 1,200,000 leave 1,800,000 to town A.
    own = draft(call, town_a, Asked(1_900_000, {"travel": 2_000_000}))
    assert already_requested(own, own.edition.rules.rules) == 1_200_000
    (finding,) = verdict_of(own).violations  # type: ignore[union-attr]
    assert (finding.code, finding.found, finding.allowed) == ("over_cap", 1_900_000, 1_800_000)


MULTICULTURAL = Asked(600_000, {"honoraria": 400_000, "printing": 300_000})


def test_npo_through_an_association(desk: Desk) -> None:
    """The NPO writes, the association submits, and the money is decided to the association."""
    call = call_of("multicultural-grant", desk)
    association = story_of(call, desk, "international_association")
    npo = make_member(make_body("npo", name="特定非営利活動法人 見本（例）"))
    alone = draft(call, npo, MULTICULTURAL)
    (finding,) = verdict_of(alone).violations  # type: ignore[union-attr]
    clause = "実施概要「助成対象団体」NPO法人等との連携（令和4年度）"
    assert (finding.code, finding.clause) == ("implementer_only", clause)

    case = drafting.begin(
        call=call,
        section=association.clerk.access.posts[0].section,
        by=association.clerk,
        now=NOW,
        changes={"title": "学習支援教室"},
    )
    named = drafting.parties_writer([party(npo, "implementer")])
    case = workflow.edit(
        case, by=association.clerk, now=NOW, version=case.version, changes={}, children=named
    )
    case = fill(case, npo, MULTICULTURAL, [party(npo, "implementer")])
    with pytest.raises(PermissionDenied):
        workflow.run(case, "submit", by=npo, now=NOW)
    case = association.run(case, "submit")
    assert case.organization == association.town
    case = association.run(association.run(case, "receive"), "start_review")
    case = association.run(case, "recommend", amount=600_000)
    case = association.run(decide(association, [case])[0], "announce")
    letter = Letter.objects.get(case_id=case.pk)
    assert letter.addressee == association.town.name
    assert npo.access.posts[0].section.organization.name not in str(letter.context)
    assert list(Application.objects.visible_to(npo).exclude(pk=alone.pk)) == [case]
    assert not Application.objects.visible_to(association.other).exists()


def test_late_paper_filed_on_behalf(desk: Desk) -> None:
    """The paper's day decides: two days after the deadline it is late, and the manager accepts it."""
    call = call_of("cooperation-grant", desk)
    town = story_of(call, desk, "town")
    arrived_on = (call.closes_at + timedelta(days=2)).date()
    now = call.closes_at + timedelta(days=3)
    behalf = Behalf(town.town.name, "郵送で届いた申請書を代わりに登録", arrived_on)
    officer, filed = desk.officer, {"by": desk.officer, "behalf": behalf}
    asked = Asked(1_000_000, {"travel": 1_200_000})
    case = drafting.begin(
        call=call,
        section=town.clerk.access.posts[0].section,
        now=now,
        changes={"title": "紙の申請"},
        **filed,
    )
    case = workflow.edit(
        case,
        now=now,
        version=case.version,
        changes=values_of(call, town.clerk, asked),
        children=lists_of(call, officer, asked),
        **filed,
    )
    case = town.run(case, "submit", now, **filed)
    receipt = Receipt.objects.get(case_id=case.pk)
    assert (case.status, receipt.paper_arrived_on) == ("late", arrived_on)
    with pytest.raises(PermissionDenied):
        town.run(case, "accept_late", now, by=officer)
    case = town.run(case, "accept_late", now, reason="災害で郵便が遅れたため")
    assert case.status == "received"
    assert list(Application.objects.visible_to(town.clerk)) == [case]
    assert not Application.objects.visible_to(town.other).exists()
