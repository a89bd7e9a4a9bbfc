"""Rules in boxes and rows: written back unchanged, refused beside the box, nothing lost."""

import pytest
from django.forms import BaseForm
from django.utils.datastructures import MultiValueDict

from programs.forms.rules import RuleEditor
from programs.loading import RULES, read_yaml
from programs.rules import RuleData
from tests.factories.programs import grant_rules

LINES = sorted(RULES.glob("*.yaml"))


def _boxes(form: BaseForm):
    for box in form:
        value = box.value()
        if isinstance(value, bool):
            yield from [(box.html_name, "on")] if value else []
        elif value not in (None, "", []):
            yield box.html_name, value if isinstance(value, list | tuple) else str(value)


def posted(data, **changes):
    """What a browser sends of the page that shows the data, with changes."""
    editor = RuleEditor(data)
    sent = dict(_boxes(editor.form))
    for name, rows in editor.rows.items():
        sent |= {f"{name}-TOTAL_FORMS": str(len(rows.forms)), f"{name}-INITIAL_FORMS": "0"}
        for form in rows.forms:
            sent |= dict(_boxes(form))
    return {name: value for name, value in (sent | changes).items() if value is not None}


def read(data, **changes):
    sent = posted(data, **changes)
    lists = {name: v if isinstance(v, list | tuple) else [v] for name, v in sent.items()}
    return RuleEditor(data, MultiValueDict(lists))


@pytest.mark.parametrize("path", LINES, ids=lambda path: path.stem)
def test_rules_of_each_line_come_back_as_they_were(path):
    data = read_yaml(path)
    editor = read(data)
    assert editor.is_valid(), (editor.form.errors, editor.errors)
    assert RuleData.parse(editor.data()) == RuleData.parse(data)


FULL = {
    "places": ["domestic", "overseas"], "quota": 2, "rate": "1/2", "joint_shares": True,
    "joint_counting": "shares", "starts_after_decision": "second_round", "multi_year": True,
    "currencies": [{"code": "USD", "rate": "110.25", "as_of": "2021-04-01"}],
    "changes": {"share": "1/5", "amount": 300_000},
    "duties": {"report": 30, "correction": 14, "claim": 20, "repayment": 15},
    "report_by": "04-10", "advance": {"share": "4/5"}, "asset_years": 7,
    "repayment": {"surcharge_percent": "3.5", "arrears_percent": "14.6", "year_days": 366},
    "indicators": [{"key": "people", "name": "参加者", "unit": "人"}],
    "retention_years": 5, "asset_threshold": 500_000,
    "window": {"opens": "08-02", "closes": "09-30", "hour": "17:00"},
    "expenses": [{"key": "travel", "name": "旅費", "limit": 100_000, "share": "1/3"}],
}  # fmt: skip


def test_every_rule_has_its_box():
    data = grant_rules(**FULL)
    editor = read(data)
    assert editor.is_valid(), (editor.form.errors, editor.errors)
    assert RuleData.parse(editor.data()) == RuleData.parse(data)


def test_boxes_take_what_a_clerk_types():
    typed = {
        "rate": "３分の２", "floor": "60万円", "period_starts": "5/1", "period_ends": "2月末",
        "window_hour": "17時", "quota": "２", "clause_rate": "実施要綱 第5条",
        "confirmed_rate": "on", "change_share": "20%", "report_by": "4月10日",
        "advance_allowed": "on", "advance_share": "80%", "repayment_surcharge_percent": "年１０．９５％",
    }  # fmt: skip
    editor = read(grant_rules(), **typed)
    assert editor.is_valid(), editor.form.errors
    rules = RuleData.parse(editor.data())
    assert (str(rules.rate), rules.floor, rules.quota) == ("2/3", 600_000, 2)
    assert (rules.period.starts, rules.period.ends) == ("05-01", "02-end")
    assert (f"{rules.window.hour:%H:%M}", str(rules.changes.share)) == ("17:00", "1/5")
    assert (rules.report_by, str(rules.advance.share)) == ("04-10", "4/5")
    assert str(rules.repayment.surcharge_percent) == "10.95"
    assert (rules.clause("rate"), rules.is_confirmed("rate")) == ("実施要綱 第5条", True)


def test_rows_are_added_emptied_and_given_keys():
    data = grant_rules()
    last = len(data["categories"])
    editor = read(
        data,
        **{"categories-0-name": None, "categories-0-name_en": None, "categories-0-key": None,
           f"categories-{last}-name": "その他"},
    )  # fmt: skip
    assert editor.is_valid(), editor.rows["categories"].errors
    rows = RuleData.parse(editor.data()).categories
    assert [row.key for row in rows] == [c["key"] for c in data["categories"][1:]] + ["item-1"]


@pytest.mark.parametrize(
    ("box", "typed", "words"),
    [
        ("rate", "半分", "1/2"),
        ("rate", "3/2", "0"),
        ("floor", "-1", "0"),
        ("period_ends", "2月30日", "2月30日"),
        ("window_hour", "25時", "17:00"),
        ("quota", "0", "1"),
        ("advance_share", "1/2", ""),
        ("repayment_arrears_percent", "101", "10.95"),
        ("caps-0-cap", "百まんえん", "百まんえん"),
        ("currencies-0-code", "ドル", "USD"),
    ],
)
def test_bad_input_is_refused_beside_its_box_and_kept(box, typed, words):
    editor = read(grant_rules(), **{box: typed})
    assert not editor.is_valid()
    name, _dash, rest = box.partition("-")
    form = editor.rows[name].forms[0] if rest else editor.form
    field = rest.partition("-")[2] if rest else box
    assert field in form.errors
    assert str(form[field].value()) == typed
    assert any(block.is_wrong for _heading, blocks in editor.groups() for block in blocks)


def test_contradicting_rules_are_refused_at_their_rule():
    kinds = [*grant_rules()["applicant_kinds"], "company"]
    without_cap = read(grant_rules(), applicant_kinds=kinds)
    twice = read(grant_rules(), **{"categories-1-key": "health"})
    assert not without_cap.is_valid()
    assert list(without_cap.errors) == ["caps"]
    assert "company" not in without_cap.errors["caps"][0]
    assert not twice.is_valid()
    assert list(twice.errors) == ["categories"]


def test_what_the_page_does_not_show_is_kept():
    data = grant_rules()
    data["clauses"]["branches"] = "要綱 第9条"
    data["unconfirmed"] = [*data["unconfirmed"], "branches"]
    editor = read(data)
    assert editor.is_valid()
    assert editor.data()["clauses"]["branches"] == "要綱 第9条"
    assert "branches" in editor.data()["unconfirmed"]


def test_version_from_before_the_rules_of_settlement_shows_their_defaults_as_not_confirmed():
    new = {"report_by", "advance", "repayment", "indicators", "asset_years"}
    old = {name: value for name, value in grant_rules().items() if name not in new}
    old["unconfirmed"] = [name for name in old["unconfirmed"] if name not in new]
    editor = read(old)
    assert editor.is_valid(), (editor.form.errors, editor.errors)
    assert RuleData.parse(editor.data()) == RuleData.parse(old)
    assert new <= RuleData.parse(old).unconfirmed
