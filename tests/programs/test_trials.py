"""New rules tried on applications: what changes, the gravest first, up to a limit."""

import pytest

from programs import trials
from programs.rules import Finding, Level, Verdict
from programs.trials import Trial, try_rules


def verdict(allowed, *codes):
    return Verdict(tuple(Finding(code, Level.VIOLATION) for code in codes), allowed, (), ())


def trial(before, after, title="A-1"):
    return Trial(title, "甲町", "/a/", "submitted", before, after)


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        (verdict(5), verdict(5), "same"),
        (verdict(5), verdict(4), "less"),
        (verdict(5), verdict(6), "more"),
        (verdict(5), verdict(5, "late"), "refused"),
        (verdict(5, "late"), verdict(0), "accepted"),
        (verdict(5, "late"), verdict(5, "floor"), "findings"),
        (None, verdict(5), "first"),
    ],
)
def test_outcome_of_one_application(before, after, outcome):
    assert trial(before, after).outcome == outcome


def test_findings_that_come_and_go_are_told():
    found = trial(verdict(5, "late", "floor"), verdict(5, "floor", "over_cap"))
    assert ([f.code for f in found.came], [f.code for f in found.gone]) == (["over_cap"], ["late"])


def test_changes_come_gravest_first_and_the_rest_is_counted(monkeypatch):
    rows = [
        trial(verdict(5), verdict(5), "same"),
        trial(verdict(5), verdict(4), "less"),
        trial(verdict(5), verdict(5, "late"), "refused"),
    ]
    monkeypatch.setattr(trials, "_runs", [lambda edition, rules, user: iter(rows)])

    tried = try_rules(None, None, None)
    cut = try_rules(None, None, None, most=2)

    assert [t.title for t in tried.changed] == ["refused", "less"]
    assert (tried.total, tried.counts) == (3, {"refused": 1, "less": 1, "same": 1})
    assert (tried.is_cut, cut.is_cut, cut.total) == (False, True, 2)
