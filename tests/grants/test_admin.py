"""The officer's desk: papers filed on behalf, buttons, edits and lists in the admin."""

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import audit, receipts
from core.models import OutboxMessage
from grants.models import Application
from tests.factories.accounts import make_body, make_member, make_section, make_staff
from tests.factories.grants import (
    DATA,
    PATHS,
    decide,
    make_application,
    make_draft,
    town_story,
    upload,
)

pytestmark = pytest.mark.django_db
BEHALF = {"behalf_reason": "紙で届いたため", "paper_arrived_on": "令和3年8月6日"}
INLINES = ("budget_lines", "parties", "files", "comments")


@pytest.fixture
def story():
    return town_story()


@pytest.fixture
def as_user(client):
    def sign_in(user):
        Authenticator.objects.get_or_create(
            user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}}
        )
        client.force_login(user)
        return client

    return sign_in


def address(page="changelist", *args):
    return reverse(f"admin:grants_application_{page}", args=args)


def act(case, name):
    return address("transition", case.pk, name)


def inline(prefix, *rows, stored=()):
    """An inline's rows as the browser sends them; `stored` are the rows that are there."""
    data = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": len(stored)}
    for index, row in enumerate(rows):
        data |= {f"{prefix}-{index}-{name}": value for name, value in row.items()}
    return data


def typed(case, **changes):
    """The change form as staff type a paper down."""
    values = {
        "title": "紙の申請",
        "categories": ["language"],
        "starts_on": "令和4年6月1日",
        "ends_on": "2023-02-28",
        "requested_amount": "１００万円",
        "document_number": "国際第1号",
        "document_date": "R3.8.5",
        "representative_title": "町長",
        "representative_name": "見本 太郎",
        "contact_name": "例示 花子",
        "contact_phone": "０２７６-62-2121",
        "contact_email": "hanako@example.jp",
        "is_decided_internally": "on",
        "answer_purpose": "外国人住民の生活を支えるため",
        "answer_visitors": "１２０",
        "read_version": case.version,
        **BEHALF,
    }
    for prefix in INLINES:
        values |= inline(prefix)
    return values | changes


def stored_version(case):
    return Application.objects.values_list("version", flat=True).get(pk=case.pk)


def test_officer_files_a_paper_from_the_first_page_to_the_receipt(as_user, story):
    client = as_user(story.desk.officer)
    section = story.clerk.access.posts[0].section
    begin = {"call": story.call.pk, "section": section.pk, "title": "紙の申請"}

    assert client.get(address("add")).status_code == 200
    begun = client.post(address("add"), begin | BEHALF)
    case = Application.objects.get()
    assert begun["Location"] in (address(), address("change", case.pk))
    assert (case.organization, case.edition, case.status) == (
        story.town,
        story.call.edition,
        "draft",
    )
    assert case.form_version == story.call.form.current
    assert [party.kind for party in case.parties.all()] == ["lead"]

    line = {
        "kind": "expense",
        "category": "honoraria",
        "description": "謝金",
        "basis": "",
        "amount": "１２０万円",
        "order": "1",
    }
    saved = client.post(address("change", case.pk), typed(case, **inline("budget_lines", line)))
    assert saved.status_code == 302, saved.context["errors"]
    case.refresh_from_db()
    assert (case.requested_amount, case.expense_total) == (1_000_000, 1_200_000)
    assert case.answers == {"purpose": "外国人住民の生活を支えるため", "visitors": 120}

    files = reverse("grants:application-files", args=[case.public_id])
    assert files in client.get(address("change", case.pk)).content.decode()
    paper = {"files": [upload()], "question": "project_plan", "version": case.version}
    assert client.post(files, paper | BEHALF)["Location"] == address("change", case.pk)

    page = client.get(act(case, "submit"))
    assert 'name="behalf_reason"' in page.content.decode()
    assert client.post(act(case, "submit"), {}).status_code == 400
    assert client.post(act(case, "submit"), BEHALF).status_code == 302
    case.refresh_from_db()
    receipt = receipts.for_case(case).get()
    assert case.status == "submitted"
    assert (receipt.on_behalf_of, receipt.behalf_reason) == (story.town.name, "紙で届いたため")
    assert receipt.paper_arrived_on.isoformat() == "2021-08-06"
    told = audit.events_for(case).values_list("actor_id", "on_behalf_of").distinct().order_by()
    assert list(told) == [(story.desk.officer.pk, story.town.name)]


