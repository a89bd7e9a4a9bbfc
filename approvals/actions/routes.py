"""The route of an approval: which posts may sign, what an amount asks for, and what is refused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from accounts.models import Post, Section
from accounts.models.offices import HEADQUARTERS
from approvals.models import (
    ACTING_ROLES,
    MONEY_ACTS,
    Approval,
    ApprovalStep,
    RouteRule,
    RouteRuleStep,
)
from approvals.models.routes import RANKS
from core import audit
from core.money import format_yen

DRAFTING_ROLES = frozenset({"officer", "manager"})
SIGNING_ROLES = frozenset({"officer", "manager", "director", "finance", "document_officer"})
MAX_STEPS = 9
USUAL_DECIDER = "director"  # where no rule says otherwise
Kind = ApprovalStep.Kind


@dataclass(frozen=True)
class RouteStep:
    """A step as it is drafted: what is asked of which post."""

    kind: str
    post: Post


def current_posts(on: date) -> models.QuerySet[Post]:
    """Return the posts of headquarters that may sign on the day, section by section."""
    standing = models.Q(valid_to=None) | models.Q(valid_to__gte=on)
    posts = Post.objects.filter(
        standing, section__office__code=HEADQUARTERS, role__in=SIGNING_ROLES
    )
    return posts.select_related("section").order_by("section", "pk")


def post_with_role(
    role: str, section: Section, on: date, apart_from: Post | None = None
) -> Post | None:
    """Return the first current post of that role: of the section, else of headquarters."""
    found = [post for post in current_posts(on).filter(role=role) if post != apart_from]
    return next((p for p in found if p.section_id == section.pk), found[0] if found else None)


def drafting_post(by: Any) -> Post:
    """Return the post under which the person drafts; PermissionDenied without one."""
    for post in by.access.posts:
        if post.role in DRAFTING_ROLES and post.section.office_id:
            return post
    raise PermissionDenied


def total_of(cases: Iterable[Any], act: str) -> int | None:
    """Return the money (yen) that the act gives to all of the cases; None where it gives none."""
    amounts = [case.proposed_yen(act) for case in cases]
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def standard_route(
    act: str, drafted: Post, on: date, rule: RouteRule | None = None
) -> list[RouteStep]:
    """Return the usual route: whom the rule asks, 経理 where money moves, and who decides.

    Without a rule: the section's manager, and the director decides. The drafter signs nothing; a
    decision that would be the drafter's goes to the next higher role.
    """
    decider = _decider(rule.decider if rule else USUAL_DECIDER, drafted, on)
    asked = _asked_by(rule, drafted, on) if rule else _usually_asked(drafted, on)
    if act in MONEY_ACTS and not any(s.post.role == "finance" for s in asked):
        asked += _by_role(Kind.CONSULT, "finance", drafted, on)
    steps: dict[int, RouteStep] = {}
    for step in asked:
        if step.post not in (drafted, decider):
            steps.setdefault(step.post.pk, step)
    return [*steps.values(), *([RouteStep(Kind.DECIDE, decider)] if decider else [])]


def _decider(role: str, drafted: Post, on: date) -> Post | None:
    for rank in RANKS[RANKS.index(role) :]:
        if post := post_with_role(rank, drafted.section, on, apart_from=drafted):
            return post
    return None


def _usually_asked(drafted: Post, on: date) -> list[RouteStep]:
    return _by_role(Kind.REVIEW, "manager", drafted, on)


def _asked_by(rule: RouteRule, drafted: Post, on: date) -> list[RouteStep]:
    """Return the rule's steps; one for a post that no longer stands asks nobody."""
    standing = current_posts(on).in_bulk()
    found: list[RouteStep] = []
    for step in sorted(rule.steps.all(), key=lambda step: step.order):
        if step.role:
            found += _by_role(step.kind, step.role, drafted, on)
        elif step.post_id in standing:
            found.append(RouteStep(step.kind, standing[step.post_id]))
    return found


def _by_role(kind: str, role: str, drafted: Post, on: date) -> list[RouteStep]:
    post = post_with_role(role, drafted.section, on)
    return [RouteStep(kind, post)] if post else []


def rule_for(cases: Sequence[Any], act: str, on: date) -> RouteRule | None:
    """Return the rule of the day that the act on these cases falls under, by the sum of them."""
    if not cases:
        return None
    label, total = cases[0]._meta.label, total_of(cases, act)
    return RouteRule.objects.asked_by(act=act, case_label=label, total=total, on=on)


