"""The components: what they promise to readers, keyboards and the content security policy."""

import datetime as dt
import re
from pathlib import Path

import pytest
import time_machine
from django import forms
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from core.context import portal
from core.fields import DateBoxesField, YenField
from core.templatetags.portal import error_list, table_data

TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))
TOKENS = Path(settings.BASE_DIR, "static/css/tokens.css").read_text()
JST = dt.timezone(dt.timedelta(hours=9))
CLOSES = dt.datetime(2021, 9, 30, 17, 0, tzinfo=JST)


class SampleForm(forms.Form):
    title = forms.CharField(
        help_text="As printed.", widget=forms.TextInput({"placeholder": "Title"})
    )
    note = forms.CharField(required=False)
    amount = YenField()
    starts_on = DateBoxesField()
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    agreed = forms.BooleanField()
    secret = forms.CharField(widget=forms.HiddenInput)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def rendered(source: str, **context) -> str:
    return Template("{% load portal %}" + source).render(Context(context))


def field_html(name: str, data: dict | None = None) -> str:
    return rendered("{% field form." + name + " %}", form=SampleForm(data))


@pytest.mark.parametrize(
    ("language", "text"),
    [("ja", "3,000,000円"), ("en", "3,000,000 yen")],
)
def test_yen_has_commas_and_unit(language, text):
    with translation.override(language):
        assert rendered("{{ amount|yen }}", amount=3_000_000) == text


def test_yen_of_nothing_is_empty():
    assert rendered("{{ amount|yen }}", amount=None) == ""


def test_era_date_of_a_moment_is_its_day_in_japan():
    late_on_30_april_in_utc = dt.datetime(2019, 4, 30, 20, 0, tzinfo=dt.UTC)
    with translation.override("ja"):
        assert rendered("{{ at|era_date }}", at=late_on_30_april_in_utc) == "令和元年5月1日"


def test_moment_is_in_japanese_time():
    at = dt.datetime(2021, 9, 30, 5, 3, tzinfo=dt.UTC)
    with translation.override("ja"):
        assert rendered("{{ at|moment }}", at=at) == "2021年9月30日 14:03"


@pytest.mark.parametrize(
    ("now", "words", "soon"),
    [
        ("2021-08-02T09:00+09:00", "59 days left", False),
        ("2021-09-27T23:59+09:00", "3 days left", True),
        ("2021-09-30T16:59+09:00", "closes today", True),
        ("2021-09-30T17:01+09:00", "closed", True),
    ],
)
def test_deadline_says_how_long_is_left(now, words, soon):
    with time_machine.travel(dt.datetime.fromisoformat(now), tick=False):
        html = rendered("{% deadline closes %}", closes=CLOSES)
    assert f">{words}</span>" in html
    assert ("deadline__left--soon" in html) is soon


def test_deadline_names_weekday_and_hour_in_japanese():
    with translation.override("ja"):
        html = rendered("{% deadline closes %}", closes=CLOSES)
    assert '<time datetime="2021-09-30T17:00:00+09:00">2021年9月30日（木）17時00分</time>' in html


def test_status_tag_escapes_its_label():
    html = rendered('{% status_tag label "warning" %}', label="<b>")
    assert html.strip() == '<span class="status status--warning">&lt;b&gt;</span>'


def test_field_ties_label_hint_and_error_to_the_control():
    html = field_html("title", {"title": ""})
    assert '<label class="field__label" for="id_title">' in html
    assert 'aria-describedby="id_title_hint id_title_error"' in html
    assert 'aria-invalid="true"' in html
    assert html.index("field__label") < html.index("id_title_hint") < html.index("<input")


def test_field_without_errors_describes_itself_by_its_hint_alone():
    assert 'aria-describedby="id_title_hint"' in field_html("title")


def test_field_has_no_placeholder():
    assert "placeholder" not in field_html("title")


@pytest.mark.parametrize(("name", "word"), [("title", "※required"), ("note", "optional")])
def test_field_says_in_words_whether_it_is_required(name, word):
    assert f">{word}</span>" in field_html(name)


def test_amount_stands_beside_its_unit():
    html = field_html("amount", {"amount": "３００万円"})
    assert 'value="3,000,000"' in html
    assert '<span class="field__unit">yen</span>' in html
    assert "field--amount" in html


@pytest.mark.parametrize("name", ["kind", "starts_on"])
def test_group_of_controls_is_a_fieldset_with_a_legend(name):
    html = field_html(name, {})
    assert f'aria-describedby="id_{name}_error"' in html
    assert '<legend class="field__label">' in html
    assert html.count(f"id_{name}_error") == 2


def test_each_radio_button_has_its_label():
    html = field_html("kind")
    assert html.count('type="radio"') == 2
    assert '<label for="id_kind_1">B</label>' in html


def test_date_has_three_labelled_boxes():
    assert len(re.findall(r'<label for="id_starts_on_\w+">', field_html("starts_on"))) == 3


def test_hidden_field_has_no_label():
    assert field_html("secret").strip().startswith('<input type="hidden"')


def test_error_list_points_at_the_first_control_of_each_field():
    found = {error["url"] for error in error_list(SampleForm({}))}
    assert found == {
        "#id_title", "#id_amount", "#id_starts_on_0", "#id_kind_0", "#id_agreed", ""
    }  # fmt: skip


def test_error_list_names_the_field():
    assert error_list(SampleForm({}))[0]["text"].startswith("Title: ")


def test_error_addresses_exist_on_the_page():
    form = SampleForm({})
    html = rendered('{% include "components/form_fields.html" %}', form=form)
    for error in error_list(form):
        assert not error["url"] or f'id="{error["url"][1:]}"' in html


