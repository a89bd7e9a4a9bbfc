"""The one way a case is made, edited and moved, seen on applications for a grant."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import translation

from accounts.actors import system_actor
from core import audit, workflow
from core.models import AuditEvent, OutboxMessage, Receipt
from core.workflow import InvalidTransition, StaleVersion
from grants.models import Application
from tests.factories.accounts import join, make_post, make_user
from tests.factories.approvals import make_recommended
from tests.factories.core import again, beside, someone_waits_for_us, wait_until
from tests.factories.grants import make_application, make_draft, paper, town_story
from tests.factories.programs import NOW

db = pytest.mark.django_db


class Covering:
    """An approval's part in the protocol: it covers what it was asked to cover."""

    def __init__(self, *acts):
        self.acts = acts

    def covers(self, case, name):
        return name in self.acts


def events(case):
    return [event.action.rpartition(".")[2] for event in audit.events_for(case)][::-1]


@db
def test_stranger_is_refused_whatever_the_status():
    story = town_story()
    case = make_application(story, "announced")

    for user in (story.other, story.viewer):
        with pytest.raises(PermissionDenied):
            workflow.run(case, "submit", by=user, now=NOW)


@db
def test_allowed_act_in_a_wrong_status_is_a_conflict_and_says_the_status():
    story = town_story()
    case = make_application(story, "received")

    with pytest.raises(InvalidTransition) as refusal:
        workflow.run(case, "submit", by=story.clerk, now=NOW)

    assert "受理済" in str(refusal.value)


@db
def test_conflict_told_to_the_owner_names_no_hidden_status():
    story = town_story()
    case = make_application(story, "recommended")

    with pytest.raises(InvalidTransition) as refusal:
        workflow.run(case, "submit", by=story.clerk, now=NOW)

    shown = workflow.status_label(case, story.clerk)
    assert shown in str(refusal.value)
    assert shown != case.status_text


@db
def test_refused_act_changes_nothing():
    story = town_story()
    case = make_draft(story, document_number="")
    before = (audit.snapshot(case), AuditEvent.objects.count(), OutboxMessage.objects.count())

    with pytest.raises(ValidationError):
        workflow.run(case, "submit", by=story.clerk, now=NOW)

    case.refresh_from_db()
    assert before == (
        audit.snapshot(case),
        AuditEvent.objects.count(),
        OutboxMessage.objects.count(),
    )
    assert not Receipt.objects.exists()


@db
def test_act_is_recorded_with_post_changes_and_reason():
    story = town_story()
    case = make_application(story, "submitted")

    story.run(case, "refuse", reason="対象外の事業であるため")

    event = audit.events_for(case).first()
    assert event.action == "grants.application.refuse"
    assert event.actor_id == story.desk.manager.pk
    assert event.actor_label == story.desk.manager.access.label
    assert event.changes["status"] == ["submitted", "not_accepted"]
    assert event.note == "対象外の事業であるため"


@db
def test_stale_version_stops_an_act():
    story = town_story()
    case = make_application(story, "submitted")

    with pytest.raises(StaleVersion):
        workflow.run(case, "withdraw", by=story.clerk, now=NOW, version=case.version - 1)

    assert Application.objects.get(pk=case.pk).status == "submitted"


@db
@pytest.mark.parametrize(
    ("routed", "late", "target"),
    [
        (False, False, "submitted"),
        (False, True, "late"),
        (True, False, "at_intermediary"),
        (True, True, "late"),
    ],
)
def test_target_that_depends_on_the_moment_is_one_of_those_declared(routed, late, target):
    story = town_story(routed=routed)
    case = make_draft(story)
    now = story.after() if late else NOW

    moved = workflow.run(case, "submit", by=story.clerk, now=now)

    row = workflow.workflow_for(case).named("submit")[0]
    assert moved.status == target
    assert target in row.possible_targets


