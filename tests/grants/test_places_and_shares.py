"""Place, currency and shares of joint bodies: asked where the rules look at them, to the yen."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from core import workflow
from core.models import Letter
from grants.actions import copying, drafting
from grants.amounts import ForeignAmountField
from grants.judging import already_requested, verdict_of
from grants.models import Application
from programs.actions import save_rules
from tests.factories.accounts import make_body, make_member, make_section
from tests.factories.grants import (
    LINES,
    NOW,
    edit,
    letters_of,
    make_application,
    make_draft,
    town_story,
)
from tests.factories.programs import grant_rules
from tests.factories.rest import Caller, one

pytestmark = pytest.mark.django_db

RICH = [LINES[0] | {"amount": 9_000_000}]
DOLLARS = [{"code": "USD", "rate": "110.35", "as_of": "2021-04-01"}]
PLACED = {
    "places": ["domestic", "overseas"],
    "caps": [
        {"kinds": grant_rules()["applicant_kinds"], "cap": 3_000_000, "place": "domestic"},
        {"kinds": grant_rules()["applicant_kinds"], "cap": 5_000_000, "place": "overseas"},
    ],
}


def story_with(**rules):
    return town_story(rules=grant_rules(**rules))


def codes(case):
    return [finding.code for finding in verdict_of(case).violations]


def share(story, case, *rows):
    """Write the parties: (body, kind, share); the lead's own row among them."""
    parties = [{"organization": body, "kind": kind, "share": yen} for body, kind, yen in rows]
    write = drafting.parties_writer(parties)
    return workflow.edit(
        case, by=story.clerk, now=NOW, version=case.version, changes={}, children=write
    )


@pytest.mark.parametrize(
    ("place", "amount", "found"),
    [
        ("domestic", 3_000_000, []),
        ("domestic", 3_001_000, ["over_cap"]),
        ("overseas", 5_000_000, []),
        ("overseas", 5_001_000, ["over_cap"]),
        ("", 3_000_000, ["no_place"]),
    ],
)
def test_cap_is_that_of_the_place(place, amount, found):
    story = story_with(**PLACED)

    case = make_draft(story, lines=RICH, requested_amount=amount, place=place)

    assert codes(case) == found


@pytest.mark.parametrize(
    ("lead", "first", "second", "found"),
    [
        # 500,000 + 300,000 + 200,000 = 1,000,000 applied for
        (500_000, 300_000, 200_000, []),
        # 500,000 + 300,000 + 199,999 = 999,999: one yen is missing
        (500_000, 300_000, 199_999, ["shares_sum"]),
        (None, 800_000, 200_000, ["no_share"]),
        (0, 800_000, 200_000, []),
    ],
)
def test_shares_of_three_bodies_make_up_the_amount(lead, first, second, found):
    story = story_with(joint_shares=True)
    case = make_draft(story, is_joint=True, requested_amount=1_000_000)

    case = share(
        story,
        case,
        (story.town, "lead", lead),
        (make_body(), "joint", first),
        (make_body(), "joint", second),
    )

    assert [code for code in codes(case) if code != "missing_document"] == found


def test_lead_is_the_applicant_and_nobody_else():
    story = story_with(joint_shares=True)
    case = make_draft(story, is_joint=True)

    with pytest.raises(ValidationError):
        share(story, case, (make_body(), "lead", 1))


@pytest.mark.parametrize(
    ("counting", "taken"),
    [
        # the lead's own joint application of 2,000,000 counts whole; what it joins elsewhere, not
        ("lead", 2_000_000),
        # its share of its own 1,200,000 + its share of the other body's 300,000
        ("shares", 1_500_000),
    ],
)
def test_joint_projects_take_of_the_cap_as_the_edition_counts(counting, taken):
    story = story_with(joint_counting=counting, joint_cap=9_000_000)
    other = make_body("town", name="隣町")
    section = make_section(other, name="企画課", mailbox="kikaku@example.jp")
    neighbour = make_member(other, "submitter", section)
    make_submitted(story, story.clerk, 2_000_000, (story.town, 1_200_000), (other, 800_000))
    make_submitted(story, neighbour, 1_000_000, (other, 700_000), (story.town, 300_000))

    case = make_draft(story)

    assert already_requested(case, case.rules) == taken


