"""The acts that lead an application from one status to the next, each by one of the demo's people."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from accounts.models import Post, User
from approvals.actions import RouteStep, draft_approval
from clair.demo import contents
from clair.demo.contents import Wish
from core import workflow
from core.fiscal import jst_date
from core.workflow import Behalf
from grants.actions import drafting
from grants.actions.announcing import announce_all
from grants.actions.review import assign
from grants.models import Application
from grants.reviewing import criteria_of
from programs.models import Call

Users = dict[str, User]

OVERALL = "地域の課題の捉え方が確かで、関係者との連携も具体的である。"
CONDITIONS = (
    "事業の内容を変更するときは、あらかじめ承認を受けること。\n"
    "事業が完了したときは、30日以内に実績を報告すること。"
)
REASONS = {
    "adopted": "重要性、必要性が認められ、他団体の模範となるため",
    "adopted_with_modification": "効果が見込まれるが、経費の一部の積算を見直す必要があるため",
    "rejected": "同種の事業との違いが明らかでないため",
}


class Acts:
    """Makes acts as the demo's people would, at the moment given to each or at `now`."""

    def __init__(self, users: Users, now: datetime):
        self.users, self.now = users, now
        self.incoming = itertools.count(1)

    def run(self, case: Any, name: str, who: str, at: datetime | None = None, **data: Any) -> Any:
        """Make one act as one of the people."""
        return workflow.run(case, name, by=self.users[who], now=at or self.now, data=data)

    def draft(self, who: str, call: Call, wish: Wish, at: datetime | None = None) -> Application:
        """Begin and fill in an application, in the call's first days unless `at` says when."""
        user = self.users[who]
        at = at or max(
            call.opens_at + timedelta(hours=2), min(self.now, call.closes_at - timedelta(days=20))
        )
        case = self.begin(who, call, wish, at)
        return workflow.edit(
            case,
            by=user,
            now=at,
            version=case.version,
            changes=contents.facts(call, user, wish),
            children=contents.children(call, user, wish),
        )

    def begin(
        self, who: str, call: Call, wish: Wish, at: datetime, behalf: Behalf | None = None
    ) -> Application:
        """Begin an application of the person's section."""
        user = self.users[who]
        return drafting.begin(
            call=call,
            section=user.access.posts[0].section,
            by=user,
            now=at,
            behalf=behalf,
            changes={"title": wish.title},
        )

    def submitted(self, who: str, call: Call, wish: Wish) -> Application:
        """Submit within the window."""
        case = self.draft(who, call, wish)
        return self.run(
            case, "submit", who, min(self.now, call.closes_at - timedelta(days=3, hours=4))
        )

    def received(self, who: str, call: Call, wish: Wish, at: datetime | None = None) -> Application:
        """Submit and receive."""
        number = f"収受第{next(self.incoming)}号"
        case = self.submitted(who, call, wish)
        return self.run(case, "receive", "officer", at, incoming_number=number)

    def recommended(
        self,
        case: Application,
        outcome: str,
        amount: int | None = None,
        at: datetime | None = None,
    ) -> Application:
        """Review what was received and draft the decision; amount in yen where it is modified."""
        case = self.run(case, "start_review", "officer", at)
        return self.recommend(case, outcome, amount, at)

    def recommend(
        self,
        case: Application,
        outcome: str,
        amount: int | None = None,
        at: datetime | None = None,
    ) -> Application:
        """Draft the decision."""
        data: dict[str, Any] = {"outcome": outcome, "reason": REASONS[outcome]}
        if outcome != "rejected":
            data |= {"amount": amount or case.requested_amount, "conditions": CONDITIONS}
        return self.run(case, "recommend", "officer", at, **data)

    def reviewed(
        self, case: Application, points: Mapping[str, Sequence[int]] | None = None
    ) -> None:
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

    def decide(
        self,
        cases: Sequence[Application],
        subject: str = "助成事業の採択について",
        at: datetime | None = None,
    ) -> list[Application]:
        """Put the whole list into one approval, and decide it."""
        return self.approve("decide", cases, subject, at)

    def approve(
        self, act: str, cases: Sequence[Any], subject: str, at: datetime | None = None
    ) -> list[Any]:
        """Put an act on all of the cases into one approval, and decide it."""
        approval = draft_approval(
            subject=subject,
            act=act,
            cases=cases,
            by=self.users["officer"],
            now=at or self.now,
            steps=[
                RouteStep("review", self._post("manager")),
                RouteStep("consult", self._post("finance")),
                RouteStep("decide", self._post("director")),
            ],
        )
        approval = self.run(approval, "submit", "officer", at)
        approval = self.run(approval, "endorse", "manager", at)
        approval = self.run(approval, "endorse", "finance", at)
        self.run(approval, "decide", "director", at)
        return [type(case).objects.get(pk=case.pk) for case in cases]

    def announce(self, cases: Iterable[Application], at: datetime | None = None) -> None:
        """Announce what was decided, all together."""
        decided = list(cases)
        versions = {case.pk: case.version for case in decided}
        announce_all(decided, by=self.users["manager"], now=at or self.now, versions=versions)

    def _post(self, who: str) -> Post:
        return self.users[who].access.posts[0]
