"""Reviews: declared, scored by the edition's criteria, submitted; each reviewer sees their own."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from core import workflow
from core.models import AuditEvent, OutboxMessage
from core.workflow import InvalidTransition
from grants.actions.review import assign, reviewers
from grants.models import Review
from grants.reviewing import one_decimal
from programs.actions import copy_edition
from tests.factories.accounts import bearer, join, make_post
from tests.factories.grants import (
    NOW,
    make_application,
    make_criteria,
    make_review,
    make_reviewer,
    town_story,
)

pytestmark = pytest.mark.django_db
FULL = {"score_need": "４", "score_effect": "5", "comment_need": "課題が明らか", "overall": "良い"}


@pytest.fixture
def story():
    story = town_story()
    make_criteria(story)
    return story


@pytest.fixture
def reviewer():
    return make_reviewer()


@pytest.fixture
def case(story):
    return make_application(story, "under_review")


def run(sheet, name, by, **data):
    return workflow.run(sheet, name, by=by, now=NOW, data=data)


def declared(story, case, reviewer):
    return run(make_review(story, case, reviewer), "declare", reviewer, has_conflict="no")


def page(sheet, screen="detail", *args):
    return reverse(f"grants:review-{screen}", args=[sheet.public_id, *args])


def test_sheet_goes_from_assigned_to_submitted(story, case, reviewer):
    sheet = declared(story, case, reviewer)
    assert sheet.status == "declared"

    sheet = run(sheet, "score", reviewer, **FULL)
    assert (sheet.status, sheet.total) == ("scored", None)
    sheet = run(sheet, "submit", reviewer)

    assert (sheet.status, sheet.total) == ("submitted", 4 * 3 + 5 * 2)
    assert sheet.comments == {"need": "課題が明らか"}
    assert sheet.submitted_at == NOW


def test_conflict_of_interest_closes_the_sheet_and_says_why(story, case, reviewer):
    sheet = make_review(story, case, reviewer)
    with pytest.raises(ValidationError) as refusal:
        run(sheet, "declare", reviewer, has_conflict="yes")
    assert set(refusal.value.message_dict) == {"conflict_reason"}

    sheet = run(sheet, "declare", reviewer, has_conflict="yes", conflict_reason="元職員")

    assert (sheet.status, sheet.conflict_reason) == ("conflicted", "元職員")
    for name in ("declare", "score", "submit"):
        with pytest.raises(InvalidTransition):
            run(sheet, name, reviewer, **FULL)


def test_conflict_noticed_later_is_declared_from_the_scored_sheet(story, case, reviewer):
    sheet = run(declared(story, case, reviewer), "score", reviewer, **FULL)

    sheet = run(sheet, "declare", reviewer, has_conflict="yes", conflict_reason="親族の団体")

    assert sheet.status == "conflicted"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"score_need": ""}, "score_need"),
        ({"score_need": "6"}, "score_need"),
        ({"score_need": "-1"}, "score_need"),
        ({"score_need": "3.5"}, "score_need"),
        ({"score_need": "よい"}, "score_need"),
        ({"score_gold": "1"}, "scores"),
    ],
)
def test_points_outside_the_criteria_are_refused_beside_their_box(
    story, case, reviewer, data, field
):
    sheet = declared(story, case, reviewer)

    with pytest.raises(ValidationError) as refusal:
        run(sheet, "score", reviewer, **FULL | data)

    assert set(refusal.value.message_dict) == {field}


def test_reopened_sheet_loses_its_total_and_is_scored_again(story, case, reviewer):
    sheet = make_review(story, case, reviewer, (4, 5))
    with pytest.raises(PermissionDenied):
        run(sheet, "reopen", reviewer, reason="見直し")

    sheet = run(sheet, "reopen", story.desk.officer, reason="積算が変わったため")

    assert (sheet.status, sheet.total, sheet.submitted_at) == ("scored", None, None)
    sheet = run(sheet, "score", reviewer, **FULL | {"score_need": "1"})
    assert run(sheet, "submit", reviewer).total == 13


def test_nobody_scores_for_another_nor_when_the_application_has_moved_on(story, case, reviewer):
    sheet = declared(story, case, reviewer)
    for other in (story.desk.officer, make_reviewer(), story.clerk):
        with pytest.raises(PermissionDenied):
            run(sheet, "score", other, **FULL)

    story.run(case, "withdraw")

    with pytest.raises(InvalidTransition):
        run(sheet, "score", reviewer, **FULL)


def test_criteria_stay_as_they_are_once_somebody_has_scored(story, case, reviewer):
    criterion = story.call.edition.criteria.get(key="need")
    criterion.weight = 4
    criterion.save()
    run(declared(story, case, reviewer), "score", reviewer, **FULL)

    for change in (criterion.save, criterion.delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_assigning_makes_each_pair_once_and_sends_one_mail_a_reviewer(story, case, reviewer):
    other, cases = make_reviewer(), [case, make_application(story, "received")]
    due = date(2021, 9, 10)

    first = assign(cases, [reviewer], by=story.desk.officer, now=NOW, due_on=due)
    again = assign(cases, [reviewer, other], by=story.desk.officer, now=NOW, due_on=due)

    assert (len(first), len(again)) == (2, 2)
    mails = OutboxMessage.objects.filter(template="grants/mail/review_assign")
    assert sorted(mails.values_list("recipient", flat=True)) == sorted(
        [reviewer.email, other.email]
    )
    body = mails.get(recipient=other.email).body
    assert "令和3年9月10日" in body
    assert "2件" in body
    assert story.town.name not in body


def test_only_what_is_received_or_under_review_gets_reviewers(story, reviewer):
    with pytest.raises(ValidationError):
        assign([make_application(story, "submitted")], [reviewer], by=story.desk.officer, now=NOW)
    with pytest.raises(PermissionDenied):
        assign([make_application(story, "received")], [reviewer], by=story.clerk, now=NOW)


def test_start_of_the_review_needs_no_reviewers(story):
    assert make_application(story, "under_review").reviews.count() == 0


def test_reviewers_are_those_who_hold_the_post_today(story, reviewer):
    held = reviewer.memberships.get()
    held.ends_on = date(2021, 8, 9)
    held.save()
    other = make_reviewer()
    join(other, make_post(other.memberships.get().post.section, "viewer"), ends_on=date(2021, 1, 1))

    assert set(reviewers(NOW.date())) == {other}


def test_reviewer_sees_the_own_sheet_and_nobody_elses(client, story, case, reviewer):
    sheet = make_review(story, case, reviewer)
    for outsider in (make_reviewer(), story.clerk, story.other):
        client.force_login(outsider)
        for address in (page(sheet), page(sheet, "update"), page(sheet, "transition", "declare")):
            assert client.get(address).status_code == 404
        api = f"/api/v1/grants/reviews/{sheet.public_id}/"
        assert client.get(api, **bearer(outsider)).status_code in (403, 404)
        assert (
            str(sheet.public_id) not in client.get(reverse("grants:review-list")).content.decode()
        )
    client.force_login(reviewer)
    menu = [link["url"] for link in client.get(page(sheet)).context["portal"]["navigation"]]
    assert reverse("grants:review-list") in menu
    assert client.get(page(sheet)).status_code == 200
    assert client.get(case.get_absolute_url()).status_code == 404


def test_former_reviewer_sees_nothing_any_more(client, story, case, reviewer):
    sheet = make_review(story, case, reviewer)
    reviewer.memberships.update(ends_on=date(2021, 8, 9))
    client.force_login(reviewer)

    assert client.get(page(sheet)).status_code == 404


def test_application_opens_after_the_declaration(client, story, case, reviewer):
    sheet = make_review(story, case, reviewer)
    plan = case.files.get().file
    client.force_login(reviewer)
    assert case.answers["purpose"] not in client.get(page(sheet)).content.decode()
    assert client.get(page(sheet, "paper", plan.public_id)).status_code == 403

    lead = client.post(page(sheet, "transition", "declare"), {"has_conflict": "no"})

    assert lead["Location"] == page(sheet, "update")
    shown = client.get(lead["Location"]).content.decode()
    assert case.answers["purpose"] in shown
    assert story.town.name in shown
    assert case.contact_name not in shown
    paper = client.get(page(sheet, "paper", plan.public_id))
    assert paper.status_code == 200
    paper.getvalue()
    assert AuditEvent.objects.filter(action__endswith="download").exists()


def test_facts_of_the_application_have_no_change_link(client, story, case, reviewer):
    client.force_login(reviewer)

    shown = client.get(page(declared(story, case, reviewer))).content.decode()

    facts = shown[shown.index('id="content-of-case"') :]
    assert "summary-list__change" not in facts[: facts.index("</dl>")]


def test_sheet_is_kept_for_later_then_checked_and_submitted(client, story, case, reviewer):
    sheet = declared(story, case, reviewer)
    client.force_login(reviewer)
    part = {"score_need": "３", "overall": "途中", "version": sheet.version, "act": "keep"}

    assert client.post(page(sheet, "update"), part).status_code == 302
    sheet.refresh_from_db()
    assert (sheet.status, sheet.scores, sheet.overall) == ("declared", {"need": 3}, "途中")

    refused = client.post(page(sheet, "update"), part | {"version": sheet.version, "act": "score"})
    assert refused.status_code == 400
    assert "この項目の点数" in refused.content.decode() or "Give points" in refused.content.decode()
    assert "途中" in refused.content.decode()

    full = FULL | {"version": sheet.version, "act": "score"}
    lead = client.post(page(sheet, "update"), full)
    assert lead["Location"] == page(sheet, "transition", "submit")
    assert "22.0" in client.get(lead["Location"]).content.decode()
    assert client.post(lead["Location"]).status_code == 302
    sheet.refresh_from_db()
    assert sheet.status == "submitted"


def test_two_tabs_do_not_overwrite_each_other(client, story, case, reviewer):
    sheet = declared(story, case, reviewer)
    client.force_login(reviewer)
    first = FULL | {"version": sheet.version, "act": "keep"}
    assert client.post(page(sheet, "update"), first).status_code == 302

    for act in ("keep", "score"):
        late = client.post(page(sheet, "update"), first | {"overall": "二つ目", "act": act})
        assert late.status_code == 409
        assert "二つ目" in late.content.decode()
    sheet.refresh_from_db()
    assert sheet.overall == "良い"


def test_others_figures_are_told_after_the_own_sheet_is_submitted(client, story, case, reviewer):
    other = make_reviewer()
    make_review(story, case, other, (1, 1))
    sheet = run(declared(story, case, reviewer), "score", reviewer, **FULL)
    client.force_login(reviewer)
    assert client.get(page(sheet)).context["others"] is None

    run(sheet, "submit", reviewer)

    told = client.get(page(sheet)).context["others"]
    assert told == {"count": 2, "mean": "13.5", "median": "13.5"}


def test_blind_review_hides_the_body_on_every_face(client, reviewer):
    story = town_story(blind_review=True)
    make_criteria(story)
    name = story.town.name
    case = make_application(
        story,
        "under_review",
        title=f"{name}の防災講座",
        answers={"purpose": f"{name}の住民のため", "visitors": 3},
    )
    link = case.files.get()
    link.file.name = f"{name}事業計画.pdf"
    link.file.save()
    sheet = declared(story, case, reviewer)
    client.force_login(reviewer)

    pages = [reverse("grants:review-list"), page(sheet), page(sheet, "update")]
    pages += [page(sheet, "transition", "declare")]
    faces = [client.get(address).content.decode() for address in pages]
    sheets = "/api/v1/grants/reviews/"
    faces += [
        client.get(address, **bearer(reviewer)).content.decode()
        for address in (sheets, f"{sheets}{sheet.public_id}/")
    ]
    paper = client.get(page(sheet, "paper", link.file.public_id))
    paper.getvalue()
    faces.append(paper["Content-Disposition"])

    secrets = [name, case.representative_name, case.contact_name, case.contact_phone]
    secrets += [case.section.name, case.document_number, link.file.name]
    assert [(n, s) for n, face in enumerate(faces) for s in secrets if s in face] == []
    assert "防災講座" in faces[0]
    officer = client.get(f"{sheets}{sheet.public_id}/", **bearer(story.desk.officer)).json()
    assert officer["organization_name"] == name


def test_api_assigns_scores_and_submits(client, story, case, reviewer):
    sheets = "/api/v1/grants/reviews/"

    def send(user, path, body, method="post", **headers):
        options = bearer(user)
        options["headers"] |= headers
        return getattr(client, method)(path, body, content_type="application/json", **options)

    body = {"application": str(case.public_id), "reviewer": str(reviewer.public_id)}
    made = send(story.desk.officer, sheets, body)
    assert made.status_code == 201, made.json()
    assert send(story.desk.officer, sheets, body).status_code == 400
    assert send(reviewer, sheets, body).status_code == 403
    own = f"{sheets}{made.json()['id']}/"
    acts = f"{own}transitions/"
    assert send(reviewer, f"{acts}declare/", {"has_conflict": False}).status_code == 200
    tag = client.get(own, **bearer(reviewer))["ETag"]
    wrong = send(reviewer, own, {"scores": {"need": 9}}, "patch", **{"If-Match": tag})
    assert wrong.status_code == 400
    kept = send(reviewer, own, {"scores": {"need": 2}}, "patch", **{"If-Match": tag})
    assert kept.json()["scores"] == {"need": 2}
    assert send(reviewer, f"{acts}score/", {"scores": {"need": 2}}).status_code == 400
    full = {"scores": {"need": 2, "effect": 3}, "comments": {"need": "可"}, "overall": ""}
    assert send(reviewer, f"{acts}score/", full).status_code == 200
    done = send(reviewer, f"{acts}submit/", {}).json()
    assert (done["status"], done["total"]) == ("submitted", 12)
    assert [row["key"] for row in done["criteria"]] == ["need", "effect"]


def test_officer_assigns_many_applications_at_once(staff, story, case, reviewer):
    second = make_application(story, "received")
    client = staff(story.desk.officer)
    items = f"{case.public_id},{second.public_id}"
    address = reverse("admin:grants_application_reviewers")

    asked = client.get(f"{address}?items={items}")
    assert reviewer.name in asked.content.decode()
    nobody = client.post(address, {"items": items, "due_on": "2021-08-09"})
    assert nobody.status_code == 400
    assert {"reviewers", "due_on"} == set(nobody.context["form"].errors)
    chosen = {"items": items, "reviewers": [reviewer.public_id], "due_on": "令和3年9月1日"}
    assert client.post(address, chosen).status_code == 302

    assert Review.objects.filter(reviewer=reviewer, due_on=date(2021, 9, 1)).count() == 2
    desk = client.get(reverse("admin:grants_application_change", args=[case.pk])).content.decode()
    assert reviewer.name in desk


def test_admin_shows_the_sheet_and_reopens_it(staff, story, case, reviewer):
    sheet = make_review(story, case, reviewer, (4, 5))
    client = staff(story.desk.officer)
    change = reverse("admin:grants_review_change", args=[sheet.pk])

    shown = client.get(change).content.decode()
    assert "22.0 / 25" in shown
    act = reverse("admin:grants_review_transition", args=[sheet.pk, "reopen"])
    assert client.post(act, {"reason": "再確認のため"}).status_code == 302
    sheet.refresh_from_db()
    assert sheet.status == "scored"
    client.force_login(reviewer)
    assert "再確認のため" in client.get(page(sheet)).content.decode()


def test_criteria_are_copied_to_the_next_edition(story):
    new = copy_edition(story.call.edition, fiscal_year=2023, by=story.desk.manager, now=NOW)

    assert list(new.criteria.order_by("order").values_list("key", flat=True)) == ["need", "effect"]
    assert new.criteria_fixed_at is None


@pytest.mark.parametrize(("value", "text"), [(22, "22.0"), (0, "0.0"), (None, "")])
def test_figures_have_one_decimal(value, text):
    assert one_decimal(value) == text


def test_infected_paper_is_not_given_out(client, story, case, reviewer):
    sheet = declared(story, case, reviewer)
    stored = case.files.get().file
    stored.scan_state = "infected"
    stored.save()
    client.force_login(reviewer)

    assert client.get(page(sheet, "paper", stored.public_id)).status_code == 404
