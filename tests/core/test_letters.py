"""Letters: numbers without gap or double, issued once, sealed, voided, verified by anyone."""

import io
from datetime import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from pypdf import PdfReader

from accounts.actors import system_actor
from core import audit, letters, workflow
from core.fiscal import JST
from core.models import Letter, LetterCounter
from core.workflow import InvalidTransition
from grants.models import Application
from tests.factories.accounts import make_body, make_member, make_staff
from tests.factories.approvals import make_desk, make_recommended
from tests.factories.core import Api, again, at_once, read
from tests.factories.programs import NOW, make_call, make_edition

db = pytest.mark.django_db
LAST_SECOND = datetime(2022, 3, 31, 23, 59, 59, tzinfo=JST)
NEW_YEAR = datetime(2022, 4, 1, 0, 0, 0, tzinfo=JST)
REFUSE = "grants/letters/application_refuse.typ"


def content(**changes):
    """What a letter of refusal says."""
    return {
        "addressee": {"organization": "大泉町", "title": "町長", "name": "見本　太郎"},
        "sender": {
            "organization": "一般財団法人自治体国際化協会",
            "title": "理事長",
            "name": "例示",
        },
        "application": {"number": "国際第12号", "date": "令和３年８月９日"},
        "grant": "令和４年度多文化共生のまちづくり促進事業助成金",
        "title": "やさしい日本語の講座",
        "contact": {"section": "多文化共生課", "phone": "03-5213-1725", "mail": "a@clair.example"},
        "reason": "対象外の事業であるため",
        "receipt_number": "2021-0000001-2",
    } | changes


def prepare(case, sign="多", now=NOW, **fields):
    """Number a letter of refusal about the case."""
    values = {
        "template": REFUSE,
        "subject": "申請の不受理について（通知）",
        "addressee": "大泉町",
        "context": content(),
    } | fields
    return letters.prepare(case, sign=sign, now=now, **values)


def render():
    """Do what the worker does."""
    return letters.render_waiting(now=NOW, by=system_actor())


def text_of(letter):
    with letter.file.content.storage.open(letter.file.content.name) as stream:
        pages = PdfReader(io.BytesIO(stream.read())).pages
        return "".join("".join(page.extract_text().split()) for page in pages)


def issued(case, **fields):
    """A letter that went out."""
    letter = prepare(case, **fields)
    render()
    letter.refresh_from_db()
    return letter


@pytest.fixture
def town():
    return make_body(name="大泉町")


@pytest.fixture
def case(town):
    return make_recommended(organization=town)


class TestNumber:
    """クレア{sign}第{n}号: a ledger of its own for each fiscal year and section."""

    @db
    def test_is_the_next_of_its_ledger(self, case):
        numbers = [prepare(case).number for _ in range(3)]

        assert numbers == ["クレア多第1号", "クレア多第2号", "クレア多第3号"]

    @db
    def test_starts_at_1_in_the_new_fiscal_year_at_midnight_in_japan(self, case):
        before = [prepare(case, now=LAST_SECOND) for _ in range(2)]
        after = [prepare(case, now=NEW_YEAR) for _ in range(2)]

        assert [(x.fiscal_year, x.serial) for x in before] == [(2021, 1), (2021, 2)]
        assert [(x.fiscal_year, x.serial) for x in after] == [(2022, 1), (2022, 2)]

    @db
    def test_of_one_section_does_not_move_the_others(self, case):
        prepare(case, sign="多")

        assert prepare(case, sign="経").number == "クレア経第1号"

    @db
    def test_of_a_rolled_back_letter_is_given_again(self, case):
        prepare(case)
        with transaction.atomic():
            prepare(case)
            transaction.set_rollback(True)

        assert prepare(case).serial == 2

    def test_has_no_gap_or_double_in_20_parallel_announcements_of_which_some_roll_back(
        self, fresh_db
    ):
        desk = make_desk()
        desk.section.sign = "多"
        desk.section.save()
        call = make_call(make_edition(section=desk.section))
        cases = [make_recommended(call, status="decided", decided_at=NOW) for _ in range(20)]

        def announce(case, fails):
            with transaction.atomic():
                workflow.run(
                    Application.objects.get(pk=case.pk), "announce", by=again(desk.manager), now=NOW
                )
                transaction.set_rollback(fails)

        first = at_once(*(lambda c=c, n=n: announce(c, n % 4 == 0) for n, c in enumerate(cases)))
        assert first == [None] * 20
        assert sorted(Letter.objects.values_list("serial", flat=True)) == list(range(1, 16))
        assert LetterCounter.objects.get().last == 15
        announced = set(Letter.objects.values_list("case_id", flat=True))

        rest = [case for case in cases if case.pk not in announced]
        assert at_once(*(lambda c=c: announce(c, False) for c in rest)) == [None] * 5
        serials = list(Letter.objects.order_by("serial").values_list("serial", flat=True))
        assert serials == list(range(1, 21))
        assert Letter.objects.values("case_id").distinct().count() == 20


