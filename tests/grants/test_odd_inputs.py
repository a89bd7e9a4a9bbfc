"""What clerks really type, on every road: taken and shown back in one form, or refused with advice.

One list (design.md §8) for the screens, the API and saving while one types. A plain text is the
one form in which an accepted input is shown; `no(…)` a part of the advice that refuses it.
"""

import html
import json
from datetime import date
from typing import NamedTuple

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from core.fields import CorporateNumberField, KatakanaField, MunicipalityCodeField, PostalCodeField
from grants import sections
from grants.models import Application
from grants.typed import as_typed
from tests.factories.accounts import make_body
from tests.factories.grants import make_draft, town_story
from tests.factories.rest import Caller, messages, one


class no(str):  # noqa: N801 - reads as a word in the table
    """Refused; the advice holds this text."""

    __slots__ = ()


class Odd(NamedTuple):
    """One input: the field, what is typed, what is shown."""

    field: str
    typed: str
    shown: str


AMOUNTS = [
    ("３，０００，０００", "3,000,000"),
    ("３，０００千円", "3,000,000"),
    ("￥3,000,000-", "3,000,000"),
    ("¥3000000.-", "3,000,000"),
    ("金3,000,000円也", "3,000,000"),
    ("金　参百万円", "3,000,000"),
    ("300万", "3,000,000"),
    ("３００万円", "3,000,000"),
    ("三百万円", "3,000,000"),
    ("1億2,345万", "123,450,000"),
    ("3 000 000", "3,000,000"),
    (" 3,000,000\t", "3,000,000"),
    ("3、000、000", "3,000,000"),
    ("3,000,000円\r\n", "3,000,000"),
    ("1234567890", "1,234,567,890"),
    ("0", "0"),
    ("\u200b3,000,000", "3,000,000"),
    ("３百万円", "3,000,000"),
    ("-1,000", no("マイナス")),
    ("△1,000", no("マイナス")),
    ("▲１，０００", no("マイナス")),
    ("（1,000）", no("マイナス")),
    ("1,000.5", no("小数点")),
    ("300.5万円", no("小数点")),
    ("3,00,000", no("数字")),
    ("3.000.000", no("小数点")),
    ("約300万円", no("数字")),
    ("未定", no("数字")),
    ("1,000ドル", no("数字")),
    ("①００万円", no("数字")),
    ("9" * 20, no("桁")),
]
DATES = [
    ("2022/6/1", "2022年6月1日"),
    ("２０２２．６．１", "2022年6月1日"),
    ("20220601", "2022年6月1日"),
    ("2022年06月01日（水）", "2022年6月1日"),
    ("R4.6.1", "2022年6月1日"),
    ("Ｒ４／６／１", "2022年6月1日"),
    ("令和四年六月一日", "2022年6月1日"),
    ("令和 4年 6月 1日", "2022年6月1日"),
    ("㋿4年6月1日", "2022年6月1日"),
    ("2022-06-01", "2022年6月1日"),
    ("2022ー6ー1", "2022年6月1日"),
    ("令和元年4月30日", no("平成31年4月30日")),
    ("平成34年6月1日", no("令和4年6月1日")),
    ("2021/9/31", no("30")),
    ("令和4年13月1日", no("12")),
    ("2022年6月1日（月）", no("水曜日")),
    ("９月３０日", no("令和3年8月2日")),
    ("22/6/1", no("4桁")),
    ("来年の春ごろ", no("2021年8月2日")),
    ("令和0年6月1日", no("元年")),
]
PHONES = [
    ("０３ー１２３４ー５６７８", "03-1234-5678"),
    ("03ー1234ー5678", "03-1234-5678"),
    ("03−1234−5678", "03-1234-5678"),
    ("(03)1234-5678", "03-1234-5678"),
    ("０２７６（６２）２１２１", "0276-62-2121"),
    ("0276-62-2121（内線123）", "0276-62-2121 内線123"),
    ("0276-62-2121 内線１２３", "0276-62-2121 内線123"),
    ("TEL 03-1234-5678", "03-1234-5678"),
    ("+81-3-1234-5678", "03-1234-5678"),
    ("0312345678", "03-1234-5678"),
    ("1234-5678", no("市外局番")),
    ("なし", no("市外局番")),
    ("03-1234-5678 / 03-1234-5679", no("市外局番")),
]
MAILS = [
    ("kokusai＠town.example.jp", "kokusai@town.example.jp"),
    ("ＫＯＫＵＳＡＩ＠ｔｏｗｎ．ｅｘａｍｐｌｅ．ｊｐ", "kokusai@town.example.jp"),
    (" kokusai@town.example.jp \n", "kokusai@town.example.jp"),
    ("<kokusai@town.example.jp>", "kokusai@town.example.jp"),
    ("mailto:kokusai@town.example.jp", "kokusai@town.example.jp"),
    ("kokusai＠", no("メールアドレス")),
    ("国際課", no("メールアドレス")),
]
TITLES = [
    ("ﾔｻｼｲﾆﾎﾝｺﾞ講座", "ヤサシイニホンゴ講座"),
    ("やさしい日本語　講座", "やさしい日本語 講座"),
    ("  日本語講座  ", "日本語講座"),
    ("日本語\t講座\r\n", "日本語 講座"),
    ("か\u3099いこく人の講座", "がいこく人の講座"),
    ("ﾊﾟｰﾄﾅｰ講座", "パートナー講座"),
    ("日本語\u200b講座", "日本語講座"),
    ("髙﨑𠮷町の講座", "髙﨑𠮷町の講座"),
    ("辻󠄀町の講座", "辻󠄀町の講座"),
    ("①㈱みどり㎡の講座", "①㈱みどり㎡の講座"),
    ("第Ⅲ期の講座", "第Ⅲ期の講座"),
    ("日本語講座🎌", "日本語講座🎌"),
    ("ＡＢＣ１２３講座", "ABC123講座"),
    ("⽇本語講座", "日本語講座"),
    ("<b>講座</b>", "<b>講座</b>"),
    ("=SUM(A1)講座", "=SUM(A1)講座"),
    ("講座" * 100, "講座" * 100),
    ("講座" * 150, no("200")),
    ("個人番号 1234 5678 9018", no("マイナンバー")),
    ("番号１２３４５６７８９０１８", no("マイナンバー")),
]
NUMBERS = [
    ("１２０", "120"),
    ("120人", "120"),
    ("約120", no("整数")),
    ("百二十", "120"),
    ("1,200", "1200"),
    ("多数", no("整数")),
]
TEXTS = [
    ("一行目\r\n二行目", "一行目\n二行目"),
    ("　字下げの文\r\n　次の段落", "　字下げの文\n　次の段落"),
    ("個人番号は１２３４ー５６７８ー９０１８です", no("マイナンバー")),
    ("長" * 801, no("800")),
]
INPUTS = [
    Odd(field, typed, shown)
    for field, rows in (
        ("requested_amount", AMOUNTS),
        ("starts_on", DATES),
        ("contact_phone", PHONES),
        ("contact_email", MAILS),
        ("title", TITLES),
        ("answer_visitors", NUMBERS),
        ("answer_purpose", TEXTS),
    )
    for typed, shown in rows
]
PAGES = {
    "requested_amount": "budget",
    "contact_phone": "document",
    "contact_email": "document",
    "answer_visitors": "questions-1",
    "answer_purpose": "questions-1",
}
pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return town_story()


