"""Opening a year: everything copied once, dates moved, each setting confirmed by somebody."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actors import system_actor
from core import audit, workflow
from core.fiscal import JST, is_working_day
from core.models import OutboxMessage
from programs import checklist
from programs.actions import copy_edition, save_rules
from programs.models import Call, Confirmation, Edition, PlanLine
from programs.moving import move_due_calls
from programs.opening import same_day
from programs.waiting import hold_lapsed_calls, tell_of_waiting_calls
from tests.factories.accounts import make_body, make_member, make_staff
from tests.factories.programs import (
    NOW,
    grant_rules,
    make_call,
    make_edition,
    make_line,
    make_program,
)
from tests.programs.test_rule_editor import posted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_autumn(settings):
    settings.STAFF_MFA_OPTIONAL = True
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def manager(client):
    user = make_staff("manager")
    client.force_login(user, backend="accounts.backends.RoleBackend")
    return user


def full_edition(**fields):
    """An edition of FY2022 with a criterion, blind review, and a call of August and September."""
    edition = make_edition(blind_review=True, routes_through_branch=True, budget=9_000_000)
    edition.criteria.create(key="need", name="必要性", weight=20, maximum=5)
    make_call(
        edition,
        status="closed",
        title="令和4年度多文化共生のまちづくり促進事業",
        opens_at=datetime(2021, 8, 2, 9, 0, tzinfo=JST),
        closes_at=datetime(2021, 9, 30, 17, 0, tzinfo=JST),
        decides_on=date(2022, 3, 15),
        hours_confirmed=True,
        **fields,
    )
    return edition


def page(name, edition):
    return reverse(f"admin:programs_edition_{name}", args=[edition.pk])


@pytest.mark.parametrize(
    ("day", "years", "moved"),
    [
        (date(2021, 8, 2), 1, date(2022, 8, 2)),
        (date(2024, 2, 29), 1, date(2025, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 29)),
    ],
)
def test_same_day_of_another_year(day, years, moved):
    assert same_day(day, years) == moved


def test_copy_takes_rules_form_criteria_routing_and_the_call_with_its_dates_moved():
    edition = full_edition()

    new = copy_edition(edition, fiscal_year=2024, by=system_actor(), now=NOW)
    again = copy_edition(edition, fiscal_year=2024, by=system_actor(), now=NOW)

    assert (new.budget, new.decided_total, new.blind_review) == (None, 0, True)
    assert new.routes_through_branch
    assert new.rules.data == edition.rules.data
    assert list(new.criteria.values_list("key", "weight")) == [("need", 20)]
    (call,) = new.calls.all()
    old = edition.calls.get()
    assert (call.status, call.form_id, call.round) == ("draft", old.form_id, 1)
    assert call.title == "令和6年度多文化共生のまちづくり促進事業"
    # 30 September 2023 is a Saturday: Monday 2 October, at the same hour
    assert call.opens_at == datetime(2023, 8, 2, 9, 0, tzinfo=JST)
    assert call.closes_at == datetime(2023, 10, 2, 17, 0, tzinfo=JST)
    assert is_working_day(call.closes_at.astimezone(JST).date())
    assert (call.decides_on, call.hours_confirmed) == (date(2024, 3, 15), False)
    assert call.awaits_check
    assert again == new
    assert new.calls.count() == 1
    assert audit.events_for(call)[0].action == "programs.call.add"


def test_call_whose_window_has_begun_is_not_copied():
    edition = full_edition()
    edition.calls.update(opens_at=datetime(2020, 8, 3, 9, 0, tzinfo=JST))
    new = copy_edition(edition, fiscal_year=2023, by=system_actor(), now=NOW)
    assert new.calls.count() == 0


def test_manager_opens_the_next_year_and_confirms_it_item_by_item(client, manager):
    edition = full_edition()
    asked = client.get(page("copy", edition)).content.decode()
    answer = client.post(page("copy", edition), {"year": "令和6年度"})
    new = edition.program.editions.get(fiscal_year=2024)
    assert "令和5年度" in asked
    assert f"<br>{edition.calls.get().form}</li>" in asked
    assert answer.url == page("checklist", new)

    shown = client.get(answer.url)
    rows = {item.key: item for item in shown.context["items"]}
    assert rows["budget"].row.problem
    assert rows["section"].row.problem
    assert not any(item.is_confirmed for item in rows.values())

    confirm_all(client, manager, new)
    done = client.get(answer.url)
    assert done.context["done"] == len(rows)
    assert manager.name in done.content.decode()
    assert Confirmation.objects.filter(confirmed_by=manager).count() == len(rows)
    assert audit.events_for(new)[0].action == "programs.edition.confirm_setting"


def confirm_all(client, by, edition, but=""):
    """Confirm every item but one: the first over the page, the others as kept rows."""
    found = checklist.items(checklist.with_all(Edition.objects.filter(pk=edition.pk)).get())
    first, *others = (item for item in found if item.key != but)
    Confirmation.objects.bulk_create(
        (
            Confirmation(
                edition=edition, item=item.key, state=item.kept, confirmed_at=NOW, confirmed_by=by
            )
            for item in others
        ),
        update_conflicts=True,
        unique_fields=["edition", "item"],
        update_fields=["state"],
    )
    sent = {"item": first.key, "kept": first.kept}
    assert client.post(page("checklist", edition), sent).status_code == 302


def rows_of(edition):
    found = checklist.items(checklist.with_all(Edition.objects.filter(pk=edition.pk)).get())
    return {item.key: item.row for item in found}


def test_every_rule_is_a_row_with_its_source_and_every_unconfirmed_one_is_marked():
    edition = full_edition()
    rows, rules = rows_of(edition), edition.rules.rules
    marked = {key.removeprefix("rule-") for key, row in rows.items() if row.is_unsure}
    assert marked == rules.unconfirmed
    # without a sentence on the public page, so that nobody could read them
    assert {"deduct_income", "window_hours", "routing"} <= marked
    assert all(rows[key].state for key in rows)
    for rule in ("caps", "applicant_kinds"):
        row = rows[f"rule-{rule}"]
        assert (row.is_unsure, row.clause) == (False, rules.clause(rule))
        assert "令和4年度" in row.clause
        assert row.note == ""  # the edition is that of FY2022 itself
    later = copy_edition(edition, fiscal_year=2024, by=system_actor(), now=NOW)
    assert "令和4年度" in rows_of(later)["rule-caps"].note


def test_tick_lapses_when_the_source_or_the_mark_changes(client, manager):
    edition = full_edition()
    confirm_all(client, manager, edition)
    data = grant_rules()
    clauses = data["clauses"] | {"caps": "実施要綱 第5条"}
    marks = [name for name in data["unconfirmed"] if name != "expenses"]
    data |= {"clauses": clauses, "unconfirmed": marks}
    save_rules(edition, data=data, by=system_actor(), now=NOW)
    found = client.get(page("checklist", edition)).context["items"]
    assert {i.key for i in found if i.has_lapsed} == {"rule-caps", "rule-expenses"}


def test_tick_is_taken_back_and_recorded(client, manager):
    edition = full_edition()
    item = client.get(page("checklist", edition)).context["items"][0]
    client.post(page("checklist", edition), {"item": item.key, "kept": item.kept})
    sent = {"item": item.key, "act": "take_back"}
    answer = client.post(page("checklist", edition), sent)
    assert answer.url == f"{page('checklist', edition)}#item-{item.key}"
    assert Confirmation.objects.count() == 0
    assert audit.events_for(edition)[0].action == "programs.edition.take_back_setting"
    assert client.post(page("checklist", edition), sent).status_code == 409


def test_copied_call_opens_by_itself_only_when_every_item_is_confirmed(client, manager):
    new = copy_edition(full_edition(), fiscal_year=2024, by=system_actor(), now=NOW)
    opens = new.calls.get().opens_at

    confirm_all(client, manager, new, but="budget")
    assert not new.calls.get().is_open(opens)
    assert not Call.objects.announced(opens).filter(edition=new).exists()
    assert move_due_calls(by=system_actor(), now=opens) == 0

    confirm_all(client, manager, new)
    assert new.calls.get().is_open(opens)
    assert Call.objects.announced(opens).filter(edition=new).exists()
    assert audit.events_for(new.calls.get())[0].changes == {"awaits_check": [True, False]}

    client.post(page("checklist", new), {"item": "budget", "act": "take_back"})
    assert not new.calls.get().is_open(opens)
    confirm_all(client, manager, new)
    assert move_due_calls(by=system_actor(), now=opens) == 1


def test_manager_opens_a_waiting_call_by_hand():
    new = copy_edition(full_edition(), fiscal_year=2024, by=system_actor(), now=NOW)
    call = workflow.run(new.calls.get(), "open", by=make_staff("manager"), now=NOW)
    assert (call.status, call.awaits_check) == ("open", False)
    assert call.is_open(call.opens_at)


def test_section_hears_once_ahead_and_once_at_the_hour_that_a_call_waits():
    section = make_staff("manager").memberships.get().post.section
    section.mailbox = "kakari@example.jp"
    section.save()
    new = copy_edition(full_edition(), fiscal_year=2024, by=system_actor(), now=NOW)
    Edition.objects.filter(pk=new.pk).update(section=section)
    opens = new.calls.get().opens_at

    def told(now):
        tell_of_waiting_calls(now=now)
        rows = OutboxMessage.objects.filter(recipient="kakari@example.jp").order_by("pk")
        return [row.template.rpartition("_")[2] for row in rows]

    assert told(opens - timedelta(days=8)) == []
    assert told(opens - timedelta(days=7)) == ["waiting"]
    assert told(opens - timedelta(days=3)) == ["waiting"]
    assert told(opens) == ["waiting", "held"]
    assert told(opens + timedelta(days=1)) == ["waiting", "held"]
    message = OutboxMessage.objects.last()
    assert page("checklist", new) in message.body
    assert "2023年8月2日（水）9時00分" in message.body
    Call.objects.update(awaits_check=False)
    OutboxMessage.objects.all().delete()
    assert told(opens) == []


def test_call_waits_again_where_a_confirmed_setting_changed_before_it_opens(client, manager):
    new = copy_edition(full_edition(), fiscal_year=2024, by=system_actor(), now=NOW)
    confirm_all(client, manager, new)
    opens = new.calls.get().opens_at
    Edition.objects.filter(pk=new.pk).update(budget=1_000_000)

    def waits(now):
        hold_lapsed_calls(by=system_actor(), now=now)
        return new.calls.get().awaits_check

    assert not waits(opens - timedelta(days=8))
    assert not waits(opens)  # what is open stays open
    assert waits(opens - timedelta(days=7))
    confirm_all(client, manager, new)
    assert not waits(opens - timedelta(days=7))


@pytest.mark.parametrize("name", ["edition", "call"])
def test_save_leads_back_to_the_item_from_which_the_page_was_opened(client, manager, name):
    new = copy_edition(full_edition(), fiscal_year=2024, by=system_actor(), now=NOW)
    key = "budget" if name == "edition" else f"call-{new.calls.get().public_id}-decision"
    url = rows_of(new)[key].url
    shown = client.get(url)
    form = shown.context["adminform"].form
    box = "budget" if name == "edition" else "decides_on"
    assert [n for n in form.fields if form.fields[n].widget.attrs.get("autofocus")] == [box]
    sent = as_posted(shown) | {box: "1200万円" if name == "edition" else "2024-03-18"}
    assert client.post(url, sent).url == f"{page('checklist', new)}#item-{key}"
    new.refresh_from_db()
    assert (new.budget, new.calls.get().decides_on) in {
        (12_000_000, date(2024, 3, 15)),
        (None, date(2024, 3, 18)),
    }
    plain = url.partition("?")[0]
    answer = client.post(plain, as_posted(client.get(plain)))
    assert page("checklist", new) not in answer.url
    stayed = client.post(url, as_posted(client.get(url)) | {"_continue": "1"})
    assert "check=" in stayed.url


def as_posted(shown):
    """What a browser sends of an admin page."""
    forms = [shown.context["adminform"].form]
    for inline in shown.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    return {
        key: value
        for form in forms
        for box in form
        for key, value in _values(box).items()
        if value is not None and value is not False
    }


def _values(box):
    widget, value = box.field.widget, box.value()
    if hasattr(widget, "decompress"):
        parts = [part and str(part) for part in widget.decompress(value)]
        return {f"{box.html_name}_{n}": part for n, part in enumerate(parts)}
    return {box.html_name: value}


def test_saved_rules_lead_back_to_the_item(client, manager):
    edition = full_edition()
    add = reverse("admin:programs_ruleset_add")
    url = rows_of(edition)["rule-caps"].url
    assert page("checklist", edition) in client.get(url).content.decode()
    own = {"edition": edition.pk, "base": "1", "check": "rule-caps"}
    sent = posted(edition.rules.data) | own
    tried = client.post(add, sent | {"step": "try"}).content.decode()
    assert 'name="check" value="rule-caps"' in tried
    answer = client.post(add, sent | {"step": "save", "note": "令和6年度"})
    assert answer.url == f"{page('checklist', edition)}#item-rule-caps"


def test_tick_lapses_when_the_setting_changes_and_old_words_are_refused(client, manager):
    edition = full_edition()
    found = checklist.items(checklist.with_all(Edition.objects.all()).get())
    rate = next(item for item in found if item.key == "rule-rate")
    sent = {"item": rate.key, "kept": rate.kept}
    client.post(page("checklist", edition), sent)
    save_rules(edition, data=grant_rules(rate="1/2"), by=system_actor(), now=NOW)

    (now_,) = (
        i for i in client.get(page("checklist", edition)).context["items"] if i.key == rate.key
    )

    assert now_.has_lapsed
    assert client.post(page("checklist", edition), sent).status_code == 409
    assert client.post(page("checklist", edition), {"item": "nothing"}).status_code == 409


def test_tick_is_the_same_in_both_languages(client, manager):
    edition = full_edition()
    found = client.get(page("checklist", edition)).context["items"]
    client.post(page("checklist", edition), {"item": found[0].key, "kept": found[0].kept})
    english = client.get(page("checklist", edition), headers={"Accept-Language": "en"})
    assert english.context["done"] == 1


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("2022", "令和4年度"), ("2099", "令和81年度"), ("来年", "来年"), ("", "")],
)
def test_year_that_is_not_later_is_refused_and_kept(client, manager, typed, shown):
    edition = full_edition()
    answer = client.post(page("copy", edition), {"year": typed})
    assert answer.status_code == 400
    assert answer.context["form"]["year"].value() == shown
    assert Edition.objects.count() == 1


def test_whole_plan_is_opened_in_one_act(client, manager):
    edition = full_edition()
    make_line(edition, fiscal_year=2022)
    make_line(make_edition(fiscal_year=2022), fiscal_year=2022)
    opening = reverse("admin:programs_edition_opening")

    answer = client.post(opening, {"year": "2024"})

    assert PlanLine.objects.filter(fiscal_year=2024).count() == 2
    shown = client.get(answer.url)
    assert [row.edition.fiscal_year for row in shown.context["rows"]] == [2024, 2024]
    assert client.post(opening, {"year": "2024"}).status_code == 400


def test_year_of_one_edition_opened_alone_is_shown_too(client, manager):
    edition = full_edition()
    make_line(edition, fiscal_year=2022)
    copy_edition(edition, fiscal_year=2024, by=system_actor(), now=NOW)
    shown = client.get(reverse("admin:programs_edition_opening"))
    assert [year for year, _label in shown.context["years"]] == [2024, 2022]
    assert [row.edition.fiscal_year for row in shown.context["rows"]] == [2024]
    assert shown.context["latest_label"] == "令和4年度"  # what a whole plan is copied from


def test_pages_of_an_empty_portal_say_what_to_do(client, manager):
    assert client.get(reverse("admin:programs_edition_opening")).status_code == 200
    edition = Edition.objects.create(program=make_program(), fiscal_year=2022, name="新事業")
    found = {i.key: i for i in client.get(page("checklist", edition)).context["items"]}
    assert all(
        found[key].row.problem for key in ("calls", "criteria", "rules", "budget", "section")
    )


def test_overview_costs_the_same_for_one_and_three_editions(client, manager):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("admin:programs_edition_opening"), {"year": "2022"})
        return len(captured)

    make_line(full_edition(), fiscal_year=2022)
    cost()
    one = cost()
    full_edition()
    full_edition()
    assert cost() == one


def test_officer_reads_the_list_and_changes_nothing_and_a_town_sees_nothing(client):
    edition = full_edition()
    client.force_login(make_staff("officer"), backend="accounts.backends.RoleBackend")
    assert client.get(page("checklist", edition)).status_code == 200
    assert client.post(page("checklist", edition), {"item": "budget"}).status_code == 403
    assert client.get(page("copy", edition)).status_code == 403
    opening = reverse("admin:programs_edition_opening")
    assert client.get(opening).status_code == 200
    assert client.post(opening, {"year": "2023"}).status_code == 403
    client.force_login(make_member(make_body()), backend="accounts.backends.RoleBackend")
    assert client.get(page("checklist", edition)).status_code == 404