class TestRendering:
    """The PDF is made once, after the commit, from what was stored."""

    @db
    def test_issues_a_letter_whose_seal_is_omitted(self, case, town):
        letter = prepare(case)

        assert render() == 1

        letter.refresh_from_db()
        assert (letter.status, letter.issued_at) == ("issued", NOW)
        text = text_of(letter)
        for words in (
            letter.number,
            "令和３年８月10日",
            "大泉町",
            "対象外の事業であるため",
            letter.code,
        ):
            assert words in text
        assert "（公印省略）" in text

    @db
    def test_happens_once(self, case):
        letter = issued(case)

        assert render() == 0
        assert [e.action for e in audit.events_for(letter)] == ["core.letter.issue"]

    @db
    def test_of_a_letter_that_fails_holds_up_no_other(self, case, caplog):
        bad = prepare(case, context={})
        good = prepare(case)

        assert render() == 1

        bad.refresh_from_db()
        good.refresh_from_db()
        assert (bad.status, bad.file, good.status) == ("pending", None, "issued")
        assert f"letter {bad.pk} was not rendered" in caplog.text

    def test_is_shared_by_two_workers(self, fresh_db):
        case = make_recommended()
        with transaction.atomic():
            made = [prepare(case) for _ in range(4)]

        counts = at_once(render, render)

        assert sum(counts) == 4
        assert Letter.objects.filter(status="issued").count() == 4
        assert all(audit.events_for(letter).count() == 1 for letter in made)

    @db
    def test_keeps_the_words_of_the_day_though_the_case_changes(self, case):
        letter = prepare(case)
        type(case).objects.filter(pk=case.pk).update(title="別の題名")

        render()

        letter.refresh_from_db()
        assert "やさしい日本語の講座" in text_of(letter)


class TestSeal:
    """A letter with a seal waits until the document officer issues it."""

    @pytest.fixture
    def letter(self, case):
        return issued(case, seal=Letter.Seal.IMPRINT)

    @db
    def test_leaves_it_pending_though_it_is_rendered(self, letter):
        assert (letter.status, letter.waits_for_seal) == ("pending", True)
        assert "（公印省略）" not in text_of(letter)

    @db
    def test_hides_it_from_the_body_until_then(self, letter, town, client):
        clerk = make_member(town)
        client.force_login(clerk)
        page = reverse("letter-content", args=[letter.public_id])
        assert client.get(page).status_code == 404

        officer = make_staff("document_officer")
        letters.issue(letter, by=officer, now=NOW)

        assert read(client.get(page)).startswith(b"%PDF")
        letter.refresh_from_db()
        assert (letter.status, letter.sealed_by) == ("issued", officer)
        assert audit.events_for(letter).get().actor_id == officer.pk

    @db
    def test_is_given_once(self, letter):
        first, second = make_staff("document_officer"), make_staff("document_officer")

        letters.issue(letter, by=first, now=NOW)
        again_issued = letters.issue(letter, by=second, now=NEW_YEAR)

        assert (again_issued.sealed_by, again_issued.issued_at) == (first, NOW)
        assert audit.events_for(letter).count() == 1

    @db
    def test_is_not_given_to_what_is_not_rendered_yet(self, case):
        letter = prepare(case, seal=Letter.Seal.IMPRINT)

        assert letters.issue(letter, by=make_staff("document_officer"), now=NOW).status == "pending"


