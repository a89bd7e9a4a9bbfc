"""Answers are read as people type them, checked by their version, and moved to the next one."""

import pytest

from programs.actions import draft_form
from programs.answers import asked, move_answers, validate
from programs.models import Form
from tests.factories.programs import make_version

pytestmark = pytest.mark.django_db

YES_NO = [{"value": "yes", "label": "はい"}, {"value": "no", "label": "いいえ"}]


def question(key, kind, **values):
    return {"key": key, "kind": kind, "label": key, **values}


def check(kind, value, *, final=True, **values):
    version = make_version([question("q", kind, **values)])
    return validate(version, {"q": value}, final=final)


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("short", " ﾀﾌﾞﾝｶ　共生 ", "タブンカ 共生"),
        ("short", "髙﨑市", "髙﨑市"),
        ("long", "一行目\r\n二行目", "一行目\n二行目"),
        ("number", "１，２００", 1200),
        ("number", 12, 12),
        ("yen", "￥３，０００，０００", 3_000_000),
        ("yen", "300万円", 3_000_000),
        ("yen", 500_000, 500_000),
        ("date", "令和4年5月1日", "2022-05-01"),
        ("date", "2022/5/1", "2022-05-01"),
        ("file", ["0" * 32], ["00000000-0000-0000-0000-000000000000"]),
    ],
)
def test_answer_is_kept_in_one_form(kind, typed, kept):
    assert check(kind, typed) == ({"q": kept}, {})


@pytest.mark.parametrize(
    ("kind", "typed", "values"),
    [
        ("short", "二\n行", {}),
        ("short", "長すぎる", {"limit": 3}),
        ("short", 12, {}),
        ("long", "番号は123456789018です", {}),
        ("number", "十二くらい", {}),
        ("number", "-1", {}),
        ("number", -1, {}),
        ("number", True, {}),
        ("number", "11", {"limit": 10}),
        ("yen", "1.5円", {}),
        ("yen", "-100", {}),
        ("date", "令和元年4月30日", {}),
        ("date", "2021-02-29", {}),
        ("choice", "maybe", {"choices": YES_NO}),
        ("choice", ["yes"], {"choices": YES_NO}),
        ("choices", ["yes", "maybe"], {"choices": YES_NO}),
        ("choices", [{"value": "yes"}], {"choices": YES_NO}),
        ("file", "project.pdf", {}),
    ],
)
@pytest.mark.parametrize("final", [True, False])
def test_answer_that_cannot_be_taken_is_named(kind, typed, values, final):
    cleaned, errors = check(kind, typed, final=final, **values)
    assert cleaned == {}
    assert list(errors) == ["q"]
    assert errors["q"][0]


def test_choices_are_kept_in_the_order_of_the_form():
    assert check("choices", ["no", "yes", "no"], choices=YES_NO)[0] == {"q": ["yes", "no"]}


@pytest.mark.parametrize("empty", [None, "", "　", []])
def test_required_is_asked_at_the_end_only(empty):
    assert check("short", empty, required=True, final=False) == ({}, {})
    assert list(check("short", empty, required=True)[1]) == ["q"]
    assert check("short", empty) == ({}, {})


def test_stored_file_answers_a_required_file_question():
    version = make_version([question("plan", "file", required=True)])
    assert list(validate(version, {}, final=True)[1]) == ["plan"]
    assert validate(version, {}, final=True, files={"plan"}) == ({}, {})


def test_unknown_question_is_named():
    assert list(validate(make_version(), {"purpose": "目的", "else": 1}, final=True)[1]) == ["else"]


def conditional():
    return make_version(
        [
            question("continues", "choice", choices=YES_NO, required=True),
            question(
                "how", "choice", choices=YES_NO, required=True,
                condition={"key": "continues", "equals": "yes"},
            ),
            question("why", "short", required=True, condition={"key": "how", "equals": "no"}),
        ]
    )  # fmt: skip


def test_condition_decides_what_is_asked():
    version = conditional()
    assert validate(version, {"continues": "no"}, final=True) == ({"continues": "no"}, {})
    assert list(validate(version, {"continues": "yes"}, final=True)[1]) == ["how"]
    assert [q.key for q in asked(version, {"continues": "yes", "how": "no"})] == [
        "continues", "how", "why"
    ]  # fmt: skip


def test_question_behind_one_that_is_not_asked_is_not_asked():
    version = conditional()
    answers = {"continues": "no", "how": "no", "why": "理由"}
    assert validate(version, answers, final=True)[0] == {"continues": "no"}
    assert validate(version, answers, final=False)[0] == answers


def test_answers_move_to_the_next_version_by_key():
    form = Form.objects.create(code="grant", name="申請書")
    old = make_version(
        [
            question("purpose", "short"),
            question("people", "short"),
            question("gone", "long"),
            question("wish", "choice", choices=YES_NO),
        ],
        form=form,
    )
    new = make_version(
        [
            question("purpose", "short", limit=10),
            question("people", "number"),
            question("extra", "long"),
            question("wish", "choice", choices=YES_NO[1:]),
        ],
        form=form,
    )
    answers = {"purpose": "目的", "people": "約百人", "gone": "昔の答え", "wish": "yes"}
    moved, aside, new_keys = move_answers(old, new, answers)
    assert moved == {"purpose": "目的"}
    assert {key: value["value"] for key, value in aside.items()} == {
        "people": "約百人", "gone": "昔の答え", "wish": "yes"
    }  # fmt: skip
    assert aside["gone"] == {"label": "gone", "kind": "long", "value": "昔の答え"}
    assert new_keys == ["extra"]
    assert form.current == new
    draft_form(form, questions=[question("later", "short")])
    assert form.current == new


def test_one_query_for_the_questions(django_assert_num_queries):
    version = make_version()
    with django_assert_num_queries(1):
        validate(version, {"purpose": "目的"}, final=True)
