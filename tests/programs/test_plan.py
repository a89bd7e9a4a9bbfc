"""The real plan of FY2021: loaded whole, loaded twice, and closed line by line."""

import pytest
import yaml
from django.core.management import call_command

from accounts.actors import system_actor
from accounts.models import Office
from programs.actions import copy_plan
from programs.loading import CRITERIA, QUESTIONS, RULES, load_plan, read_yaml
from programs.models import Area, Edition, Form, Initiative, PlanLine, Program, RuleSet
from tests.factories.accounts import make_section
from tests.factories.programs import NOW, load_real_plan, plan_path

pytestmark = pytest.mark.django_db


def counts():
    models = (Area, Initiative, PlanLine, Program, Edition, RuleSet, Office)
    return [model.objects.count() for model in models]


def test_load_real_plan_counts():
    load_real_plan()
    rules = len(list(RULES.glob("*.yaml")))
    assert counts() == [7, 23, 118, 118, 118, rules, 8]
    assert PlanLine.objects.values("kind").distinct().count() == 21
    changes = PlanLine.objects.values_list("change", flat=True)
    assert (list(changes).count("new"), list(changes).count("expanded")) == (8, 6)


def test_load_real_plan_keeps_every_word_of_the_file():
    load_real_plan()
    rows = {
        row["code"]: row
        for area in read_yaml(plan_path())["areas"]
        for initiative in area["initiatives"]
        for row in initiative["lines"]
    }
    lines = PlanLine.objects.prefetch_related("offices")
    for line in lines:
        row = rows[line.code]
        assert line.name == row["name_ja"]
        assert line.number == row.get("number", "")
        assert line.kind == row["kind"]
        assert {office.code for office in line.offices.all()} == set(row.get("offices", ["HQ"]))
        assert (line.parts, line.target) == (row.get("parts", []), row.get("target", {}))


def test_load_twice_changes_nothing():
    load_real_plan()
    before = counts(), list(PlanLine.objects.order_by("pk").values())
    load_real_plan()
    assert (counts(), list(PlanLine.objects.order_by("pk").values())) == before


def test_command_says_what_it_loaded(capsys):
    call_command("load_plan")
    assert "7 areas, 23 initiatives, 118 lines, 0 closed" in capsys.readouterr().out


def test_line_gone_from_the_file_is_closed_and_comes_back(tmp_path):
    load_real_plan()
    data = read_yaml(plan_path())
    gone = data["areas"][0]["initiatives"][0]["lines"].pop()
    shorter = tmp_path / "fy2021.yaml"
    shorter.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    assert load_plan(shorter, by=system_actor(), now=NOW).closed == 1
    assert PlanLine.objects.get(code=gone["code"]).valid_to == NOW.date()
    load_real_plan()
    assert not PlanLine.objects.exclude(valid_to=None).exists()


def test_section_in_charge_comes_when_the_reference_data_has_it():
    load_real_plan()
    edition = Edition.objects.get(program__code="multicultural-grant")
    assert edition.section is None
    section = make_section(name="多文化共生課")
    load_real_plan()
    edition.refresh_from_db()
    assert edition.section == section


def test_staff_keep_their_edition_when_the_plan_is_loaded_again():
    load_real_plan()
    Edition.objects.filter(program__code="multicultural-grant").update(budget=10_000_000)
    before = RuleSet.objects.count()
    load_real_plan()
    assert Edition.objects.get(program__code="multicultural-grant").budget == 10_000_000
    assert RuleSet.objects.count() == before


def test_every_file_of_rules_questions_and_criteria_belongs_to_a_programme_and_is_loaded():
    load_real_plan()
    codes = {
        folder: {path.stem.replace("_", "-") for path in folder.glob("*.yaml")}
        for folder in (RULES, QUESTIONS, CRITERIA)
    }
    editions = Edition.objects.filter(fiscal_year=2021)
    named = editions.exclude(rules=None).values_list("program__code", flat=True)
    assert set(named) == codes[RULES]
    forms = Form.objects.exclude(versions__published_at=None).values_list("code", flat=True)
    assert set(forms) == codes[QUESTIONS]
    weighed = editions.exclude(criteria=None).values_list("program__code", flat=True)
    assert set(weighed) == codes[CRITERIA]


def test_criteria_come_once_and_the_staff_keep_theirs(tmp_path, monkeypatch):
    row = {"key": "need", "name": "必要性", "help": "", "weight": 4, "maximum": 5}
    (tmp_path / "multicultural_grant.yaml").write_text(yaml.safe_dump([row]), "utf-8")
    monkeypatch.setattr("programs.loading.CRITERIA", tmp_path)
    load_real_plan()
    edition = Edition.objects.get(program__code="multicultural-grant")
    edition.criteria.update(weight=20)
    load_real_plan()
    assert [(c.key, c.full) for c in edition.criteria.all()] == [("need", 100)]


def test_copy_plan_opens_the_next_year_once():
    load_real_plan()
    assert copy_plan(from_year=2021, to_year=2022, by=system_actor(), now=NOW) == 118
    assert copy_plan(from_year=2021, to_year=2022, by=system_actor(), now=NOW) == 0
    line = PlanLine.objects.get(fiscal_year=2022, code="multicultural-grant")
    assert line.edition.fiscal_year == 2022
    assert line.edition.rules.data == line.program.editions.get(fiscal_year=2021).rules.data
    assert not PlanLine.objects.filter(fiscal_year=2022).exclude(change="").exists()
    assert Program.objects.count() == 118