class TestDecision:
    """A 決 act needs an approval, and another person than who prepared it."""

    @pytest.fixture
    def story(self, db):
        return town_story()

    @pytest.fixture
    def both(self, story):
        """Someone who may prepare and decide: an officer who is acting manager too."""
        section = story.desk.section
        user = join(make_user(), make_post(section, "officer"))
        return join(user, make_post(section, "manager"))

    def recommended_by(self, story, user):
        case = make_application(story, "under_review")
        return story.run(case, "recommend", by=user)

    def decide(self, case, user, authority=None):
        return workflow.run(case, "decide", by=again(user), now=NOW, authority=authority)

    @pytest.mark.parametrize("authority", [None, Covering(), Covering("announce")])
    def test_without_an_approval_that_covers_it(self, story, authority):
        case = self.recommended_by(story, story.desk.officer)

        with pytest.raises(InvalidTransition):
            self.decide(case, story.desk.director, authority)

    def test_with_an_approval(self, story):
        case = self.recommended_by(story, story.desk.officer)

        assert self.decide(case, story.desk.director, Covering("decide")).status == "decided"

    def test_approval_gives_nobody_a_right(self, story):
        case = self.recommended_by(story, story.desk.officer)

        with pytest.raises(PermissionDenied):
            self.decide(case, story.desk.officer, Covering("decide"))

    def test_who_prepared_may_not_decide(self, story, both):
        case = self.recommended_by(story, both)

        with pytest.raises(PermissionDenied) as refusal:
            self.decide(case, both, Covering("decide"))

        assert str(refusal.value)

    def test_only_the_latest_who_prepared_is_barred(self, story, both):
        case = self.recommended_by(story, both)
        case = story.run(case, "send_back")
        case = story.run(case, "recommend", by=story.desk.officer)

        assert self.decide(case, both, Covering("decide")).status == "decided"

    def test_system_is_not_taken_for_nobody(self, story):
        case = make_recommended(story.call, story.town)  # the audit knows no actor

        moved = workflow.run(
            case, "decide", by=system_actor(), now=NOW, authority=Covering("decide")
        )

        assert moved.status == "decided"

    def test_no_button_for_what_only_an_approval_can_do(self, story):
        case = self.recommended_by(story, story.desk.officer)

        names = {row.name for row in workflow.available(case, story.desk.manager)}

        assert names == {"send_back", "withdraw"}


class TestPaper:
    """Staff file for a body whose paper arrived; nobody else may say that one did."""

    @pytest.fixture
    def story(self, db):
        return town_story()

    def test_officer_files_and_the_audit_names_both(self, story):
        case = make_draft(story)

        workflow.run(
            case, "submit", by=story.desk.officer, now=NOW, behalf=paper(story, NOW.date())
        )

        event = audit.events_for(case).first()
        assert event.actor_id == story.desk.officer.pk
        assert event.on_behalf_of == story.town.name
        assert event.note == "紙で届いたため"

    def test_officer_needs_a_paper(self, story):
        with pytest.raises(PermissionDenied):
            workflow.run(make_draft(story), "submit", by=story.desk.officer, now=NOW)

    def test_town_cannot_date_its_late_submission_back(self, story):
        case, in_time = make_draft(story), story.call.closes_at.date() - timedelta(days=1)

        with pytest.raises(PermissionDenied):
            workflow.run(
                case, "submit", by=story.clerk, now=story.after(), behalf=paper(story, in_time)
            )

        case.refresh_from_db()
        assert case.status == "draft"

    def test_town_cannot_edit_or_begin_by_a_paper(self, story):
        case, behalf = make_draft(story), paper(story, NOW.date())
        values = {
            "call": story.call,
            "edition": story.call.edition,
            "organization": story.town,
            "section": case.section,
            "title": "別の講座",
        }

        with pytest.raises(PermissionDenied):
            workflow.edit(case, by=story.clerk, now=NOW, version=None, changes={}, behalf=behalf)
        with pytest.raises(PermissionDenied):
            workflow.create(Application, by=story.clerk, now=NOW, changes=values, behalf=behalf)

    def test_staff_act_is_nobodys_paper(self, story):
        case = make_application(story, "submitted")

        with pytest.raises(PermissionDenied):
            story.run(case, "receive", behalf=paper(story, NOW.date()))