class TestVoid:
    """A void letter keeps its number and says so; a new one may take its place."""

    @db
    def test_keeps_number_and_reason(self, case):
        letter = issued(case)

        letters.void(letter, by=make_staff("document_officer"), now=NOW, reason="宛先の誤り")

        letter.refresh_from_db()
        assert (letter.status, letter.void_reason) == ("voided", "宛先の誤り")
        assert prepare(case).serial == letter.serial + 1
        assert audit.events_for(letter).first().note == "宛先の誤り"

    @db
    def test_twice_keeps_the_first_reason(self, case):
        letter, officer = issued(case), make_staff("document_officer")

        letters.void(letter, by=officer, now=NOW, reason="宛先の誤り")
        letters.void(letter, by=officer, now=NOW, reason="別の理由")

        letter.refresh_from_db()
        assert letter.void_reason == "宛先の誤り"

    @db
    def test_reissue_numbers_a_new_letter_that_names_the_old(self, case):
        old, officer = issued(case), make_staff("document_officer")

        new = letters.reissue(
            old,
            by=officer,
            now=NEW_YEAR,
            reason="宛先の誤り",
            context=content(reason="書き直した理由"),
        )
        render()

        old.refresh_from_db()
        new.refresh_from_db()
        assert (old.status, new.status, new.replaces) == ("voided", "issued", old)
        assert (new.fiscal_year, new.serial, old.serial) == (2022, 1, 1)
        assert new.code != old.code
        assert "書き直した理由" in text_of(new)
        assert "対象外の事業であるため" in text_of(old)

    @db
    def test_reissue_is_refused_twice_and_before_the_issue(self, case):
        old, officer = issued(case), make_staff("document_officer")
        letters.reissue(old, by=officer, now=NOW, reason="宛先の誤り")

        for letter in (old, prepare(case)):
            with pytest.raises(InvalidTransition):
                letters.reissue(letter, by=officer, now=NOW, reason="宛先の誤り")

        assert Letter.objects.filter(replaces=old).count() == 1


class TestAdmin:
    """The document officer's acts; for everybody else they are 403."""

    @pytest.fixture
    def sign_in(self, client, settings):
        settings.STAFF_MFA_OPTIONAL = True

        def sign_in(role):
            client.force_login(make_staff(role))
            return client

        return sign_in

    @db
    def test_document_officer_issues_and_voids(self, case, sign_in):
        letter, browser = issued(case, seal=Letter.Seal.IMPRINT), sign_in("document_officer")

        browser.post(reverse("admin:core_letter_issue", args=[letter.pk]))
        letter.refresh_from_db()
        assert letter.status == "issued"

        page = reverse("admin:core_letter_void", args=[letter.pk])
        assert browser.post(page, {"reason": ""}).status_code == 200
        letter.refresh_from_db()
        assert letter.status == "issued"
        browser.post(page, {"reason": "宛先の誤り"})
        letter.refresh_from_db()
        assert (letter.status, letter.void_reason) == ("voided", "宛先の誤り")

    @db
    def test_document_officer_issues_again_once(self, case, sign_in):
        old, browser = issued(case), sign_in("document_officer")
        page = reverse("admin:core_letter_reissue", args=[old.pk])

        asked = browser.get(page).content.decode()
        answer = browser.post(page, {"reason": "送付中の汚損"}, follow=True)
        new = Letter.objects.get(replaces=old)
        again = browser.post(page, {"reason": "二度押し"}, follow=True)

        old.refresh_from_db()
        assert old.number in asked
        assert (old.status, old.void_reason) == ("voided", "送付中の汚損")
        assert new.number in answer.content.decode()
        assert "再発行できるのは、施行済みの文書だけ" in again.content.decode()
        assert Letter.objects.filter(replaces=old).count() == 1

    @db
    @pytest.mark.parametrize("act", ["issue", "void", "reissue"])
    @pytest.mark.parametrize("role", ["officer", "manager", "director", "auditor"])
    def test_others_may_not(self, case, sign_in, role, act):
        letter = issued(case, seal=Letter.Seal.IMPRINT)

        page = reverse(f"admin:core_letter_{act}", args=[letter.pk])
        answer = sign_in(role).post(page, {"reason": "宛先の誤り"})

        letter.refresh_from_db()
        assert (answer.status_code, letter.status) == (403, "pending")

    @db
    def test_looking_does_not_issue(self, case, sign_in):
        letter = issued(case, seal=Letter.Seal.IMPRINT)

        sign_in("document_officer").get(reverse("admin:core_letter_issue", args=[letter.pk]))

        letter.refresh_from_db()
        assert letter.status == "pending"


