"""Form fields: what is typed, what is stored, what is shown back, what is refused."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation

from core.fields import (
    CorporateNumberField,
    DateBoxesField,
    JapaneseDateField,
    KatakanaField,
    MunicipalityCodeField,
    NormalizedCharField,
    PhoneField,
    PostalCodeField,
    YenField,
)

MY_NUMBER = "123456789018"


def bind(field: forms.Field, data: dict[str, Any], initial: Any = None) -> forms.Form:
    form_class = type("OneField", (forms.Form,), {"x": field})
    form: forms.Form = form_class(data, initial={"x": initial} if initial is not None else None)
    return form


def refusal(field: forms.Field, typed: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        field.clean(typed)
    assert caught.value.messages[0]
    return str(caught.value.error_list[0].code)


@pytest.mark.parametrize(
    ("field", "typed", "stored", "shown"),
    [
        (YenField(), "３００万円", 3_000_000, "3,000,000"),
        (YenField(), "￥1,234", 1234, "1,234"),
        (YenField(), "0", 0, "0"),
        (JapaneseDateField(), "Ｒ３．８．２", date(2021, 8, 2), "2021年8月2日"),
        (MunicipalityCodeField(), "１２０２５", "012025", "012025"),
        (MunicipalityCodeField(), "13101-6", "131016", "131016"),
        (CorporateNumberField(), "７０００-０１２０-５０００２", "7000012050002", "7000012050002"),
        (PhoneField(), "０３（５２１３）１７２２", "03-5213-1722", "03-5213-1722"),
        (PostalCodeField(), "〒１０２ー００８３", "102-0083", "102-0083"),
        (NormalizedCharField(), "ｸﾚｱ　ﾊﾟﾘ", "クレア パリ", "ｸﾚｱ　ﾊﾟﾘ"),
        (KatakanaField(), "やまだ　ﾀﾛｳ", "ヤマダ タロウ", "やまだ　ﾀﾛｳ"),
    ],
)
def test_field_takes_what_is_typed_and_shows_one_form(
    field: forms.Field, typed: str, stored: Any, shown: str
) -> None:
    form = bind(field, {"x": typed})
    assert form.is_valid()
    assert form.cleaned_data["x"] == stored
    assert form["x"].value() == shown


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        (YenField(), "", "required"),
        (YenField(), "-500", "negative"),
        (YenField(), "1.5万円", "decimal"),
        (YenField(), 1.5, "decimal"),
        (YenField(), "たくさん", "unreadable_amount"),
        (YenField(max_value=1000), "1,001", "max_value"),
        (YenField(min_value=1000), "999", "min_value"),
        (YenField(), -1, "min_value"),
        (JapaneseDateField(), "　", "required"),
        (JapaneseDateField(), "2021-02-29", "no_such_day"),
        (JapaneseDateField(), "令和元年4月30日", "wrong_era"),
        (MunicipalityCodeField(), "131017", "check_digit"),
        (MunicipalityCodeField(), "1310", "length"),
        (MunicipalityCodeField(), "千代田区", "length"),
        (CorporateNumberField(), "6000012050002", "check_digit"),
        (CorporateNumberField(), "12345", "length"),
        (CorporateNumberField(), MY_NUMBER, "my_number"),
        (PhoneField(), "5213-1722", "phone"),
        (PostalCodeField(), "102", "postal_code"),
        (NormalizedCharField(), "　\u200b", "required"),
        (NormalizedCharField(), "番号は１２３４　５６７８　９０１８", "my_number"),
        (NormalizedCharField(max_length=3), "四文字だ", "max_length"),
        (KatakanaField(), "山田", "katakana"),
    ],
)
def test_field_refuses_and_says_why(field: forms.Field, typed: Any, code: str) -> None:
    assert refusal(field, typed) == code


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        (YenField(), "たくさん"),
        (JapaneseDateField(), "令和元年4月30日"),
        (MunicipalityCodeField(), "131017"),
        (PhoneField(), "5213-1722"),
        (NormalizedCharField(), MY_NUMBER),
    ],
)
def test_refused_input_stays_as_it_was_typed(field: forms.Field, typed: str) -> None:
    form = bind(field, {"x": typed})
    assert not form.is_valid()
    assert form["x"].value() == typed


def test_empty_optional_fields_have_the_empty_value_of_their_column() -> None:
    assert YenField(required=False).clean("") is None
    assert JapaneseDateField(required=False).clean("") is None
    assert DateBoxesField(required=False).clean(["", "", ""]) is None
    assert PhoneField(required=False).clean("") == ""
    assert NormalizedCharField(required=False).clean("　") == ""


@pytest.mark.parametrize(
    ("field", "initial", "typed"),
    [
        (YenField(), 3_000_000, "300万円"),
        (JapaneseDateField(), date(2021, 8, 2), "R3.8.2"),
        (MunicipalityCodeField(), "012025", "12025"),
        (NormalizedCharField(), "クレア", "ｸﾚｱ"),
    ],
)
def test_the_same_value_typed_otherwise_is_no_change(
    field: forms.Field, initial: Any, typed: str
) -> None:
    assert bind(field, {"x": typed}, initial).changed_data == []


def test_the_length_counts_after_normalising() -> None:
    assert NormalizedCharField(max_length=2).clean("ｶﾞｷﾞ") == "ガギ"


def test_one_line_has_no_line_break_and_a_text_area_keeps_them() -> None:
    assert NormalizedCharField().clean("一\r\n二") == "一 二"
    assert NormalizedCharField(widget=forms.Textarea).clean("　一\r\n　二") == "　一\n　二"


def test_a_date_is_shown_in_the_language_of_the_screen() -> None:
    field = JapaneseDateField()
    with translation.override("en"):
        assert field.prepare_value(date(2021, 8, 2)) == "2021-08-02"
    with translation.override("ja"):
        assert field.prepare_value(date(2021, 8, 2)) == "2021年8月2日"


@pytest.mark.parametrize(
    "boxes",
    [
        ("2021", "8", "2"),
        ("２０２１", "０８", "２"),
        ("令和3", "8", "2"),
        ("R3", "8月", "2日"),
        ("令和3年", "8", "2"),
        ("2021-08-02", "", ""),
        ("令和3年8月2日", "", ""),
    ],
)
def test_date_boxes_take_either_calendar_and_a_pasted_date(boxes: tuple[str, str, str]) -> None:
    form = bind(DateBoxesField(), dict(zip(("x_year", "x_month", "x_day"), boxes, strict=True)))
    assert form.is_valid(), form.errors
    assert form.cleaned_data["x"] == date(2021, 8, 2)
    assert 'value="2021"' in str(form["x"])


@pytest.mark.parametrize(
    ("boxes", "code"),
    [
        (["", "", ""], "required"),
        (["2021", "", ""], "incomplete"),
        (["2021", "8", ""], "incomplete"),
        (["2021", "2", "30"], "no_such_day"),
        (["令和1", "4", "30"], "wrong_era"),
        (["21", "8", "2"], "short_year"),
        (["2021", "八月ごろ", "2"], "unreadable_date"),
    ],
)
def test_date_boxes_refuse_and_say_why(boxes: list[str], code: str) -> None:
    assert refusal(DateBoxesField(), boxes) == code


def test_date_boxes_show_refused_input_as_typed_and_take_a_whole_date_from_the_api() -> None:
    refused = bind(DateBoxesField(), {"x_year": "令和1", "x_month": "4", "x_day": "30"})
    assert not refused.is_valid()
    assert refused["x"].value() == ["令和1", "4", "30"]
    assert bind(DateBoxesField(), {"x": "2021-08-02"}).is_valid()


def test_each_date_box_has_its_label() -> None:
    shown = str(bind(DateBoxesField(), {})["x"])
    assert [f'for="id_x_{box}"' in shown for box in range(3)] == [True, True, True]


@pytest.mark.parametrize(
    "field",
    [
        YenField(),
        JapaneseDateField(),
        DateBoxesField(),
        MunicipalityCodeField(),
        CorporateNumberField(),
        PhoneField(),
        PostalCodeField(),
        NormalizedCharField(max_length=10),
        KatakanaField(max_length=10),
    ],
)
def test_no_box_has_a_placeholder_a_style_or_a_cut(field: forms.Field) -> None:
    shown = str(bind(field, {})["x"])
    assert [
        word for word in ("placeholder", "style", "maxlength", "onchange") if word in shown
    ] == []


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("9/30", date(2026, 9, 30)),
        ("９月３０日", date(2026, 9, 30)),
        ("9/30（水）", date(2026, 9, 30)),
        ("6/1", date(2026, 6, 1)),  # today
        ("1/15", date(2027, 1, 15)),
        ("令和8年9月30日", date(2026, 9, 30)),
    ],
)
def test_deadline_without_a_year_is_the_next_such_day(typed: str, day: date) -> None:
    with time_machine.travel("2026-06-01T09:00:00+09:00", tick=False):
        form = bind(JapaneseDateField(upcoming=True), {"x": typed})
        assert form.is_valid()
        assert form.cleaned_data["x"] == day
        assert form["x"].value() == f"{day.year}年{day.month}月{day.day}日"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("5/31", "no_year"),  # yesterday: hardly next year's
        ("2/29", "no_such_day"),  # not in 2026
        ("9/31", "no_such_day"),
        ("13/1", "no_such_month"),
        ("9/30（月）", "wrong_weekday"),
        ("9.30", "unreadable_date"),
    ],
)
def test_deadline_that_is_not_clear_asks_for_the_year(typed: str, code: str) -> None:
    with time_machine.travel("2026-06-01T09:00:00+09:00", tick=False):
        assert refusal(JapaneseDateField(upcoming=True), typed) == code


def test_other_dates_need_their_year() -> None:
    assert refusal(JapaneseDateField(), "9/30") == "unreadable_date"