def make_submitted(story, user, amount, lead, joint):
    """A joint application of the user's body that has arrived."""
    case = make_draft(story, by=user, lines=RICH, is_joint=True, requested_amount=amount)
    write = drafting.parties_writer(
        [
            {"organization": lead[0], "kind": "lead", "share": lead[1]},
            {"organization": joint[0], "kind": "joint", "share": joint[1]},
        ]
    )
    case = workflow.edit(case, by=user, now=NOW, version=case.version, changes={}, children=write)
    Application.objects.filter(pk=case.pk).update(
        status="received", receipt_number=f"R3-{case.pk}", arrived_at=NOW
    )
    return case


@pytest.mark.parametrize(
    ("typed", "yen"),
    [
        ("1,234.50", 136_227),  # 1,234.50 × 110.35 = 136,227.075
        ("USD 0.01", 1),  # 0.01 × 110.35 = 1.1035
        ("＄１００", 11_035),  # 100 × 110.35 = 11,035
    ],
)
def test_sheet_takes_the_currency_and_computes_the_yen(client, typed, yen):
    story = story_with(currencies=DOLLARS)
    case = make_draft(story, lines=[])
    client.force_login(story.clerk)
    page = reverse("grants:application-budget", args=[case.public_id])
    data = {
        "version": case.version,
        "currency": "USD",
        "requested_amount": "1,000",
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "0",
        "lines-0-kind": "expense",
        "lines-0-category": "honoraria",
        "lines-0-description": "講師謝金",
        "lines-0-amount": typed,
    }

    checked = client.post(f"{page}check/", data).json()
    answer = client.post(page, data)

    assert answer.status_code == 302
    case.refresh_from_db()
    line = case.budget_lines.get()
    assert (case.currency, line.amount, case.expense_total) == ("USD", yen, yen)
    assert checked["expense_total"] == yen
    assert line.foreign_amount == ForeignAmountField().clean(typed)
    shown = client.get(page).content.decode()
    assert f'value="{line.foreign_amount:,.2f}"' in shown
    assert "1 USD = 110.35" in shown


@pytest.mark.parametrize("typed", ["-1", "1.234", "たくさん", "1000000000000"])
def test_amounts_in_a_currency_that_cannot_be_read_are_refused(typed):
    with pytest.raises(ValidationError):
        ForeignAmountField().clean(typed)


def test_another_rate_is_computed_when_it_is_submitted():
    story = story_with(currencies=DOLLARS)
    line = LINES[0] | {"amount": 1_103_500, "foreign_amount": Decimal(10_000)}  # × 110.35
    case = make_draft(story, lines=[line], currency="USD", requested_amount=500_000)
    changed = grant_rules(currencies=[DOLLARS[0] | {"rate": "120"}])
    save_rules(story.call.edition, data=changed, by=story.desk.officer, now=NOW)
    case = Application.objects.get(pk=case.pk)

    case = story.run(case, "submit")

    assert case.expense_total == 1_200_000  # 10,000 × 120
    [row] = [line[-2:] for line in drafting.lines_told(case, "applied")]
    assert row == [1_200_000, "10000.00"]


def test_api_takes_place_currency_and_shares(client):
    story = story_with(currencies=DOLLARS, joint_shares=True, **PLACED)
    case = make_draft(story, lines=[], is_joint=True)
    clerk = Caller(client, story.clerk)
    address = one(case.public_id)
    tag = clerk.get(address)["ETag"]

    wrong = clerk.send("patch", address, {"currency": "EUR"}, if_match=tag)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "currency")
    named = clerk.send("patch", address, {"currency": "USD", "place": "overseas"}, if_match=tag)
    assert (named.json()["currency"], named.json()["place"]) == ("USD", "overseas")
    line = {"kind": "expense", "category": "honoraria", "description": "謝金"}
    rows = [line | {"foreign_amount": "10.50"}]
    lines = clerk.send("put", f"{address}budget-lines/", rows, if_match=named["ETag"])
    assert lines.json()["expense_total"] == 1_158  # 10.50 × 110.35 = 1,158.675
    assert lines.json()["budget_lines"][0]["foreign_amount"] == "10.50"
    parties = [
        {"organization": str(story.town.public_id), "kind": "lead", "share": 600_000},
        {"organization": str(make_body().public_id), "kind": "joint", "share": 400_000},
    ]
    shared = clerk.send("put", f"{address}parties/", parties, if_match=lines["ETag"])
    assert [party["share"] for party in shared.json()["parties"]] == [600_000, 400_000]
    assert Caller(client, story.other).get(address).status_code == 404