class TestVerification:
    """Anyone who holds the code learns number, date and validity; no name."""

    def page(self, client, code, **query):
        return client.get(reverse("letter-verify", args=[code]), query)

    @db
    def test_tells_number_date_and_validity_to_anyone(self, case, client):
        letter = issued(case)

        answer = self.page(client, letter.code)

        text = answer.content.decode()
        assert answer.status_code == 200
        assert letter.number in text
        assert "令和３年８月10日" in text or "令和3年8月10日" in text
        assert "当協会が発行した" in text or "施行" in text or "発行" in text
        for secret in ("大泉町", "見本", "対象外", "やさしい日本語"):
            assert secret not in text

    @db
    def test_tells_that_a_letter_is_void(self, case, client):
        letter = issued(case)
        valid = self.page(client, letter.code).content.decode()
        letters.void(letter, by=make_staff("document_officer"), now=NOW, reason="内部の事情")

        text = self.page(client, letter.code).content.decode()

        assert "無効" in text
        assert "無効" not in valid
        assert "内部の事情" not in text

    @db
    def test_takes_the_code_in_small_letters(self, case, client):
        assert self.page(client, issued(case).code.lower()).status_code == 200

    @db
    def test_form_leads_to_the_letter_also_from_full_width(self, case, client):
        letter = issued(case)
        wide = letter.code.translate({n: n + 0xFEE0 for n in range(0x30, 0x5B)})

        answer = client.get(reverse("letter-verify-form"), {"code": f" {wide} "}, follow=True)

        assert letter.number in answer.content.decode()

    @db
    def test_knows_no_pending_letter_and_no_other_code(self, case, client):
        pending = issued(case, seal=Letter.Seal.IMPRINT)

        for code in (pending.code, "2222-2222-2222-2222", "x", "\0"):
            answer = self.page(client, code)
            assert answer.status_code == 404
            assert pending.number not in answer.content.decode()

    @db
    @pytest.mark.parametrize(("name", "right"), [("大泉町", True), ("東川町", False)])
    def test_confirms_a_name_only_to_who_types_it(self, case, client, name, right):
        answer = self.page(client, issued(case).code, name=name)

        assert answer.context["name_matches"] is right


class TestOtherTown:
    """The other town finds nothing at any address of the letter."""

    @db
    def test_gets_404_on_page_and_api(self, case, town, client):
        letter = issued(case)
        other, owner = make_member(make_body(name="東川町")), make_member(town)

        for user, status in ((other, 404), (owner, 200)):
            client.force_login(user)
            api = Api(user)
            page = client.get(reverse("letter-content", args=[letter.public_id]))
            read(page)
            found = [
                page.status_code,
                api("GET", f"core/letters/{letter.public_id}/").status_code,
                api("GET", f"core/letters/{letter.public_id}/content/").status_code,
                api("GET", f"files/{letter.file.public_id}/").status_code,
            ]
            assert found == [status, status, status, 404]
            listed = [row["id"] for row in api("GET", "core/letters/").json()["results"]]
            assert listed == ([str(letter.public_id)] if status == 200 else [])

    @db
    def test_its_file_is_not_reached_around_the_letter(self, case, town):
        letter = issued(case, seal=Letter.Seal.IMPRINT)

        assert (
            Api(make_member(town))("GET", f"core/files/{letter.file.public_id}/").status_code == 404
        )

    @db
    def test_download_is_recorded(self, case, town):
        letter, owner = issued(case), make_member(town)

        Api(owner)("GET", f"core/letters/{letter.public_id}/content/")

        assert audit.events_for(letter.file).first().actor_id == owner.pk


@db
def test_announcement_by_who_may_not_takes_no_number(town):
    case = make_recommended(organization=town, status="decided", decided_at=NOW)

    with pytest.raises(PermissionDenied):
        workflow.run(case, "announce", by=make_member(town), now=NOW)

    assert not LetterCounter.objects.exists()
