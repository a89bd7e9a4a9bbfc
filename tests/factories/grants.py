"""A town's story at CLAIR: the people in it, and applications moved by the acts of real life."""

import io
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfWriter

from accounts.models import Organization, User
from approvals.actions import RouteStep, draft_approval
from approvals.models import Approval
from core import files, workflow
from core.models import Letter, OutboxMessage
from core.workflow import Behalf
from grants.actions import drafting
from grants.actions.review import assign
from grants.models import Application, Review
from programs.models import Call
from tests.factories.accounts import make_body, make_member, make_role, make_section, make_user
from tests.factories.approvals import Desk, make_desk, post_of
from tests.factories.programs import NOW, make_call, make_edition, make_version

_numbers = itertools.count(1)

QUESTIONS = [
    {"key": "purpose", "kind": "long", "label": "事業の目的", "required": True, "limit": 800},
    {"key": "visitors", "kind": "number", "label": "参加者の見込み数"},
    {"key": "project_plan", "kind": "file", "label": "事業計画書", "required": True},
    {"key": "agreement", "kind": "file", "label": "共同実施に関する書類"},
]
LINES = [
    {
        "kind": "expense",
        "category": "honoraria",
        "description": "講師謝金",
        "basis": "20,000円×40回",
        "amount": 800_000,
    },
    {
        "kind": "expense",
        "category": "printing",
        "description": "案内の印刷",
        "basis": "5,000部",
        "amount": 250_000,
    },
    {
        "kind": "income",
        "category": "",
        "description": "団体の負担",
        "basis": "",
        "amount": 50_000,
    },
]
ANSWERED = {"answers": {"purpose": "外国人住民と自治会の支え合いのため", "visitors": 120}}
DUE = "2021-09-01"
DATA: dict[str, dict[str, Any]] = {
    "receive": {"incoming_number": "収受第1号"},
    "accept_late": {"incoming_number": "収受第2号", "reason": "災害で郵便が遅れたため"},
    "return_for_correction": {
        "due": DUE,
        "comments": [{"field": "answers.purpose", "text": "対象者を具体的に書いてください。"}],
    },
    "refuse": {"reason": "対象外の事業であるため"},
    "lapse": {"reason": "期限までに補正がなかったため"},
    "recommend": {
        "outcome": "adopted",
        "amount": 1_000_000,
        "reason": "他団体の模範となるため",
        "conditions": "内容を変えるときは、承認を受けること。\n完了後30日以内に報告すること。",
    },
    "send_back": {"reason": "積算を確かめてください"},
    "withdraw": {"reason": "事業計画を見直すため"},
}
PATHS: dict[str, tuple[str, ...]] = {
    "draft": (),
    "submitted": ("submit",),
    "at_intermediary": ("submit",),
    "late": ("submit",),
    "received": ("submit", "receive"),
    "returned": ("submit", "receive", "return_for_correction"),
    "under_review": ("submit", "receive", "start_review"),
    "recommended": ("submit", "receive", "start_review", "recommend"),
    "decided": ("submit", "receive", "start_review", "recommend", "decide"),
    "informally_notified": (
        *("submit", "receive", "start_review", "recommend", "decide"),
        "notify_informally",
    ),
    "announced": ("submit", "receive", "start_review", "recommend", "decide", "announce"),
    "not_accepted": ("submit", "refuse"),
    "withdrawn": ("submit", "withdraw"),
}
_BY_MANAGER = {"accept_late", "refuse", "lapse", "send_back", "notify_informally", "announce"}
_BY_OFFICER = {"receive", "return_for_correction", "start_review", "recommend"}