def fresh(case):
    return Application.objects.get(pk=case.pk)


def section_of(case, field):
    slug = PAGES.get(field, "basics")
    return next(s for s in sections.sections_of(case) if s.slug == slug)


def opened(client, case, field):
    """The section's page as the browser would send it back unchanged."""
    answer = client.get(section_of(case, field).url(case))
    form = answer.context["form"]
    data = {name: form[name].value() for name in form.fields}
    if "formset" in answer.context:
        data |= sections.rows_data(sections.stored_lines(case), "lines", sections.LINE)
    carried = {"version": answer.context["version"], "base": answer.context["base"]}
    return {name: "" if value is None else value for name, value in (data | carried).items()}


def stored(case, field):
    case = fresh(case)
    if field.startswith("answer_"):
        return case.answers.get(field.removeprefix("answer_"))
    return getattr(case, field)


def shown_again(client, case, field):
    return str(client.get(section_of(case, field).url(case)).context["form"][field].value())


def shown_in(case, field, user):
    section = section_of(case, field)
    return str(sections.SectionForm(None, user=user, instance=case, section=section).stored[field])


def as_seen(text):
    return text.replace("\r\n", "\n")


def by_screen(client, case, odd):
    """Save the section: what is shown then, or the advice beside the field."""
    page = section_of(case, odd.field).url(case)
    answer = client.post(page, opened(client, case, odd.field) | {odd.field: odd.typed})
    if answer.status_code == 302:
        return shown_again(client, case, odd.field)
    assert answer.status_code == 400
    bound = answer.context["form"][odd.field]
    assert as_seen(str(bound.value())) == as_seen(odd.typed)  # nothing typed is lost
    assert html.escape(str(bound.errors[0])) in answer.content.decode()
    return no(bound.errors[0])