def check_route(steps: Sequence[RouteStep], act: str, on: date) -> None:
    """Refuse a route that cannot lead to a valid decision."""
    errors = []
    if [s.kind for s in steps].count(Kind.DECIDE) != 1 or steps[-1].kind != Kind.DECIDE:
        errors.append(_("Name exactly one post that decides, as the last step."))
    elif steps[-1].post.role not in ACTING_ROLES:
        errors.append(_("The post that decides must be a manager's or a director's."))
    if len(steps) > MAX_STEPS:
        errors.append(_("A route has at most %(count)d steps.") % {"count": MAX_STEPS})
    if len({step.post.pk for step in steps}) < len(steps):
        errors.append(_("A post stands twice on the route. Name each post once."))
    current = {post.pk for post in current_posts(on)}
    errors += [
        _("%(post)s cannot sign: choose a current post of headquarters.") % {"post": s.post.label}
        for s in steps
        if s.post.pk not in current
    ]
    consulted = {s.post.role for s in steps if s.kind == Kind.CONSULT}
    if act in MONEY_ACTS and "finance" not in consulted:
        errors.append(_("The act moves money: add a consultation of the finance post."))
    if errors:
        raise ValidationError(errors)


def check_decider(steps: Sequence[Any], cases: Sequence[Any], act: str, on: date) -> None:
    """Refuse a deciding post lower than the amount asks (決裁規程); nobody may set this aside."""
    rule = rule_for(cases, act, on)
    decider = next((step.post for step in steps if step.kind == Kind.DECIDE), None)
    if rule is None or decider is None or rule.is_met_by(decider.role):
        return
    raise ValidationError(
        _(
            "%(total)s in all is too much for %(post)s to decide. The rule: %(rule)s. Choose a post"
            " of that role or a higher one as the post that decides."
        )
        % {
            "total": format_yen(total_of(cases, act) or 0),
            "post": decider.label,
            "rule": rule.words,
        },
        code="decider_too_low",
    )


def keep_total(approval: Approval, cases: Sequence[Any], on: date) -> None:
    """Write the sum of the cases and the rule that it falls under onto the approval (unsaved)."""
    approval.total_yen = total_of(cases, approval.act)
    approval.rule = rule_for(cases, approval.act, on)


@transaction.atomic
def save_route_rule(
    *,
    by: Any,
    now: datetime,
    act: str,
    decider: str,
    name: str,
    valid_from: date,
    case_label: str = "",
    at_least: int = 0,
    steps: Sequence[tuple[str, str | Post]] = (),
    valid_to: date | None = None,
    clause: str = "",
    is_confirmed: bool = False,
    rule: RouteRule | None = None,
) -> RouteRule:
    """Make a rule, or change `rule` or the one for the same act, type, amount (yen) and first day.

    A step is a kind (review or consult), and a role or a post. Raises ValidationError.
    """
    key = {
        "act": act,
        "case_label": case_label,
        "at_least": at_least,
        "valid_from": valid_from,
    }
    rows = RouteRule.objects.select_for_update(of=("self",), no_key=True)
    found = rows.filter(pk=rule.pk).first() if rule else rows.filter(**key).first()
    saved = found or RouteRule()
    before, told = audit.snapshot(saved), _steps_told(saved) if found else []
    values = {
        **key,
        "decider": decider,
        "name": name,
        "valid_to": valid_to,
        "clause": clause,
        "is_confirmed": is_confirmed,
    }
    for field, value in values.items():
        setattr(saved, field, value)
    saved.full_clean()
    saved.save()
    _write_steps(saved, steps)
    if found is None:
        audit.record("add", saved, by=by, at=now)
        return saved
    changes = audit.changes_between(before, saved)
    if _steps_told(saved) != told:
        changes["steps"] = [told, _steps_told(saved)]
    if changes:
        audit.record("change", saved, by=by, at=now, changes=changes)
    return saved


def _write_steps(rule: RouteRule, steps: Sequence[tuple[str, str | Post]]) -> None:
    unknown = [who for _kind, who in steps if isinstance(who, str) and who not in SIGNING_ROLES]
    if unknown:
        raise ValidationError(_("%(role)s signs nothing.") % {"role": unknown[0]})
    rule.steps.all().delete()
    RouteRuleStep.objects.bulk_create(
        RouteRuleStep(
            rule=rule,
            order=order,
            kind=kind,
            role=who if isinstance(who, str) else "",
            post=None if isinstance(who, str) else who,
        )
        for order, (kind, who) in enumerate(steps, 1)
    )


def _steps_told(rule: RouteRule) -> list[str]:
    rows = rule.steps.order_by("order").values_list("kind", "role", "post_id")
    return [f"{kind} {role or post}" for kind, role, post in rows]
