"""Rules in the admin: edited in boxes, tried on applications, saved with a reason."""

import re

import pytest
from django.urls import reverse

from core import audit
from programs import trials
from programs.models import RuleSet
from programs.rules import Facts, judge
from programs.trials import Trial
from tests.factories.accounts import make_body, make_member, make_staff
from tests.factories.programs import grant_rules, make_edition, make_program
from tests.programs.test_rule_editor import posted

pytestmark = pytest.mark.django_db
PAGE = "admin:programs_ruleset_add"


@pytest.fixture(autouse=True)
def second_factor_optional(settings):
    settings.STAFF_MFA_OPTIONAL = True


def sign_in(client, user):
    client.force_login(user, backend="accounts.backends.RoleBackend")
    return user


@pytest.fixture
def manager(client):
    return sign_in(client, make_staff("manager"))


@pytest.fixture
def tried(monkeypatch):
    """Three towns that ask for 600,000, 2,000,000 and 3,000,000 yen."""

    def run(edition, rules, user):
        for number, asked in enumerate((600_000, 2_000_000, 3_000_000), 1):
            facts = Facts(
                fiscal_year=2022, applicant_kind="town", requested_amount=asked,
                eligible_cost=asked,
            )  # fmt: skip
            before, after = judge(edition.rules.rules, facts), judge(rules, facts)
            yield Trial(f"A-{number}", "甲町", f"/a/{number}/", "受付", before, after)

    monkeypatch.setattr(trials, "_runs", [run])


def send(client, edition, step, data=None, **changes):
    sent = posted(data or edition.rules.data, **changes)
    own = {"edition": edition.pk, "base": str(edition.rules.version), "step": step}
    return client.post(reverse(PAGE), own | sent)


def lower(**more):
    """The ceiling of towns cut to one million, the second row of the ceilings."""
    return {"caps-1-cap": "1,000,000", **more}


def test_page_begins_from_the_version_in_force(client, manager):
    edition = make_edition(rules=grant_rules(floor=600_000))
    choose = client.get(reverse(PAGE)).content.decode()
    page = client.get(reverse(PAGE), {"edition": edition.pk}).content.decode()
    assert f"?edition={edition.pk}" in choose
    assert 'name="floor" value="600,000"' in page
    assert "実施概要「助成金額」" in page
    assert client.get(reverse(PAGE), {"edition": "9999999"}).status_code == 404
    assert client.get(reverse(PAGE), {"edition": "x"}).status_code == 404


def test_rules_are_tried_case_by_case_and_nothing_is_saved(client, manager, tried):
    edition = make_edition()
    page = send(client, edition, "try", **lower())
    assert page.status_code == 200
    shown = page.context["tried"]
    assert [(t.title, t.outcome, t.after.allowed_amount) for t in shown.changed] == [
        ("A-2", "less", 1_000_000),
        ("A-3", "less", 1_000_000),
    ]
    assert shown.counts == {"less": 2, "same": 1}
    content = page.content.decode()
    assert 'href="/a/2/"' in content
    assert "1,000,000" in content
    assert RuleSet.objects.count() == 1


def test_what_was_tried_is_saved_with_a_reason_alone(client, manager, tried):
    edition = make_edition()
    refused = send(client, edition, "save", **lower(), note="")
    assert refused.status_code == 400
    assert "note" in refused.context["reason"].errors
    assert RuleSet.objects.count() == 1
    page = send(client, edition, "try", **lower()).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    assert hidden["caps-1-cap"] == "1,000,000"

    saved = send(client, edition, "save", **lower(), note="令和4年度改正")

    edition.refresh_from_db()
    assert saved.status_code == 302
    assert edition.rules.version == 2
    assert edition.rules.note == "令和4年度改正"
    assert edition.rules.rules.cap_for("town", is_joint=False) == 1_000_000
    assert audit.events_for(edition)[0].action == "programs.edition.save_rules"
    page = client.get(reverse("admin:programs_ruleset_change", args=[edition.rules_id]))
    assert "1,000,000" in page.content.decode()


def test_back_to_the_boxes_and_more_rows_keep_what_was_typed(client, manager):
    edition = make_edition()
    back = send(client, edition, "edit", **lower()).content.decode()
    more = send(client, edition, "more", **lower()).content.decode()
    assert 'value="1,000,000"' in back
    assert 'value="1,000,000"' in more
    assert 'name="caps-5-cap"' in more
    assert 'name="caps-5-cap"' not in back


def test_bad_input_is_named_beside_its_box_and_all_is_kept(client, manager):
    edition = make_edition()
    page = send(client, edition, "try", **lower(rate="半分", clause_rate="要綱 第5条"))
    content = page.content.decode()
    assert page.status_code == 400
    assert [block.name for block in page.context["faults"]] == ["rate"]
    for kept in ("半分", "要綱 第5条", "1,000,000"):
        assert kept in content
    assert 'href="#rule-rate"' in content
    assert RuleSet.objects.count() == 1


def test_version_saved_meanwhile_refuses_and_loses_nothing(client, manager, tried):
    edition = make_edition()
    first = send(client, edition, "save", **lower(), note="一")
    second = send(client, edition, "save", **lower(**{"caps-1-cap": "900,000"}), note="二")
    assert first.status_code == 302
    assert second.status_code == 400
    assert 'value="900,000"' in second.content.decode()
    assert RuleSet.objects.count() == 2


def test_first_rules_of_an_edition_are_written_in_the_same_boxes(client, manager):
    edition = make_program().editions.create(fiscal_year=2022, name="新しい助成")
    page = client.get(reverse(PAGE), {"edition": edition.pk})
    assert page.status_code == 200
    sent = posted(grant_rules()) | {"edition": edition.pk, "base": "0", "note": "初版"}
    assert client.post(reverse(PAGE), sent | {"step": "try"}).status_code == 200
    assert client.post(reverse(PAGE), sent | {"step": "save"}).status_code == 302
    edition.refresh_from_db()
    assert edition.rules.version == 1


def test_pages_cost_the_same_for_one_and_three_applications(
    client, manager, tried, django_assert_max_num_queries
):
    edition = make_edition()
    with django_assert_max_num_queries(25):
        send(client, edition, "try", **lower())


@pytest.mark.parametrize("who", ["officer", "town"])
def test_who_keeps_no_editions_edits_no_rules(client, who):
    edition = make_edition()
    sign_in(client, make_staff("officer") if who == "officer" else make_member(make_body()))
    expected = 403 if who == "officer" else 404
    assert client.get(reverse(PAGE), {"edition": edition.pk}).status_code == expected
    assert send(client, edition, "save", **lower(), note="x").status_code == expected
    assert RuleSet.objects.count() == 1
