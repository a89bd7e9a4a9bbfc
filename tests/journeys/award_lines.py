"""One award of each grant line for journeys: what is asked, spent and accepted, and the sums by hand."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from accounts.models import Organization, User
from core import workflow
from finance.models import BankAccount
from grants.actions import drafting
from grants.models import Award
from tests.factories.accounts import make_body, make_member
from tests.factories.approvals import Desk, make_desk
from tests.factories.finance import ACCOUNT
from tests.factories.grants import NOW, Story, decide
from tests.factories.programs import load_real_plan
from tests.journeys.lines import Asked, call_of, draft, fill, party, story_of


@dataclass(frozen=True)
class Spent:
    """A reported cost: its class, the yen (or the currency) reported, the yen accepted of it."""

    category: str
    amount: int
    accepted: int | None = None
    foreign: str = ""


@dataclass(frozen=True)
class Moved:
    """A change of the cost allocation: costs by class after it, another amount or none (yen)."""

    costs: dict[str, int]
    amount: int = 0

    @property
    def needs_approval(self) -> bool:
        """Say whether approval is needed: here, where the amount changes."""
        return bool(self.amount)


@dataclass(frozen=True)
class Line:
    """One award: decided for what is asked; advance and fixed amount as worked out by hand (yen)."""

    code: str
    kind: str
    asked: Asked
    decided: int
    spent: tuple[Spent, ...]
    fixed: int
    advance: int = 0
    income: int = 0
    passed_on: int = 0
    abroad: tuple[dict[str, str], ...] = field(default=())
    change: Moved | None = None

    @property
    def decided_at_last(self) -> int:
        """Return the amount decided after the change (yen)."""
        return (self.change.amount if self.change else 0) or self.decided

    @property
    def currency(self) -> str:
        """Return the currency of the budget, where it is not the yen."""
        return "USD" if self.abroad else ""


# Each fixed amount by hand: floor_unit(min(decided, ceiling, rate × (accepted within limits − income))).
LINES = (
    # No rate is published. 380,500 + 150,000 accepted of 160,000 = 530,500;
    # min(600,000 decided, 3,000,000 ceiling, 530,500) = 530,500 → 530,000.
    Line(
        "multicultural-grant",
        "international_association",
        Asked(600_000, {"honoraria": 400_000, "printing": 300_000}),
        600_000,
        (Spent("honoraria", 380_500), Spent("printing", 160_000, 150_000)),
        530_000,
        passed_on=300_000,
    ),
    # All cost 4,800,000 + 900,000 = 5,700,000; `other` is a tenth of it at most: 570,000.
    # (4,800,000 + 570,000) × 1/2 = 2,685,000; min(3,500,000, 4,000,000, 2,685,000).
    Line(
        "economic-grant",
        "prefecture",
        Asked(3_500_000, {"exhibition": 5_000_000, "other": 500_000, "travel": 1_500_000}),
        3_500_000,
        (Spent("exhibition", 4_800_000), Spent("other", 900_000), Spent("travel", 0)),
        2_685_000,
    ),
    # Half may be advanced: 3,400,000 × 1/2 = 1,700,000. A change to 3,300,000 needs approval
    # (half of 4,300,000 + 2,300,000); the rest is then at most 3,300,000 in all.
    # (4,200,000 + 2,300,333) × 1/2 = 3,250,166.5 → 3,250,166; min(3,300,000, 5,000,000) → 3,250,000.
    Line(
        "exchange-grant",
        "town",
        Asked(3_400_000, {"travel": 6_000_000, "reception": 3_000_000}, 0, {"place": "overseas"}),
        3_400_000,
        (Spent("travel", 4_200_000), Spent("reception", 2_300_333)),
        3_250_000,
        advance=1_700_000,
        change=Moved({"travel": 4_300_000, "reception": 2_300_000}, 3_300_000),
    ),
    # Moved 100,000: 1/24 of travel and 1/9 of supplies, a fifth of each may go without approval.
    # Half may be advanced: 1,500,000. Supplies are a third of 2,400,000 at most: 800,000 of 900,000.
    # (1,500,000 + 800,000) × 1/1 = 2,300,000; min(3,000,000, 3,000,000, 2,300,000).
    Line(
        "cooperation-grant",
        "designated_city",
        Asked(3_000_000, {"travel": 2_400_000, "supplies": 900_000}),
        3_000_000,
        (Spent("travel", 1_500_000), Spent("supplies", 900_000)),
        2_300_000,
        advance=1_500_000,
        change=Moved({"travel": 2_300_000, "supplies": 1_000_000}),
    ),
    # 215,800 + 31,000 = 246,800; min(250,000, 300,000, 246,800 × 1/1) = 246,800 → 246,000.
    Line(
        "sea-skills-support",
        "board_of_education",
        Asked(250_000, {"fee": 230_000, "materials": 30_000}),
        250_000,
        (Spent("fee", 215_800), Spent("materials", 31_000)),
        246_000,
    ),
    # 350,000 + 230,000 = 580,000 × 1/2 = 290,000; min(300,000, 500,000 of a village, 290,000).
    Line(
        "local-career-grant",
        "village",
        Asked(300_000, {"venue": 400_000, "online": 300_000}),
        300_000,
        (Spent("venue", 350_000), Spent("online", 230_000)),
        290_000,
    ),
    # 1 USD = 106 yen: 1,400.00 → 148,400; 1,100.75 → 116,679.5, cut to 116,679; sum 265,079.
    # Income 500.00 USD = 53,000 is taken off: 212,079 × 1/1; to the yen in this line.
    # Advance 100,000: 907.03 USD × 110.25 = 100,000.06. Rest 112,079: 996.26 USD × 112.50 = 112,079.25.
    Line(
        "jetaa-support",
        "jetaa_chapter",
        Asked(
            243_826,
            {"venue": 159_000, "speakers": 127_226},
            42_400,
            foreign={"venue": "1500.00", "speakers": "1200.25"},
        ),
        243_826,
        (
            Spent("venue", 148_400, foreign="1400.00"),
            Spent("speakers", 116_679, foreign="1100.75"),
        ),
        212_079,
        advance=100_000,
        income=53_000,
        abroad=(
            {"currency": "USD", "foreign_amount": "907.03", "rate": "110.25"},
            {"currency": "USD", "foreign_amount": "996.26", "rate": "112.50"},
        ),
    ),
)
FOREIGN_INCOME = "500.00"
ABROAD: dict[str, Any] = {
    "kind": "abroad",
    "bank_code": "",
    "bank_name": "First Example Bank",
    "branch_code": "",
    "branch_name": "",
    "account_type": "",
    "number": "1234567890",
    "holder": "JETAA Example Chapter",
    "bic": "EXAMUS33XXX",
    "country": "US",
}


@dataclass(frozen=True)
class Awarded:
    """An announced award, its line, the people around it, and the NPO behind an association."""

    line: Line
    story: Story
    award: Award
    npo: Organization | None = None

    @property
    def desk(self) -> Desk:
        """Return CLAIR's desk."""
        return self.story.desk

    @property
    def clerk(self) -> User:
        """Return who submits for the body."""
        return self.story.clerk