def by_api(client, case, odd, user):
    """PATCH the field."""
    key = odd.field.removeprefix("answer_")
    body = {"answers": {key: odd.typed}} if key != odd.field else {key: odd.typed}
    answer = Caller(client, user).send("patch", one(case), body, if_match="*")
    if answer.status_code == 200:
        return shown_in(fresh(case), odd.field, user)
    assert answer.status_code == 400, answer.json()
    told = messages(answer)
    assert list(told) == [f"answers.{key}" if key != odd.field else key]
    return no(*told.values())


def by_autosave(client, case, odd, user):
    """Keep it while one types; a submission reads it then."""
    data = opened(client, case, odd.field) | {odd.field: odd.typed}
    section = section_of(case, odd.field).slug
    address = reverse("grants:application-autosave", args=[case.public_id])
    answer = client.post(
        address, data | {"section": section}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 200, answer.content
    kept = fresh(case)
    assert as_seen(kept.draft_input.get(odd.field, odd.typed)) == as_seen(odd.typed)
    with as_typed(kept, user) as unread:
        if unread:
            return no(json.dumps(unread, ensure_ascii=False))
        return shown_in(kept, odd.field, user)


def agrees(found, expected):
    """Whether a road did what the table says."""
    if isinstance(expected, no):
        return isinstance(found, no) and str(expected) in found
    return not isinstance(found, no) and found == expected


def name_of(odd):
    return f"{odd.field}-{odd.typed[:12].encode('unicode_escape').decode()}"


@pytest.mark.parametrize("odd", INPUTS, ids=name_of)
def test_every_road_does_the_same(client, story, odd):
    case = make_draft(story)
    client.force_login(story.clerk)
    before = {"draft_input": {}, "answers": case.answers}
    if not odd.field.startswith("answer_"):
        before[odd.field] = getattr(case, odd.field)

    found, kept = {}, {}
    for road in (by_screen, by_api, by_autosave):
        Application.objects.filter(pk=case.pk).update(**before)
        who = () if road is by_screen else (story.clerk,)
        found[road.__name__] = road(client, fresh(case), odd, *who)
        kept[road.__name__] = stored(case, odd.field)

    assert all(agrees(shown, odd.shown) for shown in found.values()), found
    assert kept["by_screen"] == kept["by_api"]
    if isinstance(odd.shown, no):
        assert kept["by_screen"] == before.get(odd.field, kept["by_screen"])


ELSEWHERE = [
    (PostalCodeField, "〒100−0013", "100-0013"),
    (PostalCodeField, "１０００013", "100-0013"),
    (PostalCodeField, "〒 102ー0083", "102-0083"),
    (PostalCodeField, "100-001", no("7桁")),
    (MunicipalityCodeField, "０１１００２", "011002"),
    (MunicipalityCodeField, "11002", "011002"),
    (MunicipalityCodeField, "13101-6", "131016"),
    (MunicipalityCodeField, "1100", no("6桁")),
    (MunicipalityCodeField, "131017", no("検査数字")),
    (CorporateNumberField, "7000-0120-5000-2", "7000012050002"),
    (CorporateNumberField, "Ｔ7000012050002", "7000012050002"),
    (CorporateNumberField, "7000012050003", no("法人番号")),
    (CorporateNumberField, "123456789018", no("マイナンバー")),
    (KatakanaField, "ｸﾚｱ ﾀﾛｳ", "クレア タロウ"),
    (KatakanaField, "くれあ　たろう", "クレア タロウ"),
    (KatakanaField, "クレア太郎", no("カタカナ")),
]


@pytest.mark.parametrize(("field", "typed", "shown"), ELSEWHERE)
def test_codes_and_readings(field, typed, shown):
    box = field()
    try:
        found = box.prepare_value(box.clean(typed))
    except ValidationError as error:
        found = no(error.messages[0])
        assert box.prepare_value(typed) == typed

    assert agrees(found, shown), found


@pytest.mark.parametrize("code", ["102016", "１０２０１６", " 10201-6 ", "前橋市", "前橋市\u200b"])
def test_bodies_are_found_as_clerks_name_them(client, story, code):
    case = make_draft(story)
    city = make_body("city", code="102016", name="前橋市")
    client.force_login(story.clerk)
    page = reverse("grants:application-parties", args=[case.public_id])
    row = {"parties-0-kind": "joint", "parties-0-code": code, "parties-0-consented_on": "Ｒ3.8.1"}
    counts = {"parties-TOTAL_FORMS": 1, "parties-INITIAL_FORMS": 0, "version": case.version}

    assert client.post(page, row | counts).status_code == 302
    party = case.parties.get(organization=city)
    assert party.consented_on == date(2021, 8, 1)
