"""Applications in every status, each made by the acts that lead there."""

import io
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfWriter

from accounts.models import Post, User
from approvals.actions import RouteStep, draft_approval
from core import files, workflow
from core.fiscal import FiscalYear, jst_date
from grants.actions import drafting
from grants.actions.announcing import announce_all
from grants.actions.review import assign
from grants.models import Application
from grants.reviewing import criteria_of
from programs.models import Call

Users = dict[str, User]
Calls = dict[str, Call]

ANSWERS = {
    "purpose": "外国人住民が増え、生活に必要な情報が届きにくい状況にあるため、地域で支え合う仕組みをつくります。",
    "content": "やさしい日本語の講座、多言語での案内の作成、住民どうしの交流会を行います。",
    "schedule": "6月から翌年2月まで、月1回実施します。",
    "participants": 240,
    "necessity": "転入直後の外国人住民に生活の情報が届かず、地域での孤立が課題となっています。",
    "model_value": "教材と運営手順を公開し、近隣の市町村がそのまま使えるようにします。",
    "indicator": "講座の修了者60人、交流会の参加者180人",
    "continues": "no",
    "partners": "自治会、国際交流協会、学校と連携します。",
}
OVERALL = "地域の課題の捉え方が確かで、関係者との連携も具体的である。"
TITLES = (
    "やさしい日本語による防災講座",
    "多言語の子育て相談窓口",
    "外国人住民と自治会の交流事業",
    "就学前の子どもの日本語教室",
    "多言語による医療受診の手引き",
    "外国人住民のための生活ガイダンス",
    "災害時の通訳ボランティア養成",
    "職場で使う日本語の学習支援",
    "多文化カフェの開設",
    "外国人児童の放課後の学習支援",
    "多言語の住まい探し支援",
    "地域日本語教室の立ち上げ",
    "国際理解の出前講座",
    "外国人住民の声を聴く会",
    "多言語情報アプリの試行",
)


def load(users: Users, calls: Calls, *, now: datetime) -> None:
    """Make the applications; each story names its town and how far it goes."""
    Story(users, calls, now).tell()


