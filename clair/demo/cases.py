"""The grant for multicultural communities in every status, each made by the acts that lead there."""

from datetime import datetime, timedelta

from clair.demo.acts import Acts, Users
from clair.demo.contents import Wish
from clair.demo.editions import Calls
from grants.models import Application
from programs.models import Call

TITLES = (
    "やさしい日本語による防災講座",
    "多言語の子育て相談窓口",
    "外国人住民と自治会の交流事業",
    "就学前の子どもの日本語教室",
    "SEAの柔道指導者講習の受講",
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
    "多文化共生のまちづくり",
)


def load(users: Users, calls: Calls, *, now: datetime) -> None:
    """Make the applications; each story names its town and how far it goes."""
    Story(users, calls, now).tell()


class Story(Acts):
    """Makes applications and moves them as the demo's people would."""

    def __init__(self, users: Users, calls: Calls, now: datetime):
        super().__init__(users, now)
        self.calls = calls
        self.titles = iter(TITLES)

    def tell(self) -> None:
        """Make every status once or more."""
        first = self.calls["multicultural-grant", 0, 1]
        second = self.calls["multicultural-grant", 0, 2]
        self.draft("town-a", second, self.wish())
        self.draft("town-b", second, self.wish())
        self.submitted("town-a", second, self.wish())
        self.submitted("association", second, self.wish())
        self.submitted("town-a", self.calls["sea-skills-support", 0, 1], self.wish())
        self.late("town-b", first)
        self.returned("town-a", first)
        self.refused("association", first)
        self.reviewed(self.received("town-b", first, self.wish()))
        waiting = self.received("town-a", first, self.wish())
        in_review = self.run(waiting, "start_review", "officer")
        self.reviewed(in_review, {"reviewer": (4, 4, 5, 3, 4), "reviewer-b": (5, 4, 4, 4, 3)})
        self.withdrawn("association", first)
        self.proposed("prefecture", first, "adopted")
        decided = [
            self.proposed("prefecture", first, "adopted"),
            self.proposed("prefecture", first, "adopted_with_modification", 450_000),
            self.proposed("town-a", first, "adopted"),
            self.proposed("town-b", first, "rejected"),
        ]
        _waiting, informal, *announced = self.decide(decided)
        self.run(informal, "notify_informally", "manager")
        self.announce(announced)

    def wish(self) -> Wish:
        """Return the next title, with its line's usual amount and contents."""
        return Wish(next(self.titles))

    def late(self, who: str, call: Call) -> Application:
        """Submit the day after the deadline."""
        case = self.draft(who, call, self.wish())
        return self.run(case, "submit", who, call.closes_at + timedelta(days=1))

    def returned(self, who: str, call: Call) -> Application:
        """Return with two comments."""
        return self.run(
            self.received(who, call, self.wish()),
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
        case = self.submitted(who, call, self.wish())
        return self.run(case, "refuse", "manager", reason="対象外の事業であるため")

    def withdrawn(self, who: str, call: Call) -> Application:
        """Withdraw what was submitted."""
        case = self.submitted(who, call, self.wish())
        return self.run(case, "withdraw", who, reason="事業計画を見直すため")

    def proposed(
        self, who: str, call: Call, outcome: str, amount: int | None = None
    ) -> Application:
        """Review and draft the decision; what is refused was scored before."""
        case = self.run(self.received(who, call, self.wish()), "start_review", "officer")
        if outcome == "rejected":
            self.reviewed(case, {"reviewer": (2, 3, 1, 3, 2), "reviewer-b": (3, 2, 2, 3, 2)})
        return self.recommend(case, outcome, amount)
