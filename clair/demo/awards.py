"""Awards after their decision: earlier years closed, this year's in every status, by real acts."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F

from accounts.models import Section
from clair.demo import contents, crowd
from clair.demo.acts import Acts, Users
from core import workflow
from core.fiscal import JST, FiscalYear, jst_date
from core.models import OutboxMessage
from finance.actions.accounts import propose_account
from finance.actions.commitments import commitment_of
from finance.actions.payments import account_in_use, request_payment
from finance.actions.years import close_year
from finance.models import BankAccount, Payment, Repayment
from grants import stages
from grants.actions import changes, duties, reporting
from grants.models import Award, ChangeRequest

FIXING, PAYING = "助成金の額の確定について", "助成金の支払について"
# How far each word of crowd.yaml leads on the way of most awards.
WAY = ("reported", "checked", "fixed", "claimed", "approved", "closed")
_DAYS = {"reported": 18, "returned": 12, "checked": 12, "fixed": 9, "claimed": 6, "approved": 4}
RATE = Decimal("110.25")
RECORD = "帳簿、領収書と成果物を確かめ、交付決定の内容に適合すると認めた。"
DOMESTIC = {"kind": "domestic", "account_type": "1"}
ABROAD = {
    "kind": "abroad",
    "bank_name": "EXAMPLE BANK NA",
    "number": "1234567890",
    "holder": "JETAA NEW YORK (EXAMPLE)",
    "bic": "EXAMUS33XXX",
    "country": "US",
}

Owned = tuple[str, Award]  # the key of the person who acts for the body, and the award


def load(users: Users, *, now: datetime) -> None:
    """Lead the crowd's awards on; the mails of it count as sent."""
    story = AwardStory(users, now)
    told = crowd.rows()
    for year in sorted({row["year"] for row in told if row["year"] < -1}):
        story.close_all(owned(row for row in told if row["year"] == year))
    story.close_books()
    this_year = [row for row in told if row["year"] == -1]
    story.go_on(
        {word: owned(row for row in this_year if row.get("award") == word) for word in WORDS}
    )
    OutboxMessage.objects.filter(sent_at=None).update(sent_at=F("not_before"), attempts=1)


WORDS = (*WAY, "due", "status", "change", "suspended", "returned", "ordered", "abroad", "cancelled")


def owned(rows: Iterable[crowd.Row]) -> list[Owned]:
    """Return the awards of the rows with who acts for the body."""
    told = {row["title"]: row["body"] for row in rows}
    awards = Award.objects.filter(title__in=told).order_by("pk")
    return [(told[award.title], award) for award in awards]