def test_paper_begun_without_reason_or_in_vain_is_told_beside_what_was_typed(as_user, story):
    client = as_user(story.desk.officer)
    section = story.clerk.access.posts[0].section
    begin = {"call": story.call.pk, "section": section.pk, "title": "消えない題名"}
    refused = {
        "behalf_reason": BEHALF | {"behalf_reason": ""},
        "paper_arrived_on": BEHALF | {"paper_arrived_on": "2021-08-11"},
        "title": BEHALF | {"title": ""},
    }

    for field, values in refused.items():
        answer = client.post(address("add"), begin | values)
        assert answer.status_code == 200
        assert list(answer.context["adminform"].form.errors) == [field]
        assert field == "title" or "消えない題名" in answer.content.decode()
    story.call.status = "decided"
    story.call.save()
    assert client.post(address("add"), begin | BEHALF).status_code == 200
    office = make_section()
    assert client.post(address("add"), begin | BEHALF | {"section": office.pk}).status_code == 200
    assert not Application.objects.exists()


def test_who_may_file_for_a_body(as_user, story):
    answers = {
        role: as_user(make_staff(role)).get(address("add")).status_code
        for role in ("officer", "manager", "director", "finance", "auditor", "administrator")
    }

    allowed = [role for role, status in answers.items() if status == 200]
    assert allowed == ["officer", "manager"]
    assert set(answers.values()) == {200, 403}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("requested_amount", "たくさん"),
        ("starts_on", "2022-02-30"),
        ("contact_phone", "なし"),
        ("categories", "sport"),
        ("answer_visitors", "多数"),
        ("behalf_reason", ""),
        ("paper_arrived_on", ""),
    ],
)
def test_wrong_entry_is_named_and_changes_nothing(as_user, story, field, value):
    case = make_draft(story)

    answer = as_user(story.desk.officer).post(
        address("change", case.pk), typed(case, **{field: value})
    )

    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == [field]
    assert stored_version(case) == case.version


def test_stale_page_overwrites_nothing_and_keeps_what_was_typed(as_user, story):
    case = make_draft(story)
    client = as_user(story.desk.officer)
    page = address("change", case.pk)

    assert client.post(page, typed(case, title="先の編集")).status_code == 302
    stale = client.post(page, typed(case, title="後の編集"))

    assert stale.status_code == 200
    assert "後の編集" in stale.content.decode()
    assert Application.objects.get(pk=case.pk).title == "先の編集"


def test_budget_lines_are_changed_added_and_taken_out(as_user, story):
    case = make_draft(story)
    first, second, third = case.budget_lines.order_by("order")

    def row(line, **changes):
        names = ("kind", "category", "description", "basis", "amount", "order")
        return {name: getattr(line, name) for name in names} | {"id": line.pk} | changes

    new = {"kind": "income", "description": "会費", "amount": "5千円", "order": 4, "category": ""}
    rows = [row(first, amount="70万円"), row(second, DELETE="on"), row(third), new]
    answer = as_user(story.desk.officer).post(
        address("change", case.pk),
        typed(case, **inline("budget_lines", *rows, stored=(first, second, third))),
    )

    assert answer.status_code == 302
    case.refresh_from_db()
    assert (case.expense_total, case.income_total) == (700_000, 55_000)


def test_cost_without_its_class_is_refused_in_the_sheet(as_user, story):
    case = make_draft(story)
    wrong = {"kind": "expense", "category": "", "description": "旅費", "amount": "1", "order": 9}

    answer = as_user(story.desk.officer).post(
        address("change", case.pk), typed(case, **inline("budget_lines", wrong))
    )

    assert (answer.status_code, case.budget_lines.count()) == (200, 3)


def test_party_is_added_and_the_lead_is_no_choice(as_user, story):
    case, city = make_draft(story), make_body("city")
    client = as_user(story.desk.officer)

    joint = inline("parties", {"organization": city.pk, "kind": "joint"})
    lead = inline("parties", {"organization": make_body().pk, "kind": "lead"})
    assert client.post(address("change", case.pk), typed(case, **joint)).status_code == 302
    case.refresh_from_db()
    assert client.post(address("change", case.pk), typed(case, **lead)).status_code == 200
    assert sorted(case.parties.values_list("kind", flat=True)) == ["joint", "lead"]


def test_status_and_outcome_are_no_fields(as_user, story):
    case = make_draft(story)
    forged = {
        "status": "announced",
        "outcome": "adopted",
        "decided_amount": "1",
        "receipt_number": "1",
        "version": "99",
        "organization": make_body().pk,
    }

    answer = as_user(story.desk.officer).post(address("change", case.pk), typed(case, **forged))

    assert answer.status_code == 302
    case.refresh_from_db()
    assert (case.status, case.outcome, case.decided_amount) == ("draft", "", None)
    assert (case.receipt_number, case.organization) == (None, story.town)


