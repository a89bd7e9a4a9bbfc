"""Whether a change needs approval or notice is enough: pure, each reason with its clause.

Above the edition's limits (rules.changes: moved share of a class of cost, or moved yen) a change of
the cost allocation needs approval (Art. 7(1)i; domain.md §1.4, unconfirmed for CLAIR). Content,
period, interruption and abolition always do; registered data never; a delay is instructed upon.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.money import format_yen
from programs.rules import RuleData

APPROVED_ALWAYS = frozenset({"content", "schedule", "interrupt", "abolish"})


@dataclass(frozen=True)
class ChangeFinding:
    """One reason, in words, with its clause."""

    code: str
    text: str
    needs_approval: bool
    clause: str = ""
    is_confirmed: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as JSON, to be stored with the request and sent."""
        return asdict(self)


def judge_change(
    rules: RuleData | None,
    *,
    kind: str,
    before: Mapping[str, int],
    after: Mapping[str, int],
    decided: int,
    wanted: int | None,
) -> list[ChangeFinding]:
    """Return the findings; `before` and `after` are yen by class of cost, `wanted` a new amount."""
    clause = rules.clause("changes") if rules else ""
    is_sure = bool(rules and rules.is_confirmed("changes"))

    def found(code: str, text: str, *, needs: bool) -> ChangeFinding:
        return ChangeFinding(code, text, needs, clause, is_sure)

    if kind in APPROVED_ALWAYS:
        return [found("always", _("A change of this kind needs approval."), needs=True)]
    if kind == "delay":
        return [found("delay", _("CLAIR answers with an instruction."), needs=False)]
    if kind == "registered_data":
        return [found("notice", _("Notice is enough."), needs=False)]
    findings = []
    if wanted is not None and wanted != decided:
        text = _("The amount decided changes from %(before)s to %(after)s: approval is needed.")
        words = {"before": format_yen(decided), "after": format_yen(wanted)}
        findings.append(found("amount", text % words, needs=True))
    names = {row.key: row.name for row in rules.expenses} if rules else {}
    for key, was, now in _moved(before, after):
        reason = _above(rules, was, now)
        words = {"name": names.get(key, key), "before": format_yen(was), "after": format_yen(now)}
        if reason:
            text = _(
                "%(name)s changes from %(before)s to %(after)s, %(reason)s: approval is needed."
            )
            findings.append(found("above", text % (words | {"reason": reason}), needs=True))
        else:
            text = _("%(name)s changes from %(before)s to %(after)s, within the limit.")
            findings.append(found("within", text % words, needs=False))
    if not any(finding.needs_approval for finding in findings):
        findings.append(found("notice", _("Notice is enough."), needs=False))
    return findings


def _moved(before: Mapping[str, int], after: Mapping[str, int]) -> Iterable[tuple[str, int, int]]:
    for key in dict.fromkeys([*before, *after]):
        was, now = before.get(key, 0), after.get(key, 0)
        if was != now:
            yield key, was, now


def _above(rules: RuleData | None, was: int, now: int) -> str:
    """Return why the move is above the limits, empty where it is within them."""
    limits = rules.changes if rules else None
    if limits is None or (limits.share is None and limits.amount is None):
        return _("and the edition names no limit")
    moved = abs(now - was)
    if limits.amount is not None and moved > limits.amount:
        return _("more than %(limit)s") % {"limit": format_yen(limits.amount)}
    if limits.share is not None and moved > was * limits.share:
        return _("more than %(share)s of it") % {"share": limits.share}
    return ""