class AwardStory(Acts):
    """Makes the acts after a decision."""

    def __init__(self, users: Users, now: datetime):
        super().__init__(users, now)
        self.accounts = 0

    # -- earlier years

    def close_all(self, awards: list[Owned]) -> None:
        """Report, check, fix, pay and close the awards of one year, all by its end."""
        ended = max(award.ends_on for _who, award in awards)
        at = [datetime.combine(ended, time(10), JST) + timedelta(days=n) for n in (20, 30, 40, 45)]
        checked = [self.checked(who, award, at[0], at[1]) for who, award in awards]
        fixed = self.approve("fix_amount", checked, FIXING, at[2])
        people = [who for who, _award in awards]
        claims = [
            self.claim(who, x, "settlement", at[2]) for who, x in zip(people, fixed, strict=True)
        ]
        for payment in self.approve("approve", claims, PAYING, at[3]):
            day = at[3] + timedelta(days=5)
            self.run(payment, "pay", "finance", day, paid_on=day.date().isoformat())
        for award in fixed:
            self.run(award, "close", "officer", at[3] + timedelta(days=7))

    def close_books(self) -> None:
        """Close the books of the year before last (令和, 出納整理期間 over)."""
        year = int(FiscalYear.of(self.now)) - 2
        at = datetime(year + 1, 6, 10, 10, tzinfo=JST)
        close_year(year, by=self.users["finance"], now=at, note="決算済み")

    # -- this year

    def go_on(self, told: dict[str, list[Owned]]) -> None:
        """Lead this year's awards to where the rows say."""
        self.on_their_way({word: told[word] for word in WAY})
        who, award = next(row for row in told["fixed"] if row[0] == "town-a")
        self.asset(who, award)
        for who, award in told["returned"]:
            self.returned(self.reported(who, award))
        for who, award in told["ordered"]:
            sent = self.reported(who, award)
            data = {"reason": "対象外の経費が含まれているため", "due": self.day(-14)}
            self.run(sent, "order_correction", "manager", self.ago("checked"), **data)
        for who, award in told["status"]:
            text = "8回のうち5回を終えました。参加者は見込みを上回っています。"
            self.run(award, "report_status", who, self.past(award, 20), text=text)
        for _who, award in told["suspended"]:
            reason = "会場が災害の避難所となったため"
            self.run(award, "suspend", "manager", self.past(award, 10), reason=reason)
        for who, award in told["change"]:
            self.change(who, award)
        for who, award in told["abroad"]:
            self.paid_abroad(who, award)
        for who, award in told["cancelled"]:
            self.cancelled(who, award)
        self.account(self.users["town-b"].access.posts[0].section, "town-b", is_checked=False)

    def on_their_way(self, told: dict[str, list[Owned]]) -> None:
        """Report all of them, then leave behind at each stage those that stay there."""
        going = {stage: told[stage] for stage in WAY}
        cases = {w: [(who, self.reported(who, award)) for who, award in going[w]] for w in WAY}
        beyond = [row for word in WAY[1:] for row in cases[word]]
        for _who, award in beyond:
            self.run(award, "check_report", "officer", self.ago("checked"), **self.check_data(12))
        to_fix = [row for word in WAY[2:] for row in cases[word]]
        awards = [Award.objects.get(pk=award.pk) for _who, award in to_fix]
        fixed = self.approve("fix_amount", awards, FIXING, self.ago("fixed")) if awards else []
        claims = [
            (word, self.claim(who, award, "settlement", self.ago("claimed")))
            for (word, who), award in zip(
                [(word, who) for word in WAY[2:] for who, _award in cases[word]], fixed, strict=True
            )
            if word in ("claimed", "approved")
        ]
        ready = [payment for word, payment in claims if word == "approved"]
        if ready:
            self.approve("approve", ready, PAYING, self.ago("approved"))

    def ago(self, stage: str) -> datetime:
        """Return when this year's awards reached a stage."""
        return self.now - timedelta(days=_DAYS[stage])

    def past(self, award: Award, days: int) -> datetime:
        """Return a moment so many days ago, but not before the decision was known."""
        announced = award.application.announced_at or self.now
        return max(self.now - timedelta(days=days), announced + timedelta(hours=1))

    def day(self, ago: int) -> str:
        """Return a day so many days ago, or to come where negative."""
        return (jst_date(self.now) - timedelta(days=ago)).isoformat()

    # -- single acts

    def reported(self, who: str, award: Award, at: datetime | None = None) -> Award:
        """Write the report with a receipt for each cost, and send it."""
        at, user = at or self.ago("reported"), self.users[who]
        lines = _spent(award)
        known = {row.key: (100, 110) for row in reporting.indicators_of(award)}
        links = [
            (contents.paper(f"領収書{n}", user), "receipt", row["key"])
            for n, row in enumerate((x for x in lines if x["kind"] == "expense"), start=1)
        ]

        def write(case: Award) -> dict[str, Any]:
            told = reporting.actual_writer(lines)(case)
            told |= reporting.files_writer(links, by=user)(case)
            return told | reporting.results_writer(known)(case)

        words = {
            "summary": "計画のとおり実施し、記録と教材を公開した。",
            "outcome_text": "参加者の輪が広がり、翌年度は団体の事業として続ける。",
            "completed_on": award.ends_on,
        }
        award = workflow.edit(
            award, by=user, now=at, version=award.version, changes=words, children=write
        )
        return self.run(award, "report", who, at)

    def check_data(self, ago: int) -> dict[str, Any]:
        """Return a record of inspection."""
        return {"checked_on": self.day(ago), "record": RECORD}

    def checked(self, who: str, award: Award, at: datetime, then: datetime) -> Award:
        """Report, and inspect the report."""
        data = {"checked_on": then.date().isoformat(), "record": RECORD}
        return self.run(self.reported(who, award, at), "check_report", "officer", then, **data)

    def returned(self, award: Award) -> Award:
        """Return a report with a comment on its first line and one on the whole."""
        line = next(iter(_keys(award)))
        return self.run(
            award,
            "return_for_correction",
            "officer",
            self.ago("returned"),
            due=self.day(-10),
            text="成果物の写真を1枚以上付けてください。",
            comments=[
                {"line": line, "text": "領収書の宛名が団体名と異なります。確かめてください。"}
            ],
        )

    def asset(self, who: str, award: Award) -> None:
        """Put what was bought above the threshold into the award's register."""
        values = {
            "name": "同時通訳の機器一式",
            "quantity": 1,
            "unit_price": 620_000,
            "acquired_on": award.ends_on - timedelta(days=20),
            "place": "国際協働課 倉庫",
        }
        award = Award.objects.get(pk=award.pk)
        duties.register_asset(award, by=self.users[who], now=self.ago("fixed"), values=values)

    def change(self, who: str, award: Award) -> ChangeRequest:
        """Ask for less money, and for another allocation of what is left."""
        at, user = self.past(award, 3), self.users[who]
        data = {
            "kind": ChangeRequest.Kind.COST_ALLOCATION,
            "reason": "講師の都合で回数が減り、案内を刷り増すため",
            "content": "講座を10回から8回に減らし、印刷の部数を増やす。",
            "new_amount": award.decided_amount * 8 // 10 // 1000 * 1000,
        }
        case = changes.begin_change(award, by=user, now=at, changes=data)
        lines = [row | {"amount": row["amount"] * 8 // 10} for row in _lines(award)]
        case = workflow.edit(
            case,
            by=user,
            now=at,
            version=case.version,
            changes={},
            children=changes.lines_writer(lines),
        )
        return self.run(case, "submit", who, at)

    def account(self, section: Section, who: str, *, is_checked: bool = True) -> BankAccount:
        """Propose an account of the section's; finance, a second person, checks it."""
        self.accounts += 1
        values: dict[str, Any] = dict(ABROAD)
        if who != "jetaa":
            values = DOMESTIC | {
                "bank_code": f"{self.accounts:04d}",
                "bank_name": "ﾐﾎﾝ",
                "branch_code": f"{100 + self.accounts}",
                "branch_name": "ﾎﾝﾃﾝ",
                "number": f"{1_000_000 + self.accounts}",
                "holder": "ﾐﾎﾝﾁﾖｳ ｶｲｹｲｶﾝﾘｼﾔ",
            }
        values |= {"section": section, "organization": section.organization}
        at = self.now - timedelta(days=2)
        made = propose_account(by=self.users[who], now=at, changes=values)
        return self.run(made, "check", "finance", at) if is_checked else made

    def claim(
        self, who: str, award: Award, kind: str, at: datetime, amount: int | None = None
    ) -> Payment:
        """Claim what can be claimed, to the section's account; the first claim brings the account."""
        if account_in_use(award.section_id) is None:
            self.account(award.section, who)
        commitment = commitment_of(award)
        data = {
            "kind": kind,
            "amount": amount or commitment.claimable,
            "invoice_number": f"国協第{award.pk}号",
            "invoice_date": at.date(),
            "reason": "事業の前半に支払が集まるため" if kind == "advance" else "",
            "cash_plan": "7月 会場借上料、8月 謝金・旅費" if kind == "advance" else "",
        }
        return request_payment(commitment, by=self.users[who], now=at, changes=data)

    def advanced(self, who: str, award: Award, ago: int, amount: int | None = None) -> Payment:
        """Claim in advance and have it approved."""
        at = self.past(award, ago + 10)
        payment = self.claim(who, award, "advance", at, amount)
        return self.approve("approve", [payment], "助成金の概算払について", at)[0]

    def paid_abroad(self, who: str, award: Award) -> None:
        """Pay 159,000 yen in advance: 1,442.18 USD × 110.25 = 159,000.345."""
        payment, at = self.advanced(who, award, 50, 159_000), self.past(award, 50)
        foreign = {"currency": "USD", "foreign_amount": "1442.18", "rate": str(RATE)}
        day = at.date().isoformat()
        self.run(payment, "pay", "finance", at, paid_on=day, rate_on=day, **foreign)

    def cancelled(self, who: str, award: Award) -> None:
        """Cancel a decision of which half was advanced; a part has come back."""
        at = self.past(award, 60)
        payment = self.advanced(who, award, 60)
        self.run(payment, "pay", "finance", at, paid_on=at.date().isoformat())
        then = self.past(award, 12)
        words = {"reason": "相手方との合意がなく、事業を始められないため", "clause": "要綱第17条"}
        award = self.run(award, "propose_cancel", "officer", then, **words)
        self.approve("cancel", [award], "交付決定の取消しについて", then)
        order = Repayment.objects.get(commitment=commitment_of(award))
        back = self.past(award, 2)
        amount = order.principal // 3
        self.run(
            order, "receive", "finance", back, received_on=back.date().isoformat(), amount=amount
        )


def _lines(award: Award) -> list[dict[str, Any]]:
    """Return the lines as last decided, with their keys."""
    names = ("kind", "category", "description", "basis", "amount")
    return [
        {name: getattr(line, name) for name in names} | {"key": line.match_key}
        for line in stages.latest_lines(award)
    ]


def _spent(award: Award) -> list[dict[str, Any]]:
    """Return what was spent and received: nine tenths of each line that was planned."""
    return [row | {"amount": row["amount"] * 9 // 10} for row in _lines(award)]


def _keys(award: Award) -> Sequence[str]:
    return [row["key"] for row in _lines(award)]