class TestEdit:
    """Every edit of fields compares the version that was read, under lock."""

    @pytest.fixture
    def story(self, db):
        return town_story()

    def edit(self, case, user, **changes):
        return workflow.edit(case, by=user, now=NOW, version=case.version, changes=changes)

    def test_writes_bumps_and_records(self, story):
        case = make_draft(story)

        saved = self.edit(case, story.drafter, title="防災の講座")

        event = audit.events_for(case).first()
        assert (saved.title, saved.version) == ("防災の講座", case.version + 1)
        assert event.changes == {"title": [case.title, "防災の講座"]}

    def test_of_nothing_leaves_version_and_audit_alone(self, story):
        case = make_draft(story)
        before = events(case)

        saved = self.edit(case, story.clerk, title=case.title)

        assert saved.version == case.version
        assert events(case) == before

    def test_of_an_old_version_overwrites_nothing(self, story):
        case = make_draft(story)
        self.edit(case, story.clerk, title="先に保存した名称")

        with pytest.raises(StaleVersion):
            self.edit(case, story.drafter, title="後から保存した名称")

        assert Application.objects.get(pk=case.pk).title == "先に保存した名称"

    @pytest.mark.parametrize("who", ["other", "viewer", "branch"])
    def test_by_who_may_not(self, story, who):
        with pytest.raises(PermissionDenied):
            self.edit(make_draft(story), getattr(story, who), title="防災の講座")

    def test_after_the_submission_is_a_conflict(self, story):
        case = make_application(story, "submitted")

        with pytest.raises(InvalidTransition):
            self.edit(case, story.clerk, title="防災の講座")

    @pytest.mark.parametrize("name", ["status", "version", "outcome", "receipt_number"])
    def test_never_writes_what_only_acts_write(self, story, name):
        with pytest.raises(ValueError, match=name):
            self.edit(make_draft(story), story.clerk, **{name: 1})

    def test_names_personal_data_without_copying_it(self, story):
        case = make_draft(story)

        self.edit(case, story.clerk, contact_name="髙﨑　德子")

        assert audit.events_for(case).first().changes == {"contact_name": ["***", "***"]}


@db
def test_case_is_begun_only_in_a_section_of_the_users_own():
    story = town_story()
    mine = story.clerk.access.posts[0].section
    values = {
        "call": story.call,
        "edition": story.call.edition,
        "organization": story.town,
        "section": mine,
        "title": "防災の講座",
    }

    case = workflow.create(Application, by=story.clerk, now=NOW, changes=values)
    with pytest.raises(PermissionDenied):
        workflow.create(Application, by=story.other, now=NOW, changes=values)

    assert (case.status, events(case)) == ("draft", ["add"])
    assert Application.objects.count() == 1


@db
def test_notices_are_in_the_readers_language_whatever_the_actor_reads():
    story = town_story()
    case = make_application(story, "submitted")

    with translation.override("en"):
        story.run(case, "receive")

    body = OutboxMessage.objects.order_by("-pk").first().body
    assert "受理済" in body
    assert "received" not in body


@db
def test_slow_preparation_is_not_done_for_who_may_not_act():
    story = town_story()
    case = make_draft(story)
    link = case.files.get()
    link.file.content.storage.delete(link.file.content.name)

    with pytest.raises(PermissionDenied):
        workflow.run(case, "submit", by=story.other, now=NOW)


def test_edit_begun_before_a_submit_and_saved_after_it_overwrites_nothing(fresh_db):
    story = town_story()
    case = make_draft(story)
    read, typed = case.version, "提出の後に保存した名称"

    with transaction.atomic():
        workflow.run(case, "submit", by=story.clerk, now=NOW)
        saved = beside(
            lambda: workflow.edit(
                Application.objects.get(pk=case.pk),
                by=again(story.drafter),
                now=NOW,
                version=read,
                changes={"title": typed},
            )
        )
        wait_until(someone_waits_for_us, "the edit waits for the submission")

    assert isinstance(saved(), StaleVersion)
    after = Application.objects.get(pk=case.pk)
    assert (after.status, after.title) == ("submitted", case.title)
    assert Receipt.objects.get().snapshot["title"] == case.title
    assert events(case)[-1] == "submit"


def test_submit_begun_during_an_edit_takes_what_the_edit_wrote(fresh_db):
    story = town_story()
    case = make_draft(story)

    with transaction.atomic():
        workflow.edit(
            case, by=story.drafter, now=NOW, version=case.version, changes={"title": "直した名称"}
        )
        submitted = beside(
            lambda: workflow.run(
                Application.objects.get(pk=case.pk), "submit", by=again(story.clerk), now=NOW
            )
        )
        wait_until(someone_waits_for_us, "the submission waits for the edit")

    assert (submitted().status, submitted().title) == ("submitted", "直した名称")
    assert Receipt.objects.get().snapshot["title"] == "直した名称"


def test_submit_of_a_version_that_was_edited_meanwhile_is_refused(fresh_db):
    story = town_story()
    case = make_draft(story)

    with transaction.atomic():
        workflow.edit(
            case, by=story.drafter, now=NOW, version=case.version, changes={"title": "直した名称"}
        )
        submitted = beside(
            lambda: workflow.run(
                Application.objects.get(pk=case.pk),
                "submit",
                by=again(story.clerk),
                now=NOW,
                version=case.version,
            )
        )
        wait_until(someone_waits_for_us, "the submission waits for the edit")

    assert isinstance(submitted(), StaleVersion)
    assert not Receipt.objects.exists()
