"""Rules tried on the grants' applications: what each would be told by others (programs/trials)."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from core import receipts, workflow
from grants.judging import Taking, facts_from, stored_verdict, takings
from grants.models import Application
from programs.models import Edition
from programs.rules import Facts, RuleData, Verdict, judge
from programs.trials import Trial, register

_LEFT_OUT = (Application.Status.WITHDRAWN, Application.Status.NOT_ACCEPTED)
_RELATED = ("organization", "call", "edition__rules", "rule_set")
_LISTS = ("budget_lines", "parties__organization", "files")


@register
def run(edition: Edition, rules: RuleData, user: Any) -> Iterator[Trial]:
    """Judge every application of the edition that is in the user's sight; nothing is written.

    The number of queries does not grow with the number of applications.
    """
    rows = Application.objects.visible_to(user).filter(edition=edition)
    rows = rows.exclude(status__in=_LEFT_OUT).select_related(*_RELATED)
    cases = list(rows.prefetch_related(*_LISTS).order_by("pk"))
    present = edition.rules.rules if edition.rules else None
    taken = _Taken(edition, rules, present)
    arrived = receipts.arrivals(cases)
    for case in cases:
        yield Trial(
            title=f"{case.receipt_number or '－'} {case.title}",
            body=str(case.organization),
            url=case.staff_url(),
            status=workflow.status_label(case, user),
            before=_before(case, present, taken, arrived.get(case.pk)),
            after=judge(rules, taken.facts(case, rules, arrived.get(case.pk))),
        )


class _Taken:
    """What all applications of the edition take of the caps, read once for each way to count."""

    def __init__(self, edition: Edition, *rules: RuleData | None):
        self._rows: dict[str, dict[int, list[Taking]]] = {}
        for counting in {each.joint_counting for each in rules if each}:
            by_body: dict[int, list[Taking]] = defaultdict(list)
            for row in takings(edition.pk, counting):
                by_body[row.organization].append(row)
            self._rows[counting] = by_body
        self._own: dict[int, set[int]] = defaultdict(set)
        for row in takings(edition.pk, "lead"):
            self._own[row.organization].add(row.application)

    def facts(self, case: Application, rules: RuleData, arrived_at: Any) -> Facts:
        """Return the facts of a case, its lists prefetched, without a query of its own."""
        rows = self._rows[rules.joint_counting].get(case.organization_id, [])
        already = sum(row.yen for row in rows if row.application != case.pk)
        earlier = len(self._own[case.organization_id] - {case.pk}) if rules.quota else 0
        return facts_from(case, already, earlier, arrived_at=arrived_at)


def _before(
    case: Application, present: RuleData | None, taken: _Taken, arrived_at: Any
) -> Verdict | None:
    """Return the verdict that stands: as stored with the submission, else by the present rules."""
    stored = stored_verdict(case)
    if stored or present is None:
        return stored
    return judge(present, taken.facts(case, present, arrived_at))
