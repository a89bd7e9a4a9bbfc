"""Rules tried on real applications before they are saved: who judges, and what would change.

Programmes know no applications: an engine registers in its trials.py how it judges its own.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from programs.models import Edition
from programs.rules import Finding, RuleData, Verdict

MOST = 500
# What a change of the rules does to one application, the gravest first.
OUTCOMES = ("refused", "accepted", "less", "more", "findings", "first", "same")


@dataclass(frozen=True)
class Trial:
    """One application judged by the rules in force (`before`, None if never) and by the new."""

    title: str
    body: str
    url: str
    status: str
    before: Verdict | None
    after: Verdict

    @property
    def outcome(self) -> str:
        """Return what the new rules do to the application, as named in OUTCOMES."""
        if self.before is None:
            return "first"
        if self.before.is_acceptable != self.after.is_acceptable:
            return "accepted" if self.after.is_acceptable else "refused"
        difference = self.after.allowed_amount - self.before.allowed_amount
        if difference:
            return "more" if difference > 0 else "less"
        return "findings" if self.came or self.gone else "same"

    @property
    def came(self) -> list[Finding]:
        """Return the findings that the new rules bring."""
        return _beyond(self.after, self.before)

    @property
    def gone(self) -> list[Finding]:
        """Return the findings that the new rules take away."""
        return _beyond(self.before, self.after)


@dataclass(frozen=True)
class Tried:
    """All that was tried: counts of every outcome, and the applications that change."""

    total: int
    counts: dict[str, int]
    changed: Sequence[Trial]
    is_cut: bool


Run = Callable[[Edition, RuleData, Any], Iterable[Trial]]
_runs: list[Run] = []


def register(run: Run) -> Run:
    """Make known how an engine judges an edition's applications in the user's sight."""
    _runs.append(run)
    return run


def run(edition: Edition, rules: RuleData, user: Any) -> Iterator[Trial]:
    """Judge every application of the edition that the user sees; nothing is written."""
    return chain.from_iterable(each(edition, rules, user) for each in _runs)


def try_rules(edition: Edition, rules: RuleData, user: Any, *, most: int = MOST) -> Tried:
    """Judge up to `most` applications; those that change come first the gravest, then by order."""
    found = list(islice(run(edition, rules, user), most + 1))
    shown = found[:most]
    counts = Counter(trial.outcome for trial in shown)
    changed = [trial for trial in shown if trial.outcome != "same"]
    changed.sort(key=lambda trial: OUTCOMES.index(trial.outcome))
    by_outcome = {outcome: counts[outcome] for outcome in OUTCOMES if counts[outcome]}
    return Tried(len(shown), by_outcome, changed, len(found) > most)


def _beyond(one: Verdict | None, other: Verdict | None) -> list[Finding]:
    """Return the findings of one verdict that the other does not have, by code and values."""
    known = {_told(finding) for finding in other.findings} if other else set()
    return [finding for finding in (one.findings if one else ()) if _told(finding) not in known]


def _told(finding: Finding) -> tuple[Any, ...]:
    return finding.code, finding.field, str(finding.found), str(finding.allowed)