def test_error_list_takes_formsets_and_sentences():
    formset = forms.formset_factory(SampleForm)(
        {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-title": "x"}
    )
    found = error_list(formset, ["Plain sentence."], None)
    assert {"text": "Plain sentence.", "url": ""} in found
    assert "#id_form-0-amount" in {error["url"] for error in found}


def test_error_summary_is_absent_without_errors():
    assert "error-summary" not in render_to_string("components/error_summary.html", {})


def test_table_aligns_columns_of_numbers():
    table = table_data(["Body", "Amount"], [["Town", 1000], ["City", 2000]])
    html = render_to_string("components/table.html", {"table": table, "caption": "All"})
    assert [column["numeric"] for column in table["columns"]] == [False, True]
    assert html.count('class="number"') == 3


def test_table_row_is_headed_by_a_link_and_names_its_columns():
    table = table_data(["Number", "Body"], [{"cells": ["1", "<Town>"], "url": "/1/"}])
    html = render_to_string("components/table.html", {"table": table, "caption": "All"})
    assert '<th scope="row" role="rowheader" data-label="Number"><a href="/1/">1</a></th>' in html
    assert '<td role="cell" data-label="Body">&lt;Town&gt;</td>' in html


def test_table_refuses_a_row_of_another_length():
    with pytest.raises(ValueError, match="zip"):
        table_data(["Number", "Body"], [["1"]])


def test_step_line_names_the_present_step():
    steps = [{"label": "Sent", "state": "done"}, {"label": "Review", "state": "current"}]
    html = render_to_string("components/step_line.html", {"steps": steps})
    assert html.count('aria-current="step"') == 1
    assert "finished" in html
    assert "now here" in html


def test_summary_list_says_what_is_empty_and_links_to_the_field():
    rows = [{"label": "Title", "value": "", "anchor": "title"}]
    html = render_to_string("components/summary_list.html", {"rows": rows, "change_url": "/e/"})
    assert "Not filled in" in html
    assert '<a href="/e/#id_title">Change<span class="visually-hidden"> Title</span></a>' in html


def test_summary_list_escapes_and_keeps_lines():
    rows = [{"label": "Text", "value": "<a>\nb"}]
    assert "&lt;a&gt;<br>b" in render_to_string("components/summary_list.html", {"rows": rows})


def test_server_error_page_renders_without_any_context():
    html = render_to_string("500.html")
    assert "<title>Error: Something is wrong on our side" in html
    assert html.count("<h1>") == 1


def test_title_begins_with_error_where_the_form_has_errors():
    html = render_to_string("core/case_form.html", {"form": SampleForm({}), "title": "Apply"})
    assert "<title>Error: Apply" in html
    assert html.index("data-error-summary") < html.index("<h1>")


def test_case_form_keeps_the_version_that_was_read():
    html = render_to_string(
        "core/case_form.html", {"form": SampleForm(), "title": "A", "version": 0}
    )
    assert '<input type="hidden" name="version" value="0">' in html


def test_empty_list_says_what_will_appear():
    html = render_to_string("core/case_list.html", {"title": "Cases", "create_url": "/new/"})
    assert "What you start is saved here as a draft." in html


def test_gallery_shows_every_component():
    shown = render_to_string("components/gallery.html")
    source = Path(settings.BASE_DIR, "templates/components/gallery.html").read_text()
    parts = {"icon", "mark", "field_notes", "field", "fieldset", "form_fields", "deadline"}
    for path in Path(settings.BASE_DIR, "templates/components").glob("*.html"):
        assert path.stem in parts | {"gallery", "status_tag", "chart"} or f"{path.name}" in source
    assert shown.count("<h1>") == 1


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(settings.BASE_DIR)))
def test_template_keeps_to_the_content_security_policy(path):
    source = path.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", source)
    assert not re.search(r"\s(placeholder|disabled|autofocus)\b(?!.*endcomment)", source)
    assert not re.search(r"""(src|href)=["']https?:""", source)


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def tokens() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    light, system, *_rest = TOKENS.split("@media")
    switch = TOKENS.split('html[data-theme="dark"]')[1].split("@media")[0]
    return colours(light), colours(system.split('html[data-theme="dark"]')[0]), colours(switch)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_colour_of_text_has_contrast(theme):
    palette = tokens()[0] | tokens()[theme]
    grounds = ["ground", "ground-raised", "ground-quiet", "primary-pale"]
    words = ["text", "text-secondary", "text-hint", "link", "link-visited", "primary", "error"]
    pairs = [(word, ground) for word in words for ground in grounds]
    states = ["success", "error", "warning", "information"]
    pairs += [(state, f"{state}-pale") for state in states]
    pairs += [("text", f"{state}-pale") for state in states]
    pairs += [("on-primary", f"primary{suffix}") for suffix in ("", "-hover", "-active")]
    weak = {pair for pair in pairs if contrast(*(palette[name] for name in pair)) < 4.5}
    assert weak == set()


def test_both_ways_to_dark_are_the_same():
    _light, system, switch = tokens()
    assert system == switch
    assert len(system) > 20


def test_portal_of_a_stranger_names_nobody_and_has_no_dead_links():
    request = RequestFactory().get("/somewhere/?a=1")
    request.user = AnonymousUser()
    parts = portal(request)["portal"]
    assert not parts["identity"]
    assert parts["path"] == "/somewhere/?a=1"
    assert all(link["url"] for link in [*parts["navigation"], *parts["footer"]])


def test_portal_offers_the_other_language_in_its_own_words():
    request = RequestFactory().get("/")
    assert portal(request)["portal"]["languages"] == [{"code": "ja", "name": "日本語"}]