class Story:
    """Makes applications and moves them as the demo's people would."""

    def __init__(self, users: Users, calls: Calls, now: datetime):
        self.users, self.calls, self.now = users, calls, now
        self.titles = iter(TITLES)
        self.incoming = iter(range(1, 100))

    def tell(self) -> None:
        """Make every status once or more."""
        first, second, routed = (self.calls[name] for name in ("first", "second", "routed"))
        self.draft("town-a", second)
        self.draft("town-b", second)
        self.submitted("town-a", second)
        self.submitted("association", second)
        self.submitted("town-a", routed)
        self.late("town-b", first)
        self.returned("town-a", first)
        self.refused("association", first)
        self.reviewed(self.received("town-b", first))
        in_review = self.run(self.received("town-a", first), "start_review", "officer")
        self.reviewed(in_review, {"reviewer": (4, 4, 5, 3, 4), "reviewer-b": (5, 4, 4, 4, 3)})
        self.run(
            self.submitted("association", first),
            "withdraw",
            "association",
            reason="事業計画を見直すため",
        )
        self.recommended("prefecture", first, "adopted")
        decided = [
            self.recommended("prefecture", first, "adopted"),
            self.recommended("prefecture", first, "adopted_with_modification"),
            self.recommended("town-a", first, "adopted"),
            self.recommended("town-b", first, "rejected"),
        ]
        _waiting, informal, *announced = self.decide(decided)
        self.run(informal, "notify_informally", "manager")
        versions = {case.pk: case.version for case in announced}
        announce_all(announced, by=self.users["manager"], now=self.now, versions=versions)

    def reviewed(self, case: Application, points: dict[str, tuple[int, ...]] | None = None) -> None:
        """Give both reviewers a sheet; those with points declare, score and submit."""
        people = [self.users[name] for name in ("reviewer", "reviewer-b")]
        due = jst_date(self.now + timedelta(days=14))
        sheets = assign([case], people, by=self.users["officer"], now=self.now, due_on=due)
        keys = [criterion.key for criterion in criteria_of(case)]
        for who, sheet in zip(("reviewer", "reviewer-b"), sheets, strict=True):
            if points is None:
                continue
            self.run(sheet, "declare", who, has_conflict="no")
            scores = dict(zip(keys, points[who], strict=True))
            self.run(sheet, "score", who, scores=scores, comments={}, overall=OVERALL)
            self.run(sheet, "submit", who)

    def run(self, case: Any, name: str, who: str, at: datetime | None = None, **data: Any) -> Any:
        """Make one act as one of the people."""
        return workflow.run(case, name, by=self.users[who], now=at or self.now, data=data)

    def draft(self, who: str, call: Call) -> Application:
        """Begin and fill in an application; submitted ones arrived in the call's second week."""
        user = self.users[who]
        at = max(
            call.opens_at + timedelta(hours=2), min(self.now, call.closes_at - timedelta(days=20))
        )
        case = drafting.begin(
            call=call,
            section=user.access.posts[0].section,
            by=user,
            now=at,
            changes={"title": next(self.titles, "多文化共生のまちづくり")},
        )
        return workflow.edit(
            case,
            by=user,
            now=at,
            version=case.version,
            changes=self._content(call, user),
            children=self._children(user),
        )

    def _content(self, call: Call, user: User) -> dict[str, Any]:
        year = FiscalYear(call.edition.fiscal_year)
        return {
            "categories": ["disaster", "language"],
            "starts_on": year.starts.replace(month=6),
            "ends_on": year.ends.replace(month=1, day=31),
            "requested_amount": 500_000,
            "answers": ANSWERS,
            "document_number": f"国協第{user.pk}号",
            "document_date": call.opens_at.date(),
            "representative_title": "町長" if user is self.users["town-a"] else "代表者",
            "representative_name": "見本　太郎",
            "contact_name": user.name,
            "contact_phone": "03-0000-0000",
            "contact_email": user.email,
            "is_decided_internally": True,
        }

    def _children(self, user: User) -> Any:
        plan = files.store(
            SimpleUploadedFile("事業計画書.pdf", _blank_pdf(), content_type="application/pdf"),
            by=user,
        )
        lines = [
            {
                "kind": "expense",
                "category": "honoraria",
                "description": "講師謝金",
                "basis": "20,000円×10回",
                "amount": 200_000,
            },
            {
                "kind": "expense",
                "category": "outsourcing",
                "description": "教材の翻訳",
                "basis": "一式",
                "amount": 250_000,
            },
            {
                "kind": "expense",
                "category": "printing",
                "description": "案内の印刷",
                "basis": "3,000部",
                "amount": 120_000,
            },
            {
                "kind": "income",
                "category": "",
                "description": "団体負担",
                "basis": "",
                "amount": 70_000,
            },
        ]

        def write(case: Application) -> dict[str, Any]:
            return drafting.lines_writer(lines)(case) | drafting.files_writer(
                [(plan, "project_plan")], by=user
            )(case)

        return write

    def submitted(self, who: str, call: Call) -> Application:
        """Submit within the window."""
        case = self.draft(who, call)
        at = min(self.now, call.closes_at - timedelta(days=3, hours=4))
        return self.run(case, "submit", who, at)

    def late(self, who: str, call: Call) -> Application:
        """Submit the day after the deadline."""
        return self.run(self.draft(who, call), "submit", who, call.closes_at + timedelta(days=1))

    def received(self, who: str, call: Call) -> Application:
        """Submit and receive."""
        number = f"収受第{next(self.incoming)}号"
        return self.run(self.submitted(who, call), "receive", "officer", incoming_number=number)

    def returned(self, who: str, call: Call) -> Application:
        """Return with two comments."""
        return self.run(
            self.received(who, call),
            "return_for_correction",
            "officer",
            due=(self.now + timedelta(days=10)).date().isoformat(),
            comments=[
                {"field": "lines", "text": "翻訳の積算の内訳（語数と単価）を記入してください。"},
                {"field": "answers.indicator", "text": "目標値の根拠を補ってください。"},
            ],
        )

    def refused(self, who: str, call: Call) -> Application:
        """Refuse what cannot be accepted."""
        return self.run(
            self.submitted(who, call), "refuse", "manager", reason="対象外の事業であるため"
        )

    def recommended(self, who: str, call: Call, outcome: str) -> Application:
        """Review and draft the decision."""
        case = self.run(self.received(who, call), "start_review", "officer")
        if outcome == "rejected":
            self.reviewed(case, {"reviewer": (2, 3, 1, 3, 2), "reviewer-b": (3, 2, 2, 3, 2)})
        amount = {"adopted": 500_000, "adopted_with_modification": 450_000}.get(outcome)
        reason = "重要性、必要性が認められ、他団体の模範となるため"
        if outcome == "rejected":
            reason = "同種の事業との違いが明らかでないため"
        data = {
            "outcome": outcome,
            "reason": reason,
            "conditions": "事業の内容を変更するときは、あらかじめ承認を受けること。\n事業が完了したときは、30日以内に実績を報告すること。",
        }
        return self.run(
            case, "recommend", "officer", **data, **({"amount": amount} if amount else {})
        )

    def decide(self, cases: list[Application]) -> list[Application]:
        """Put the whole list into one approval, and decide it."""
        approval = draft_approval(
            subject="助成事業の採択について",
            act="decide",
            cases=cases,
            by=self.users["officer"],
            now=self.now,
            steps=[
                RouteStep("review", self._post("manager")),
                RouteStep("consult", self._post("finance")),
                RouteStep("decide", self._post("director")),
            ],
        )
        approval = self.run(approval, "submit", "officer")
        approval = self.run(approval, "endorse", "manager")
        approval = self.run(approval, "endorse", "finance")
        self.run(approval, "decide", "director")
        return [Application.objects.get(pk=case.pk) for case in cases]

    def _post(self, who: str) -> Post:
        return self.users[who].access.posts[0]


def _blank_pdf() -> bytes:
    writer, stream = PdfWriter(), io.BytesIO()
    writer.add_blank_page(595, 842)
    writer.write(stream)
    return stream.getvalue()
