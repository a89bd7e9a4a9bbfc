"""Who may apply, before anybody signs in: one pure function of the rules."""

from dataclasses import dataclass

from programs.rules.data import RuleData


@dataclass(frozen=True)
class Eligibility:
    """What a kind of body may do under the rules; cap in yen, None where none is known."""

    may_apply: bool
    may_implement: bool
    cap: int | None
    clause: str
    is_confirmed: bool


def eligibility(rules: RuleData, *, kind: str, is_joint: bool, place: str = "") -> Eligibility:
    """Return whether a body of that kind may apply, alone or as the lead of a joint project."""
    only_implements = kind in rules.implementer_only
    may_apply = kind in rules.applicant_kinds and not only_implements
    rule = "implementers" if only_implements else "applicant_kinds"
    return Eligibility(
        may_apply=may_apply,
        may_implement=kind in (*rules.implementer_kinds, *rules.implementer_only),
        cap=rules.cap_for(kind, is_joint=is_joint, place=place) if may_apply else None,
        clause=rules.clause(rule),
        is_confirmed=rules.is_confirmed(rule),
    )