@pytest.mark.parametrize("status", PATHS)
def test_page_of_every_status_opens_and_only_drafts_and_returns_are_edited(as_user, status):
    story = town_story(routed=status == "at_intermediary")
    case = make_application(story, status)
    client = as_user(story.desk.officer)

    page = client.get(address("change", case.pk))

    assert page.status_code == 200
    is_editable = status in ("draft", "returned")
    assert ('name="title"' in page.content.decode()) == is_editable
    assert case.title in page.content.decode()
    if not is_editable:
        assert client.post(address("change", case.pk), typed(case)).status_code == 403


@pytest.mark.parametrize(
    ("status", "officer", "manager"),
    [
        ("draft", {"submit", "withdraw"}, {"submit", "withdraw"}),
        ("submitted", {"receive", "withdraw"}, {"refuse", "withdraw"}),
        ("late", {"withdraw"}, {"accept_late", "refuse", "withdraw"}),
        (
            "received",
            {"return_for_correction", "start_review", "withdraw"},
            {"withdraw"},
        ),
        ("returned", {"submit", "withdraw"}, {"submit", "lapse", "withdraw"}),
        ("under_review", {"return_for_correction", "recommend", "withdraw"}, {"withdraw"}),
        ("recommended", {"withdraw"}, {"send_back", "withdraw"}),
        ("decided", {"withdraw"}, {"notify_informally", "announce", "withdraw"}),
        ("informally_notified", {"withdraw"}, {"announce", "withdraw"}),
        ("announced", set(), set()),
        ("not_accepted", set(), set()),
        ("withdrawn", set(), set()),
    ],
)
def test_buttons_are_what_each_may_do_now(as_user, story, status, officer, manager):
    case = make_application(story, status)

    for user, wanted in ((story.desk.officer, officer), (story.desk.manager, manager)):
        html = as_user(user).get(address("change", case.pk)).content.decode()
        names = {row[0] for row in Application._meta.permissions}
        found = {n.removesuffix("_application") for n in names}
        assert {name for name in found if act(case, name) in html} == wanted


def test_officer_and_manager_lead_it_by_buttons_to_the_announcement(as_user, story):
    case = make_application(story, "submitted")
    journey = [
        ("receive", story.desk.officer, DATA["receive"]),
        (
            "return_for_correction",
            story.desk.officer,
            {"due": "2021-09-01", "comment_title": "短くしてください。"},
        ),
        ("submit", story.desk.officer, BEHALF),
        ("start_review", story.desk.officer, {}),
        ("recommend", story.desk.officer, DATA["recommend"] | {"amount": "100万円"}),
    ]
    for name, user, data in journey:
        if name == "submit":
            case.comments.update(answer="短くしました。")
        client = as_user(user)
        assert client.get(act(case, name)).status_code == 200
        answer = client.post(act(case, name), data)
        assert answer.status_code == 302, (name, answer.content.decode())
    decide(story, [case])
    assert as_user(story.desk.manager).post(act(case, "announce")).status_code == 302

    case.refresh_from_db()
    assert case.status == "announced"


def test_act_out_of_its_time_is_409_and_without_permission_403(as_user, story):
    case = make_application(story, "received")

    officer = as_user(story.desk.officer)
    assert officer.post(act(case, "receive"), DATA["receive"]).status_code == 409
    assert officer.post(act(case, "refuse"), DATA["refuse"]).status_code == 403
    assert officer.get(act(case, "receive")).status_code == 403
    assert officer.get(act(case, "explode")).status_code == 404
    director = as_user(story.desk.director)
    recommended = make_application(story, "recommended")
    assert director.post(act(recommended, "decide")).status_code == 409


def test_wrong_entry_of_an_act_is_told_with_what_was_typed(as_user, story):
    case = make_application(story, "under_review")

    answer = as_user(story.desk.officer).post(
        act(case, "recommend"), DATA["recommend"] | {"amount": "9億円", "reason": "消えない理由"}
    )

    html = answer.content.decode()
    assert answer.status_code == 400
    assert "消えない理由" in html
    assert "1,000,000円" in html  # the most that the rules allow


def test_selected_ones_go_into_an_approval_and_only_those_that_wait(as_user, story):
    waiting, other = (make_application(story, s) for s in ("recommended", "under_review"))
    client = as_user(story.desk.officer)

    def choose(*cases):
        chosen = {"action": "draft_approval", "_selected_action": [case.pk for case in cases]}
        return client.post(address(), chosen)

    lead = choose(waiting)["Location"]
    assert lead.startswith(reverse("admin:approvals_approval_add"))
    assert str(waiting.public_id) in lead
    assert client.get(lead).status_code == 200
    assert choose(waiting, other)["Location"].split("?")[0] == address()