@contextmanager
def announced(blocker: Any, lines: Iterable[Line] = LINES) -> Iterator[dict[str, Awarded]]:
    """Announce one award of each line for a whole module; what a journey does to it is rolled back."""
    with blocker.unblock(), transaction.atomic():
        load_real_plan()
        desk = make_desk()
        desk.section.sign = "例"
        desk.section.save(update_fields=["sign"])
        yield {line.code: award_of(line, desk) for line in lines}
        transaction.set_rollback(True)


def award_of(line: Line, desk: Desk) -> Awarded:
    """Apply, decide and announce; the journeys begin where this ends. The account is checked."""
    story = story_of(call_of(line.code, desk), desk, line.kind)
    npo = (
        make_member(make_body("npo", name="特定非営利活動法人 見本（例）"))
        if line.passed_on
        else None
    )
    parties = [party(npo, "implementer")] if npo else ()
    case = _drafted(story, line, npo, parties)
    case = story.run(story.run(story.run(case, "submit"), "receive"), "start_review")
    outcome = "adopted" if line.decided == case.requested_amount else "adopted_with_modification"
    case = story.run(case, "recommend", amount=line.decided, outcome=outcome)
    story.run(decide(story, [case])[0], "announce")
    _account(story, line)
    body = npo.access.posts[0].section.organization if npo else None
    return Awarded(line, story, Award.objects.get(application=case), body)


def _drafted(story: Story, line: Line, npo: User | None, parties: Any) -> Any:
    if npo is None:
        return draft(story.call, story.clerk, line.asked)
    section = story.clerk.access.posts[0].section
    case = drafting.begin(
        call=story.call, section=section, by=story.clerk, now=NOW, changes={"title": "見本の事業"}
    )
    named = drafting.parties_writer(parties)
    case = workflow.edit(
        case, by=story.clerk, now=NOW, version=case.version, changes={}, children=named
    )
    return fill(case, npo, line.asked, parties)


def _account(story: Story, line: Line) -> None:
    section = story.clerk.access.posts[0].section
    values = ABROAD if line.abroad else ACCOUNT
    values = values | {"organization": section.organization, "section": section}
    account = workflow.create(BankAccount, by=story.clerk, now=NOW, changes=values)
    workflow.run(account, "check", by=story.desk.finance, now=NOW)
