"""Rules and forms are kept by version; what was in force stays readable and unchanged."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.utils import Error

from accounts.actors import system_actor
from core.audit import events_for
from programs import actions, versions
from programs.models import Edition, FormVersion, Question, RuleSet
from programs.rules import RuleError
from tests.factories.accounts import make_staff
from tests.factories.programs import (
    NOW,
    grant_rules,
    make_edition,
    make_program,
    make_version,
)

pytestmark = pytest.mark.django_db


def test_saving_rules_makes_the_next_version_and_records_who():
    edition = make_edition()
    manager = make_staff("manager")
    second = actions.save_rules(
        edition, data=grant_rules(floor=600_000), by=manager, now=NOW, note="改正"
    )
    assert edition.rules == second
    assert Edition.objects.get(pk=edition.pk).rules.rules.floor == 600_000
    assert list(edition.rule_sets.order_by("version").values_list("version", flat=True)) == [1, 2]
    assert (second.created_by, second.created_at) == (manager, NOW)
    event = events_for(edition).first()
    assert (event.action, event.note) == ("programs.edition.save_rules", "改正")


def test_data_that_is_no_rules_is_not_saved():
    edition = make_edition()
    with pytest.raises(RuleError):
        actions.save_rules(edition, data={"floor": 1}, by=system_actor(), now=NOW)
    assert RuleSet.objects.count() == 1


@pytest.mark.parametrize("change", ["update", "delete"])
def test_rules_are_never_changed(change):
    rules = RuleSet.objects.filter(pk=make_edition().rules_id)
    with pytest.raises(Error, match="insert-only"), transaction.atomic():
        rules.update(note="x") if change == "update" else rules._raw_delete("default")


def test_published_form_is_never_changed():
    version = make_version()
    with pytest.raises(Error), transaction.atomic():
        version.questions.update(label="別の質問")
    with pytest.raises(Error), transaction.atomic():
        Question.objects.create(version=version, key="late", order=9, kind="short", label="追加")
    with pytest.raises(Error), transaction.atomic():
        FormVersion.objects.filter(pk=version.pk).update(published_at=None)


def test_publishing_checks_the_questions():
    manager = make_staff("manager")
    empty = make_version([{"key": "q", "kind": "choice", "label": "選択"}], published_at=None)
    with pytest.raises(ValidationError):
        actions.publish_form(empty, by=manager, now=NOW)
    condition = {"key": "after", "equals": "yes"}
    early = make_version(
        [{"key": "q", "kind": "short", "label": "質問", "condition": condition}], published_at=None
    )
    with pytest.raises(ValidationError):
        actions.publish_form(early, by=manager, now=NOW)


def test_copied_edition_takes_rules_and_section_but_no_money():
    edition = make_edition(budget=10_000_000, routes_through_branch=True)
    copy = actions.copy_edition(edition, fiscal_year=2023, by=system_actor(), now=NOW)
    assert (copy.fiscal_year, copy.budget, copy.routes_through_branch) == (2023, None, True)
    assert copy.rules.data == edition.rules.data
    assert actions.copy_edition(edition, fiscal_year=2023, by=system_actor(), now=NOW) == copy


def test_decided_total_stays_within_the_budget():
    edition = make_edition(budget=5_000_000)
    assert actions.add_decided(edition.pk, 3_000_000).budget_left == 2_000_000
    with pytest.raises(ValidationError):
        actions.add_decided(edition.pk, 2_000_001)
    assert actions.add_decided(edition.pk, -1_000_000).decided_total == 2_000_000


def test_budget_is_kept_by_the_database_too():
    edition = Edition.objects.create(
        program=make_program(), fiscal_year=2022, name="事業", budget=1
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Edition.objects.filter(pk=edition.pk).update(decided_total=2)


def version_of(*questions):
    """A version whose questions are written as key, or (key, changes)."""
    rows = [q if isinstance(q, tuple) else (q, {}) for q in questions]
    plain = {"kind": "short", "label": "問"}
    return make_version([{"key": key, **plain, **more} for key, more in rows])


@pytest.mark.parametrize(
    ("after", "moved"),
    [
        ("abcd", {}),
        ("dabc", {"d": 1}),  # one moved to the front, not three moved back
        ("bcda", {"a": 4}),
        ("axbcd", {}),  # a new one moves nobody
        ("acd", {}),  # nor does one that is gone
        ("bxdca", {"c": 4, "a": 5}),  # b and d are still in order,
    ],
)
def test_changed_order_names_the_questions_that_moved(after, moved):
    old, new = version_of(*"abcd"), version_of(*after)
    found = versions.compare(old, new)
    assert {change.after.key: change.place for change in found.changed} == moved
    told = [row for row in versions.differences(old, new) if row.key in moved]
    assert all(str(moved[row.key]) in row.what for row in told)
    assert len(told) == len(moved)


def test_changed_section_is_told_but_asks_nothing_new():
    old = version_of(("a", {"section": "概要"}), ("b", {"section": "概要"}))
    new = version_of(("a", {"section": "概要"}), ("b", {"section": "体制", "limit": 100}))
    [change] = versions.compare(old, new).changed
    assert change.names == {"section", "limit"}
    assert change.names & set(versions.ASKED) == {"limit"}
    assert any("体制" in row.what for row in versions.differences(old, new))


def test_comparison_names_new_and_gone_questions_in_their_order():
    found = versions.compare(version_of(*"abc"), version_of(*"xcy"))
    assert [q.key for q in found.new] == ["x", "y"]
    assert [q.key for q in found.gone] == ["a", "b"]
    first = versions.compare(None, version_of(*"ab"))
    assert ([q.key for q in first.new], first.changed, first.gone) == (["a", "b"], (), ())
