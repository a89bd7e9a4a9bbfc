"""What is known about an application when it is judged: plain values, no rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class Party:
    """A body of the project: `role` lead, joint or implementer, `kind` as in accounts, share in yen.

    The lead stands here only for its share; it is judged as the applicant.
    """

    role: str
    kind: str
    share: int | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One application as it stands; amounts in yen, dates in JST, year of the project."""

    fiscal_year: int
    applicant_kind: str
    requested_amount: int
    eligible_cost: int
    income: int = 0
    is_joint: bool = False
    parties: tuple[Party, ...] = ()
    starts_on: date | None = None
    ends_on: date | None = None
    categories: tuple[str, ...] = ()
    expenses: Mapping[str, int] = field(default_factory=dict)
    documents: frozenset[str] = frozenset()
    other_grant: bool = False
    already_requested: int = 0
    place: str = ""
    currency: str = ""
    round: int = 1
    decides_on: date | None = None
    earlier_applications: int = 0
    arrived_at: datetime | None = None
    closes_at: datetime | None = None

    @property
    def joint(self) -> bool:
        """Say whether more than one body applies, by the tick or by the parties."""
        return self.is_joint or any(party.role == "joint" for party in self.parties)
