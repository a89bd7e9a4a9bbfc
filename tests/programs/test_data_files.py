"""The seven lines' files agree with each other and with the code: no database needed."""

import re
from dataclasses import fields

import pytest

from programs.loading import CRITERIA, QUESTIONS, RULES, plan_files, read_yaml
from programs.rules import RuleData

LINES = sorted(path.stem for path in RULES.glob("*.yaml"))
# What a rule set says nothing of by itself, but may name as unconfirmed.
BESIDE = {"window_hours", "routing", "implementers"}
# What says nothing in the edition: no clause is owed for it.
SILENT = {"applicant_kinds", "clauses", "unconfirmed", "implementer_kinds", "implementer_only"}
# Rules that stand under another rule's clause.
UNDER = {"joint_cap": "caps", "deduct_income": "rate", "joint_counting": "joint_shares"}


def file_of(folder, line):
    return read_yaml(folder / f"{line}.yaml")


def test_seven_lines_have_rules_questions_and_criteria():
    assert len(LINES) == 7
    for folder in (QUESTIONS, CRITERIA):
        assert sorted(path.stem for path in folder.glob("*.yaml")) == LINES


@pytest.mark.parametrize("line", LINES)
def test_rules_parse_and_each_cites_a_clause(line):
    data = file_of(RULES, line)
    rules = RuleData.parse(data)
    told = {name for name in data if data[name] not in (None, False, [], 0, "never")} - SILENT
    uncited = {name for name in told if not rules.clause(UNDER.get(name, name))}
    assert uncited == set()


@pytest.mark.parametrize("line", LINES)
def test_what_no_source_states_is_marked_unconfirmed(line):
    data = file_of(RULES, line)
    unsourced = {
        name for name, clause in data["clauses"].items() if clause.startswith("公表資料に該当")
    }
    assert unsourced <= set(data["unconfirmed"])
    assert set(data["unconfirmed"]) <= {rule.name for rule in fields(RuleData)} | BESIDE


@pytest.mark.parametrize("line", LINES)
def test_each_document_is_a_file_question_of_the_form(line):
    files = {q["key"]: q for q in file_of(QUESTIONS, line)["questions"] if q["kind"] == "file"}
    documents = {row["key"]: row.get("when", "always") for row in file_of(RULES, line)["documents"]}
    assert set(files) == set(documents)
    always = {key for key, when in documents.items() if when == "always"}
    assert {key for key, question in files.items() if question.get("required")} == always


@pytest.mark.parametrize("line", LINES)
def test_criteria_come_to_100_points(line):
    rows = file_of(CRITERIA, line)
    assert sum(row["weight"] * row["maximum"] for row in rows) == 100
    assert all(row["help"] for row in rows)


def test_categories_of_one_key_have_one_name():
    names: dict[str, set[str]] = {}
    for line in LINES:
        for row in file_of(RULES, line)["categories"]:
            names.setdefault(row["key"], set()).add(row["name"])
    assert {key: found for key, found in names.items() if len(found) > 1} == {}


@pytest.mark.parametrize("line", LINES)
def test_manual_of_bodies_names_each_ceiling(line):
    rules = RuleData.parse(file_of(RULES, line))
    plan = next(plan_files()).read_text("utf-8")
    name = re.search(rf"code: {line.replace('_', '-')},.*?name_ja: ([^,]+),", plan, re.DOTALL)[1]
    manual = (RULES.parents[1] / "docs" / "municipalities.md").read_text("utf-8")
    row = next(x for x in manual.splitlines() if x.startswith(f"| {name}"))
    amounts = {group.cap for group in rules.caps} | {rules.joint_cap or 0, rules.floor}
    assert {amount for amount in amounts - {0} if f"{amount:,}" not in row} == set()


@pytest.mark.parametrize("line", LINES)
def test_manual_of_bodies_names_what_follows_the_award(line):
    rules = RuleData.parse(file_of(RULES, line))
    plan = next(plan_files()).read_text("utf-8")
    name = re.search(rf"code: {line.replace('_', '-')},.*?name_ja: ([^,]+),", plan, re.DOTALL)[1]
    manual = (RULES.parents[1] / "docs" / "municipalities.md").read_text("utf-8")
    _first, row = (x for x in manual.splitlines() if x.startswith(f"| {name}"))
    days = [f"{rules.duties[duty]}日" for duty in ("report", "claim", "repayment")]
    figures = [indicator.name.partition(" / ")[0] for indicator in rules.indicators]
    share = rules.advance and (rules.advance.share or "全額")
    advance = f"決定額の{share}まで" if share else "なし"
    assert [word for word in (*days, *figures, advance, "3月31日") if word not in row] == []
    assert rules.report_by == "03-31"
    new = {"report_by", "advance", "repayment", "indicators"}
    assert new <= rules.unconfirmed