def test_announcement_is_previewed_and_then_all_sent_or_none(as_user, story):
    first, second = decide(story, [make_application(story, "recommended") for _ in range(2)])
    waiting = make_application(
        story, "recommended", requested_amount=500_000, recommend={"amount": 500_000}
    )
    client = as_user(story.desk.manager)

    def choose(*cases):
        chosen = {"action": "announce_selected", "_selected_action": [case.pk for case in cases]}
        return client.post(address(), chosen)["Location"]

    preview = client.get(choose(first, second)).content.decode()
    assert story.desk.section.sign not in preview  # a preview takes no number
    assert first.receipt_number in preview
    assert "1,000,000円" in preview
    assert "交付決定について（通知）" in preview
    assert first.section.mailbox in preview
    mixed = ",".join(str(case.public_id) for case in (first, waiting))
    page = reverse("grants:announce")
    assert client.post(page, {"items": mixed}).status_code == 302
    first.refresh_from_db()
    assert first.status == "decided"
    both = ",".join(str(case.public_id) for case in (first, second))
    assert client.post(page, {"items": both}).status_code == 302
    assert {Application.objects.get(pk=c.pk).status for c in (first, second)} == {"announced"}
    assert OutboxMessage.objects.filter(template__endswith="_announce").count() == 4


def test_announcement_page_is_the_managers(as_user, story):
    page = reverse("grants:announce")

    assert as_user(story.desk.officer).get(page).status_code == 403
    assert as_user(story.clerk).get(page).status_code == 404
    preview = reverse("grants:announce-preview")
    assert as_user(story.desk.manager).get(f"{preview}?items=nonsense").status_code == 404


def test_search_finds_by_number_title_and_body(as_user, story):
    case = make_application(story, "submitted", title="防災の講座")
    make_application(town_story(), "submitted")
    client = as_user(story.desk.officer)

    for words in (case.receipt_number, "防災の講座", story.town.name):
        found = client.get(address(), {"q": words}).context["cl"].queryset
        assert [row.pk for row in found] == [case.pk]
    assert not client.get(address(), {"q": "どこにもない"}).context["cl"].queryset


def test_admin_is_closed_to_bodies_and_overseas_offices(as_user, story):
    case = make_application(story, "submitted")

    for outsider in (story.clerk, story.other, make_member(make_body("npo"))):
        client = as_user(outsider)
        assert client.get(address(), follow=True).status_code in {403, 404}
        assert client.get(address("change", case.pk), follow=True).status_code in {403, 404}
    office = as_user(make_staff("office"))
    listed = office.get(address())
    assert listed.status_code == 403 or not listed.context["cl"].queryset
    assert office.get(address("change", case.pk)).status_code in {302, 403, 404}


def test_history_page_tells_the_audit(as_user, story):
    case = make_application(story, "received")

    page = as_user(make_staff("auditor")).get(address("history", case.pk)).content.decode()

    assert story.clerk.access.label in page


def test_changelist_and_page_ask_no_query_per_row(as_user, story):
    client = as_user(make_staff("auditor"))
    counts = {"list": [], "page": []}
    for rows in (1, 3):
        while Application.objects.count() < rows:
            case = make_application(story, "submitted")
        for name, page in (("list", address()), ("page", address("change", case.pk))):
            client.get(page)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page).status_code == 200
            counts[name].append(len(queries))

    assert counts["list"][0] == counts["list"][1]
    assert counts["page"][0] == counts["page"][1]


def test_history_page_tells_who_what_and_each_change_in_words(as_user, story):
    case = make_application(story, "under_review")

    page = as_user(make_staff("auditor")).get(address("history", case.pk)).content.decode()

    assert story.desk.officer.name in page
    assert "審査開始" in page
    assert "受理済 → 審査中" in page
    assert "事業の目的: " in page
    assert "講師謝金 20,000円×40回 800,000" in page
    for code in ("grants.application.", "under_review", "'purpose'", "requested_amount"):
        assert code not in page


def test_case_page_says_which_application_it_is(as_user, story):
    case = make_application(story, "received")

    shown = as_user(story.desk.officer).get(address("change", case.pk)).context["facts"]

    told = " ".join(str(value) for _label, value in shown)
    for fact in (case.receipt_number, case.incoming_number, case.organization.name, case.call):
        assert str(fact) in told
