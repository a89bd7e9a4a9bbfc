"""One box: names, readings, codes and numbers, however they are typed; only what one may see."""

import pytest
from django.db import connection
from django.urls import reverse

from accounts.models import Organization
from core import search
from tests.factories.accounts import make_body
from tests.factories.grants import make_application, make_draft, town_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(settings):
    settings.STAFF_MFA_OPTIONAL = True
    return town_story()


def found(text, user):
    return [hit.url for hit in search.find(text, user)]


def body_page(body):
    return reverse("admin:accounts_organization_change", args=[body.pk])


def case_page(case):
    return reverse("admin:grants_application_change", args=[case.pk])


@pytest.mark.parametrize(
    "typed", ["難民", "ニホンゴ", "にほんご", "ﾆﾎﾝｺﾞ", "nihongo", "ＮＩＨＯＮＧＯ"]
)
def test_body_is_found_however_it_is_typed(story, typed):
    body = make_body()
    body.name = "難民支援の会"
    body.kana, body.name_en = "ナンミンニホンゴノカイ", "Nihongo Society"
    body.save()

    assert found(typed, story.desk.officer) == [body_page(body)]


def test_number_is_found_in_full_width(story):
    case = make_application(story, "submitted")
    wide = case.receipt_number.translate(str.maketrans("0123456789-", "０１２３４５６７８９－"))

    assert found(wide, story.desk.officer) == [case_page(case)]


def test_every_word_must_be_there_in_the_case_or_its_body(story):
    case = make_draft(story, title="防災の講座")
    make_draft(story, title="料理の教室")

    assert found(f"{story.town.name} 防災", story.desk.officer) == [case_page(case)]


@pytest.mark.parametrize("sign", ["%", "_", "\\"])
def test_signs_of_like_are_themselves(story, sign):
    case = make_draft(story, title=f"前{sign}後")
    make_draft(story, title="前の後")

    assert found(f"前{sign}後", story.desk.officer) == [case_page(case)]


def test_key_follows_a_save_of_some_fields(story):
    body = make_body()
    body.name = "旧い名の会"
    body.save()
    body.name = "新しい名の会"
    body.save(update_fields=["name"])

    assert found("新しい名", story.desk.officer) == [body_page(body)]
    assert found("旧い名", story.desk.officer) == []


def test_other_towns_cases_are_not_found(story):
    make_draft(story, title="防災の講座")

    assert [url for url in found("防災", story.other) if "application" in url] == []


@pytest.mark.parametrize("typed", ["\0", "", " ", "　"])
def test_nothing_typed_finds_nothing(story, typed):
    assert found(typed, story.desk.officer) == []


def test_two_characters_use_the_index(story):
    rows = Organization.objects.filter(search_key__has="難民").order_by()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")

    assert "accounts_organization_search" in rows.explain()


def test_palette_gets_hits_as_json(client, story):
    case = make_draft(story, title="防災の講座")
    client.force_login(story.desk.officer)

    answer = client.get(reverse("admin:search"), {"q": "防災", "format": "json"})

    assert [hit["url"] for hit in answer.json()["hits"]] == [case_page(case)]
    assert "防災の講座" in answer.json()["hits"][0]["text"]


def test_search_page_works_without_script(client, story):
    case = make_draft(story, title="防災の講座")
    client.force_login(story.desk.officer)

    assert case_page(case) in client.get(reverse("admin:search"), {"q": "防災"}).content.decode()


def test_list_is_searched_by_the_same_words(client, story):
    case = make_draft(story, title="ボウサイの講座")
    client.force_login(story.desk.officer)

    page = client.get("/admin/grants/application/", {"q": "ﾎﾞｳｻｲ"})

    assert [row.pk for row in page.context["cl"].result_list] == [case.pk]