def test_api_refuses_an_amount_in_a_currency_that_the_budget_has_not(client):
    story = story_with()
    case = make_draft(story)
    clerk = Caller(client, story.clerk)
    address = one(case.public_id)
    row = {"category": "honoraria", "description": "謝金", "amount": 1, "foreign_amount": "1"}

    answer = clerk.send(
        "put", f"{address}budget-lines/", [row], if_match=clerk.get(address)["ETag"]
    )

    assert answer.status_code == 400


def test_place_and_shares_are_asked_only_where_the_rules_look_at_them(client):
    asked, plain = story_with(joint_shares=True, **PLACED), town_story()
    for story, expected in ((asked, True), (plain, False)):
        case = make_draft(story)
        client.force_login(story.clerk)
        basics = client.get(reverse("grants:application-section", args=[case.public_id, "basics"]))
        parties = client.get(reverse("grants:application-parties", args=[case.public_id]))

        assert ('name="place"' in basics.content.decode()) is expected
        assert ('name="lead_share"' in parties.content.decode()) is expected


def test_page_of_the_bodies_sums_the_shares_beside_the_amount(client):
    story = story_with(joint_shares=True)
    case = make_draft(story, is_joint=True, requested_amount=1_000_000)
    partner = make_body("town", name="となり町")
    client.force_login(story.clerk)
    page = reverse("grants:application-parties", args=[case.public_id])
    data = {
        "version": case.version,
        "lead_share": "60万円",
        "parties-TOTAL_FORMS": "1",
        "parties-INITIAL_FORMS": "0",
        "parties-0-code": partner.name,
        "parties-0-kind": "joint",
        "parties-0-share": "300,000",
    }

    assert client.post(page, data).status_code == 302
    shown = client.get(page).content.decode()

    assert [p.share for p in case.parties.order_by("pk")] == [600_000, 300_000]
    assert "900,000" in shown  # 600,000 + 300,000
    assert "分担額の合計が900,000円" in shown


@pytest.mark.parametrize(("round_number", "found"), [(1, []), (2, ["starts_before_decision"])])
def test_second_round_starts_only_after_the_notice(round_number, found):
    story = story_with(
        starts_after_decision="second_round", clauses={"starts_after_decision": "要綱第6条"}
    )
    call = story.call
    call.round, call.decides_on = round_number, date(2022, 8, 1)
    call.save()

    case = make_draft(story, call=call, starts_on=date(2022, 7, 31))

    assert codes(case) == found
    assert codes(edit(story, case, starts_on=date(2022, 8, 1))) == []


def test_letter_of_the_second_round_prints_the_condition():
    story = story_with(
        starts_after_decision="second_round", clauses={"starts_after_decision": "要綱第6条"}
    )
    story.call.round = 2
    story.call.save()
    case = make_application(story, "announced", starts_on=date(2022, 8, 1))

    assert letters_of(case) == ["grants/letters/application_announce.typ"]
    conditions = Letter.objects.get(case_id=case.pk).context["conditions"]
    assert conditions[0] == "事業には、この決定の通知を受けた後に着手すること（要綱第6条）。"
    assert len(conditions) == 3


def test_days_of_the_rules_fill_in_the_letter_and_the_return(client, staff):
    story = story_with(duties={"withdrawal": 20, "correction": 10})
    case = make_application(story, "received")
    page = reverse("admin:grants_application_transition", args=[case.pk, "return_for_correction"])

    shown = staff(story.desk.officer).get(page).content.decode()

    assert 'value="2021年8月20日"' in shown or "令和3年8月20日" in shown  # 10 August + 10 days
    told = make_application(story, "announced")
    letter = Letter.objects.get(case_id=told.pk, template__endswith="application_announce.typ")
    assert letter.context["withdraw_by"] == "令和３年８月30日"  # 10 August + 20 days


def test_last_years_place_currency_and_share_are_copied():
    story = story_with(currencies=DOLLARS, joint_shares=True, **PLACED)
    line = LINES[0] | {"amount": 110_350, "foreign_amount": Decimal(1000)}
    source = make_draft(story, lines=[line], currency="USD", place="overseas")
    write = {"children": lambda case: drafting.write_lead_share(case, 70_000)}
    source = workflow.edit(
        source, by=story.clerk, now=NOW, version=source.version, changes={}, **write
    )
    case = drafting.begin(
        call=story.call, section=source.section, by=story.clerk, now=NOW, changes={"title": "翌年"}
    )

    copying.copy_into(case, source, by=story.clerk, now=NOW)

    case = Application.objects.get(pk=case.pk)
    assert (case.place, case.currency, case.expense_total) == ("overseas", "USD", 110_350)
    assert case.parties.get(kind="lead").share == 70_000
