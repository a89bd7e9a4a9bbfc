"""What is done with approvals: drafted, put on their route, signed, and decided as a whole."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from approvals.actions.routes import (
    RouteStep,
    check_decider,
    check_route,
    drafting_post,
    keep_total,
    rule_for,
    standard_route,
    total_of,
)
from approvals.models import Approval, ApprovalItem, ApprovalStep, next_number
from core import workflow
from core.fiscal import today
from core.workflow import InvalidTransition, Step

WITHDRAWN = "withdrawn"  # the common name of the status (cases.md)
MAX_ITEMS = 500


def draft_approval(
    *,
    subject: str,
    act: str,
    cases: Sequence[Any],
    by: Any,
    now: datetime,
    steps: Sequence[RouteStep] | None = None,
    reason: str = "",
) -> Approval:
    """Draft an approval of one act on cases of one kind; without steps on the route of its sum.

    Locks the cases by pk. Raises PermissionDenied or ValidationError (in words for the drafter).
    """
    post = drafting_post(by)
    day = today(now)
    model = _kind_of(cases)
    with transaction.atomic():
        locked = _locked(model, cases, by)
        _check_cases(locked, act)
        rule = rule_for(locked, act, day)
        route = list(steps) if steps is not None else standard_route(act, post, day, rule)
        check_route(route, act, day)
        check_decider(route, locked, act, day)
        return workflow.create(
            Approval,
            by=by,
            now=now,
            changes={
                "number": next_number(now),
                "subject": subject,
                "act": act,
                "reason": reason,
                "case_label": model._meta.label,
                "drafted_by_id": by.pk,
                "drafted_post": post,
                "section": post.section,
                "total_yen": total_of(locked, act),
                "rule": rule,
            },
            children=lambda approval: _write(approval, cases, route),
        )


def revise(
    approval: Approval,
    *,
    by: Any,
    now: datetime,
    version: int | None,
    changes: dict[str, Any],
    cases: Sequence[Any] | None = None,
    steps: Sequence[RouteStep] | None = None,
) -> Approval:
    """Change a draft, or what was returned or recalled; None leaves the cases or the route."""
    write = rewriter(by=by, now=now, cases=cases, steps=steps)
    return workflow.edit(approval, by=by, now=now, version=version, changes=changes, children=write)


def rewriter(
    *, by: Any, now: datetime, cases: Sequence[Any] | None, steps: Sequence[RouteStep] | None
) -> Callable[[Approval], dict[str, Any]]:
    """Return what writes cases and route inside the edit's lock; refuses all but the drafter.

    Whether the deciding post is high enough for the sum is asked when the approval is sent.
    """

    def write(approval: Approval) -> dict[str, Any]:
        require_drafter(approval, by)
        if steps is not None:
            check_route(steps, approval.act, today(now))
        if cases is not None:
            if _kind_of(cases) is not approval.case_model:
                raise ValidationError(_("Put only records of one kind into an approval."))
            locked = _locked(approval.case_model, cases, by)
            _check_cases(locked, approval.act, apart_from=approval)
            keep_total(approval, locked, today(now))
            approval.save(update_fields=["total_yen", "rule"])
        before = _told(approval)
        _write(approval, cases, steps)
        after = _told(approval)
        return {name: [before[name], after[name]] for name in after if before[name] != after[name]}

    return write


def require_drafter(approval: Approval, by: Any) -> None:
    """Refuse everybody but the drafter and whoever holds the drafting post today."""
    if not approval.is_drafter(by):
        raise PermissionDenied(_("Only the person who drafted this approval may do this."))


def _kind_of(cases: Sequence[Any]) -> type[models.Model]:
    if not cases:
        raise ValidationError(_("Choose at least one record for the approval."))
    if len(cases) > MAX_ITEMS:
        raise ValidationError(
            _("An approval holds at most %(count)d records. Draft a second one for the rest.")
            % {"count": MAX_ITEMS}
        )
    if len({type(case) for case in cases}) > 1:
        raise ValidationError(_("Put only records of one kind into an approval."))
    if len({case.pk for case in cases}) < len(cases):
        raise ValidationError(_("The same record is named twice. Name it once."))
    return type(cases[0])


def _locked(model: Any, cases: Iterable[Any], by: Any) -> list[Any]:
    """Return the cases locked by pk, all first (design.md Locks); 403 for one out of scope."""
    wanted = {case.pk for case in cases}
    rows = model._default_manager.filter(pk__in=wanted).visible_to(by)
    locked = list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))
    if len(locked) < len(wanted):
        raise PermissionDenied
    return locked


def _lock_items(approval: Approval) -> list[Any]:
    ids = list(approval.live_items().values_list("case_id", flat=True))
    rows = approval.case_model._default_manager.filter(pk__in=ids)
    return list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))


def sources_of(model: type[models.Model], act: str) -> frozenset[str]:
    """Return the statuses from which the act runs under an approval; none: it needs no approval."""
    rows = workflow.workflow_for(model).transitions
    return frozenset(s for r in rows if r.name == act and r.needs_authority for s in r.source)


def _check_cases(cases: Sequence[Any], act: str, apart_from: Approval | None = None) -> None:
    """Refuse cases that cannot run the act, or that another open approval already holds."""
    model = type(cases[0])
    sources = sources_of(model, act)
    if not sources:
        raise ValidationError(
            _("“%(act)s” is not an act that is put into an approval.") % {"act": act}
        )
    errors = [
        _("%(record)s: its status is “%(status)s”, so the act cannot be proposed.")
        % {"record": case, "status": model.Status(case.status).label}
        for case in cases
        if case.status not in sources
    ]
    taken = open_approvals_of(model, act, [case.pk for case in cases], apart_from)
    errors += [
        _("%(record)s: it is already in the open approval %(number)s.")
        % {"record": case, "number": taken[case.pk]}
        for case in cases
        if case.pk in taken
    ]
    if errors:
        raise ValidationError(errors)


def open_approvals_of(
    model: type[models.Model], act: str, ids: Iterable[int], apart_from: Approval | None = None
) -> dict[int, str]:
    """Return the number of the open approval that holds each case for the act."""
    held = ApprovalItem.objects.filter(
        approval__in=Approval.objects.open().filter(case_label=model._meta.label, act=act),
        case_id__in=list(ids),
        dropped_at=None,
    )
    if apart_from is not None:
        held = held.exclude(approval=apart_from)
    return dict(held.values_list("case_id", "approval__number"))


def _write(
    approval: Approval, cases: Sequence[Any] | None, steps: Sequence[RouteStep] | None
) -> dict[str, Any]:
    if cases is not None:
        approval.items.all().delete()
        ApprovalItem.objects.bulk_create(
            ApprovalItem(
                approval=approval, order=order, case_id=case.pk, case_public_id=case.public_id
            )
            for order, case in enumerate(cases, 1)
        )
    if steps is not None:
        approval.steps.all().delete()
        ApprovalStep.objects.bulk_create(
            ApprovalStep(approval=approval, order=order, kind=step.kind, post=step.post)
            for order, step in enumerate(steps, 1)
        )
    return {}


def _told(approval: Approval) -> dict[str, Any]:
    """Return cases and route as the audit tells them: by id."""
    items = approval.items.order_by("order").values_list("case_id", flat=True)
    steps = approval.steps.order_by("order").values_list("kind", "post_id")
    return {"items": list(items), "steps": [f"{kind} {post}" for kind, post in steps]}


def check_ready(approval: Approval, now: datetime) -> None:
    """Refuse to circulate what could not be decided; locks the cases by pk and keeps their sum."""
    cases = drop_withdrawn(approval, _lock_items(approval), now)
    if not cases:
        raise ValidationError(_("Choose at least one record for the approval."))
    _check_cases(cases, approval.act, apart_from=approval)
    steps = approval.steps.select_related("post__section").order_by("order")
    route = [RouteStep(s.kind, s.post) for s in steps]
    check_route(route, approval.act, today(now))
    check_decider(route, cases, approval.act, today(now))
    keep_total(approval, cases, today(now))


def begin_round(step: Step) -> None:
    """Start the route anew and keep which version of each case is being circulated."""
    approval = step.case
    approval.steps.update(
        acted_by=None,
        acted_at=None,
        is_acting=False,
        later_read_by=None,
        later_read_at=None,
        comment="",
    )
    versions = {case.pk: case.version for case in approval.cases()}
    items = list(approval.live_items())
    for item in items:
        item.case_version = versions[item.case_id]
    ApprovalItem.objects.bulk_update(items, ["case_version"])


def drop_withdrawn(approval: Approval, cases: Iterable[Any], now: datetime) -> list[Any]:
    """Take the withdrawn cases out of the approval, with a note; return the others."""
    cases = list(cases)
    sources = sources_of(approval.case_model, approval.act)
    gone = {c.pk for c in cases if c.status == WITHDRAWN and WITHDRAWN not in sources}
    if gone:
        approval.live_items().filter(case_id__in=gone).update(
            dropped_at=now, note=_("Withdrawn meanwhile.")
        )
    return [case for case in cases if case.pk not in gone]


def sign(step: Step) -> ApprovalStep:
    """Write the actor's name into the step whose turn it is; 代決 where another's post."""
    signed = next(row for row in step.case.route if row.acted_at is None)
    signed.acted_by_id, signed.acted_at = step.by.pk, step.now
    signed.is_acting = not signed.is_held_by(step.by)
    signed.comment = step.data.get("comment", "")
    signed.save(update_fields=["acted_by", "acted_at", "is_acting", "comment"])
    _tell(step, [signed], signed.comment)
    return signed


def _tell(step: Step, rows: Iterable[ApprovalStep], words: str = "") -> None:
    """Make the audit's note say which step it was, 代決 included."""
    acting = _("as acting person")
    said = [f"{row.label}（{acting}）" if row.is_acting else row.label for row in rows]
    step.data["reason"] = " / ".join(text for text in [*said, words] if text)