@dataclass(frozen=True)
class Story:
    """One call, CLAIR's desk, the town, its branch and the other town that must see nothing."""

    call: Call
    desk: Desk
    town: Organization
    clerk: User
    drafter: User
    viewer: User
    other: User
    branch: User

    def actor(self, name: str) -> User:
        """Return who usually does the act."""
        if name in _BY_MANAGER:
            return self.desk.manager
        if name in _BY_OFFICER:
            return self.desk.officer
        return self.branch if name == "forward" else self.clerk

    def run(self, case: Application, name: str, now: datetime = NOW, **data: Any) -> Application:
        """Make one act as who usually does it; `by` and `behalf` name others."""
        by = data.pop("by", None) or self.actor(name)
        behalf = data.pop("behalf", None)
        data = DATA.get(name, {}) | data
        return workflow.run(case, name, by=by, now=now, data=data, behalf=behalf)

    def after(self) -> datetime:
        """Return a moment after the deadline."""
        return self.call.closes_at + timedelta(seconds=1)


def town_story(
    *, routed: bool = False, clock: str = "clair", kind: str = "town", **edition: Any
) -> Story:
    """A call that is open at NOW, and everybody who has to do with it."""
    number = next(_numbers)
    desk = make_desk(f"多文化共生課{number}")
    desk.section.sign, desk.section.phone = f"多{number}", "03-5213-1725"
    desk.section.save()
    values = {"routes_through_branch": routed, "branch_clock": clock, "section": desk.section}
    call = make_call(make_edition(**values | edition), form=make_version(QUESTIONS).form)
    town = make_body(kind, name=f"大泉町{number}")
    section = make_section(town, name="国際課", mailbox=f"kokusai{number}@example.jp")
    prefecture = make_body("prefecture", name=f"群馬県{number}")
    make_role("branch", prefecture, town)
    return Story(
        call,
        desk,
        town,
        *(make_member(town, role, section) for role in ("submitter", "contact", "viewer")),
        other=make_member(make_body(name=f"東川町{number}")),
        branch=make_member(prefecture),
    )


@cache
def pdf_bytes() -> bytes:
    """A real, empty PDF."""
    writer, stream = PdfWriter(), io.BytesIO()
    writer.add_blank_page(595, 842)
    writer.write(stream)
    return stream.getvalue()


def upload(name: str = "事業計画書.pdf", content: bytes | None = None) -> SimpleUploadedFile:
    """A file as a browser sends it."""
    content = pdf_bytes() if content is None else content
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def content(user: User, **changes: Any) -> dict[str, Any]:
    """All that a body writes into an application that nothing stands against (yen, JST)."""
    return {
        "title": f"やさしい日本語の講座{next(_numbers)}",
        "categories": ["language"],
        "starts_on": datetime(2022, 6, 1).date(),
        "ends_on": datetime(2023, 2, 28).date(),
        "requested_amount": 1_000_000,
        "answers": {"purpose": "外国人住民の生活を支えるため", "visitors": 120},
        "document_number": "国際第12号",
        "document_date": datetime(2021, 8, 9).date(),
        "representative_title": "町長",
        "representative_name": "見本　太郎",
        "contact_name": "例示　花子",
        "contact_phone": "0276-62-2121",
        "contact_email": user.email,
        "is_decided_internally": True,
    } | changes


def children(user: User, lines: Iterable[dict[str, Any]] | None = None) -> Callable:
    """Return the writer of the budget and of the one paper that is asked for."""
    plan = files.store(upload(), by=user)
    write_lines = drafting.lines_writer(LINES if lines is None else lines)
    write_files = drafting.files_writer([(plan, "project_plan")], by=user)
    return lambda case: write_lines(case) | write_files(case)


def make_draft(story: Story, *, by: User | None = None, now: datetime = NOW, **changes: Any) -> Any:
    """An application that is filled in and could be submitted."""
    user = by or story.clerk
    lines = changes.pop("lines", None)
    values = content(user, **changes)
    case = drafting.begin(
        call=changes.pop("call", story.call),
        section=user.access.posts[0].section,
        by=user,
        now=now,
        changes={"title": values["title"]},
    )
    values.pop("call", None)
    return workflow.edit(
        case,
        by=user,
        now=now,
        version=case.version,
        changes=values,
        children=children(user, lines),
    )


