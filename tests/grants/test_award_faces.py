"""The award on its three faces: the town's pages, the API, the admin; the other town sees nothing."""

import io
import json

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from grants.models import Award
from tests.factories.accounts import api_key_for
from tests.factories.awards import (
    ENDED,
    actual,
    fill_in,
    make_award,
    make_checked,
    make_fixed,
    make_reported,
    run,
)
from tests.factories.grants import town_story, upload

API = "/api/v1/grants/awards/"


@pytest.fixture
def story(db):
    return town_story()


@pytest.fixture
def town(story):
    client = Client()
    client.force_login(story.clerk)
    return client


def page(name, award, *more):
    return reverse(f"grants:award-{name}", args=[award.public_id, *more])


def sheet(rows, prefix="lines"):
    data = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": 0}
    for n, row in enumerate(rows):
        data |= {f"{prefix}-{n}-{name}": value for name, value in row.items()}
    return data


def test_town_reports_by_its_pages_part_by_part(town, story, clock):
    award = make_award(story)
    clock.move_to(ENDED)
    town.force_login(story.clerk)
    first = town.get(page("report-lines", award)).content.decode()
    assert "講師謝金" in first  # begins with the decided lines

    rows = [row | {"amount": f"{row['amount']:,}"} for row in actual(700_000, 250_000)]
    version = Award.objects.get(pk=award.pk).version
    town.post(page("report-lines", award), sheet(rows) | {"version": version, "go": "next"})
    for place in ("line-1", "line-2"):
        sent = {"question": place, "files": [upload(f"{place}.pdf")]}
        assert town.post(page("report-files", award), sent).status_code == 302
    words = {
        "summary": "講座を40回開いた。",
        "outcome_text": "参加者が増えた。",
        "completed_on": "R5.2.28",
        "version": Award.objects.get(pk=award.pk).version,
    } | {f"actual_{row.key}": "120" for row in award.rules.indicators}
    assert town.post(page("report-results", award), words).status_code == 302

    shown = town.get(page("detail", award)).content.decode()
    assert "700,000" in shown
    sent = town.post(page("transition", award, "report"))
    award.refresh_from_db()
    assert (award.status, award.actual_expense) == ("reported", 950_000)
    assert sent.url.startswith("/receipts/")


def test_what_cannot_be_read_is_kept_and_told(town, story):
    award = make_award(story)
    rows = actual(1) + actual(2)
    rows[1] |= {"amount": "たくさん"}

    answer = town.post(page("report-lines", award), sheet(rows) | {"version": award.version})

    award.refresh_from_db()
    assert answer.status_code == 400
    assert "たくさん" in answer.content.decode()
    assert award.draft_input["lines"][1][-1] == "たくさん"
    again = town.get(page("report-lines", award)).content.decode()
    assert "たくさん" in again


def test_autosave_keeps_and_a_later_save_settles(town, story):
    award = make_award(story)
    form = town.get(page("report-results", award))
    base = form.context["base"]

    kept = town.post(
        page("report-autosave", award),
        {"section": "results", "base": base, "summary": "書きかけ"},
        headers={"Accept": "application/json"},
    )

    assert kept.status_code == 200
    award.refresh_from_db()
    assert award.draft_input["summary"] == "書きかけ"
    assert "書きかけ" in town.get(page("report-results", award)).content.decode()


def test_status_report_with_its_paper(town, story):
    award = make_award(story)

    town.post(
        page("transition", award, "report_status"),
        {"text": "半分を終えた。", "uploads": [upload("写真.pdf")]},
    )

    report = award.status_reports.get()
    assert (report.text, report.files.get().file.name) == ("半分を終えた。", "写真.pdf")
    assert "写真.pdf" in town.get(page("detail", award)).content.decode()


@pytest.mark.parametrize(
    "name",
    ["detail", "stages", "stages-pdf", "stages-workbook", "report-lines", "report-files",
     "report-passed-on", "report-results", "report-comments"],
)  # fmt: skip
def test_other_town_finds_nothing(story, name):
    award = make_award(story)
    client = Client()
    client.force_login(story.other)

    assert client.get(page(name, award)).status_code == 404


def test_stages_are_compared_on_page_paper_and_sheet(town, story):
    award = make_reported(story, actual(700_000, 260_000))

    shown = town.get(page("stages", award)).content.decode()
    pdf = town.get(page("stages-pdf", award)).content
    book = town.get(page("stages-workbook", award)).content

    assert "-100,000" in shown  # 800,000 decided → 700,000 spent
    text = "".join(p.extract_text() for p in PdfReader(io.BytesIO(pdf)).pages)
    assert "▲100,000" in text
    cells = [c.value for row in openpyxl.load_workbook(io.BytesIO(book)).worksheets[0] for c in row]
    assert {-100_000, 10_000, 960_000} <= set(cells)


