"""Judging again: a submitted application under the rules in force now, told before it is done."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, receipts, workflow
from grants.judging import facts_of, stored_verdict
from grants.models import Application
from programs.models import RuleSet
from programs.rules import Verdict, judge

S = Application.Status
PERMISSION = "grants.judge_again_application"
# Once an outcome is proposed, the verdict it rests on stands.
JUDGED_IN = (S.SUBMITTED, S.AT_INTERMEDIARY, S.LATE, S.RECEIVED, S.RETURNED, S.UNDER_REVIEW)


@dataclass(frozen=True)
class Judgement:
    """The verdict that stands and the one that the edition's present rules give."""

    rule_set: RuleSet
    before: Verdict | None
    after: Verdict


def judgement_of(application: Application) -> Judgement | None:
    """Return both verdicts, nothing written; None where the edition has no rules."""
    rule_set = application.edition.rules
    if rule_set is None:
        return None
    rules = rule_set.rules
    arrived = receipts.arrivals([application]).get(application.pk)
    after = judge(rules, facts_of(application, rules, arrived_at=arrived))
    return Judgement(rule_set, stored_verdict(application), after)


def judge_again(
    application: Application, *, by: Any, now: datetime, reason: str, version: int | None
) -> Application:
    """Judge by the edition's present rules and keep that verdict; the audit names the reason.

    Raises PermissionDenied, InvalidTransition (not submitted, or a decision is proposed) or
    StaleVersion.
    """
    with transaction.atomic():
        case = workflow.lock(application)
        if not by.has_perm(PERMISSION, case):
            raise PermissionDenied
        found = judgement_of(case)
        if case.status not in JUDGED_IN or found is None:
            raise workflow.InvalidTransition(
                _("Judging again is possible from the submission until a decision is proposed.")
            )
        if version is not None and version != case.version:
            raise workflow.StaleVersion(case)
        before = audit.snapshot(case)
        case.rule_set, case.verdict = found.rule_set, found.after.to_dict()
        case.version += 1
        changes = audit.changes_between(before, case)
        case.save(update_fields=["rule_set", "verdict", "version", "updated_at"])
        audit.record("judge_again", case, by=by, at=now, changes=changes, note=reason)
    return case