def make_application(story: Story, status: str = "draft", **changes: Any) -> Application:
    """An application in the status, by the acts that lead there; `recommend` gives its data."""
    recommend = changes.pop("recommend", {})
    case = make_draft(story, **changes)
    late = {"submit": story.after()} if status == "late" else {}
    for name in PATHS[status]:
        if name == "decide":
            case = decide(story, [case])[0]
        else:
            data = recommend if name == "recommend" else {}
            case = story.run(case, name, late.get(name, NOW), **data)
    assert case.status == status
    return case


def make_approval_of(story: Story, cases: list[Application], now: datetime = NOW) -> Approval:
    """An approval of the decision on these cases that waits for the director alone."""
    desk = story.desk
    signers = {"review": desk.manager, "consult": desk.finance, "decide": desk.director}
    approval = draft_approval(
        subject="助成金の採択について",
        act="decide",
        cases=cases,
        by=desk.officer,
        now=now,
        steps=[RouteStep(kind, post_of(signer)) for kind, signer in signers.items()],
    )
    approval = workflow.run(approval, "submit", by=desk.officer, now=now)
    for signer in (desk.manager, desk.finance):
        approval = workflow.run(approval, "endorse", by=signer, now=now)
    return approval


def decide(story: Story, cases: list[Application], now: datetime = NOW) -> list[Application]:
    """Put the cases into one approval and decide it."""
    approval = make_approval_of(story, cases, now)
    workflow.run(approval, "decide", by=story.desk.director, now=now)
    return [Application.objects.get(pk=case.pk) for case in cases]


def paper(story: Story, arrived_on: Any) -> Behalf:
    """Staff file the town's paper, which arrived on that day."""
    return Behalf(story.town.name, "紙で届いたため", arrived_on)


def edit(story: Story, case: Application, **changes: Any) -> Application:
    """Change fields as the clerk does."""
    return workflow.edit(case, by=story.clerk, now=NOW, version=case.version, changes=changes)


def mails_of(case: Application, act: str) -> list[str]:
    """Return the mailboxes that were told of the act."""
    rows = OutboxMessage.objects.filter(case_id=case.pk, template__endswith=f"application_{act}")
    return sorted(rows.values_list("recipient", flat=True))


def letters_of(case: Application) -> list[str]:
    """Return the templates of the case's letters."""
    letters = Letter.objects.filter(case_id=case.pk).order_by("pk")
    return list(letters.values_list("template", flat=True))


CRITERIA = (("need", "必要性", 3, 5), ("effect", "効果", 2, 5))


def make_criteria(story: Story) -> None:
    """Two criteria of the story's edition: 5 points each, weighted 3 and 2; 25 in all."""
    for order, (key, name, weight, maximum) in enumerate(CRITERIA):
        story.call.edition.criteria.create(
            key=key, name=name, weight=weight, maximum=maximum, order=order
        )


def make_reviewer(name: str = "") -> User:
    """A member of a committee."""
    user = make_user(name=name or f"審査 委員{next(_numbers)}")
    return make_member(make_body("npo", name="審査委員会"), "reviewer", user=user)


def make_review(
    story: Story, case: Application, reviewer: User, points: tuple[int, int] | None = None
) -> Review:
    """A sheet; with points it is declared, scored and submitted."""
    [sheet] = assign([case], [reviewer], by=story.desk.officer, now=NOW)
    if points is None:
        return sheet
    scores = dict(zip((row[0] for row in CRITERIA), points, strict=True))
    for name, data in (
        ("declare", {"has_conflict": "no"}),
        ("score", {"scores": scores, "comments": {}, "overall": ""}),
        ("submit", {}),
    ):
        sheet = workflow.run(sheet, name, by=reviewer, now=NOW, data=data)
    return sheet