def decide(step: Step) -> None:
    """Sign as the decider and run the act on every case: all of them or none."""
    approval = step.case
    sign(step)
    approval.decided_at = step.now
    cases = drop_withdrawn(approval, _lock_items(approval), step.now)
    if not cases:
        raise InvalidTransition(_("Every record of this approval was withdrawn: recall it."))
    _check_unchanged(approval, cases)
    check_decider(approval.route, cases, approval.act, today(step.now))
    keep_total(approval, cases, today(step.now))
    workflow.hold(cases, approval.act)
    order = dict(approval.live_items().values_list("case_id", "order"))
    for case in sorted(cases, key=lambda case: order[case.pk]):
        _run_act(approval, case, step)


def _check_unchanged(approval: Approval, cases: Iterable[Any]) -> None:
    """Refuse to decide on what is not what was circulated (sent back, proposed anew)."""
    circulated = dict(approval.live_items().values_list("case_id", "case_version"))
    changed = [str(case) for case in cases if case.version != circulated[case.pk]]
    if changed:
        raise InvalidTransition(
            _("Changed since it was circulated: %(records)s. Return the approval for correction.")
            % {"records": "、".join(changed)}
        )


def _run_act(approval: Approval, case: Any, step: Step) -> None:
    try:
        workflow.run(case, approval.act, by=step.by, now=step.now, authority=approval)
    except ValidationError as error:
        raise ValidationError([_named(case, message) for message in error.messages]) from error
    except InvalidTransition as error:
        raise InvalidTransition(_named(case, str(error))) from error


def _named(case: Any, message: str) -> str:
    return _("%(record)s: %(message)s") % {"record": case, "message": message}


def read_later(step: Step) -> None:
    """Write that the post's holder has read what was signed in their stead (後閲)."""
    rows = step.case.unread_steps(step.by)
    for row in rows:
        row.later_read_by_id, row.later_read_at = step.by.pk, step.now
        row.save(update_fields=["later_read_by", "later_read_at"])
    _tell(step, rows)