def test_api_tells_the_award_and_its_steps(client, story):
    award = make_fixed(story, actual(800_000, 100_500))
    key = {"Authorization": f"Bearer {api_key_for(story.clerk)}"}

    told = client.get(f"{API}{award.public_id}/", headers=key).json()
    stages = client.get(f"{API}{award.public_id}/stages/", headers=key).json()

    assert told["fixed_amount"] == 900_000
    assert told["fixing"]["steps"][-1]["yen"] == 900_000
    assert told["settlement"]["claimable"] == 900_000
    assert stages["stages"] == ["applied", "decided", "actual", "fixed"]
    assert stages["lines"][1]["stages"]["actual"] == {"amount": 100_500, "difference": -149_500}


def test_api_writes_the_report_and_sends_it(client, story, clock):
    award = make_award(story)
    clock.move_to(ENDED)
    key = {"Authorization": f"Bearer {api_key_for(story.clerk)}"}
    mine = client.post("/api/v1/core/files/", {"file": upload("領収書.pdf")}, headers=key).json()[
        "id"
    ]

    def put(path, data, method="put"):
        version = client.get(f"{API}{award.public_id}/", headers=key)["ETag"]
        return getattr(client, method)(
            f"{API}{award.public_id}/{path}",
            json.dumps(data),
            content_type="application/json",
            headers=key | {"If-Match": version},
        )

    line = {
        "kind": "expense",
        "category": "honoraria",
        "description": "講師謝金",
        "amount": 400_000,
    }
    told = put("actual-lines/", [line]).json()
    assert told["actual_expense"] == 400_000
    line_key = told["actual_lines"][0]["key"]
    links = [{"file": mine, "purpose": "receipt", "line": line_key}]
    assert put("files/", links).status_code == 200
    results = [{"key": row.key, "target": "10", "actual": "12"} for row in award.rules.indicators]
    assert put("results/", results).status_code == 200
    words = {"summary": "した", "outcome_text": "できた", "completed_on": "2023-02-28"}
    assert put("", words, "patch").status_code == 200
    sent = put("transitions/report/", {}, "post")

    assert sent.status_code == 200, sent.json()
    assert sent.json()["status"] == "reported"


def test_api_makes_no_award(client, story):
    key = {"Authorization": f"Bearer {api_key_for(story.clerk)}"}

    answer = client.post(API, "{}", content_type="application/json", headers=key)

    assert answer.status_code == 405


def test_list_asks_the_same_queries_for_one_and_three(town, story, django_assert_max_num_queries):
    make_award(story, requested_amount=600_000, recommend={"amount": 600_000})
    url, counts = reverse("grants:award-list"), []
    for _ in range(2):
        with django_assert_max_num_queries(40) as asked:
            town.get(url)
        counts.append(len(asked))
        make_award(story, requested_amount=600_000, recommend={"amount": 600_000})
        make_award(story, requested_amount=600_000, recommend={"amount": 600_000})

    assert counts[0] == counts[1]


def test_officer_checks_in_the_admin(staff, story):
    award = make_reported(story, actual(800_000, 100_000))
    client = staff(story.desk.officer)
    change = reverse("admin:grants_award_change", args=[award.pk])
    act = reverse("admin:grants_award_transition", args=[award.pk, "check_report"])

    assert "講師謝金" in client.get(change).content.decode()
    assert "講師謝金" in client.get(act).content.decode()
    done = client.post(
        act, {"checked_on": "R3.8.10", "record": "確かめた", "line_1": "799,000", "line_2": ""}
    )

    award.refresh_from_db()
    assert done.status_code == 302
    assert award.accepted == {"expense|honoraria|講師謝金": 799_000}
    assert award.fixing["amount"] == 899_000


def test_officer_leads_checked_awards_to_one_approval(staff, story):
    award = make_checked(story)
    client = staff(story.desk.officer)

    answer = client.post(
        reverse("admin:grants_award_changelist"),
        {"action": "draft_fixing", "_selected_action": [award.pk]},
    )

    assert "act=fix_amount&case_label=grants.award" in answer.url
    form = client.get(answer.url)
    assert form.status_code == 200


def test_report_being_written_is_not_shown_to_staff(staff, story):
    award = fill_in(story, make_award(story), actual(123_456))
    client = staff(story.desk.officer)

    change = client.get(reverse("admin:grants_award_change", args=[award.pk])).content.decode()
    assert "123,456" not in change

    run(story, award, "report")
    change = client.get(reverse("admin:grants_award_change", args=[award.pk])).content.decode()
    assert "123,456" in change
