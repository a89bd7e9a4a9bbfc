"""Letters about an award: their number taken last, their content as stored for good."""

from typing import Any

from core import letters
from core.fiscal import era_date, jst_date
from core.models import Letter
from core.workflow import Step
from grants.actions.decision import common_content, letter_sign
from grants.models import Award

_SUBJECTS = {
    "award_suspend": "の事業の一時停止について（命令）",
    "award_resume": "の事業の一時停止の解除について（通知）",
    "award_order_correction": "の事業の是正について（命令）",
    "award_fix_amount": "の額の確定について（通知）",
    "award_cancel": "の交付決定の取消しについて（通知）",
    "award_cancel_part": "の交付決定の一部取消しについて（通知）",
    "disposalrequest_approve": "に係る財産処分の承認について（通知）",
    "disposalrequest_deny": "に係る財産処分の不承認について（通知）",
    "taxcreditreport_return_money": "に係る消費税仕入控除税額の返還について（通知）",
    "changerequest_approve": "の変更の承認について（通知）",
    "changerequest_deny": "の変更の不承認について（通知）",
    "changerequest_instruct": "の事業の遅延等に係る指示について（通知）",
}


def write_letter(
    step: Step, template: str, content: dict[str, Any], *, award: Award | None = None
) -> Letter:
    """Number and queue one letter of the case, about the award that it is or belongs to."""
    award = award or step.case
    return letters.prepare(
        step.case,
        template=f"grants/letters/{template}.typ",
        sign=letter_sign(award.application),
        subject=f"{award.edition.grant_name}{_SUBJECTS[template]}",
        addressee=award.organization.name,
        context={**award_content(award), **content},
        now=step.now,
        decided_on=jst_date(step.now),
    )


def award_content(award: Award) -> dict[str, Any]:
    """Return what every letter about an award says: to whom, from whom, which decision."""
    announced = award.application.announced_at
    return common_content(award.application) | {
        "award": {
            "number": award.award_number,
            "date": era_date(jst_date(announced)) if announced else "",
        },
        "report": {
            "number": award.report_number,
            "date": era_date(award.report_date) if award.report_date else "",
        },
    }
