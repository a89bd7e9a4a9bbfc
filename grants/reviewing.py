"""What reviews come to, and what a reviewer may see: totals, mean and median, the blind sheet."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from statistics import median
from typing import Any

from django.utils.translation import gettext as _

from grants.models import Application, Review
from programs.models import Criterion

# Never shown to a reviewer: who signs, whom to ask, and the body's own numbering.
PERSONAL = (
    "representative_title",
    "representative_name",
    "contact_name",
    "contact_phone",
    "contact_email",
)
NAMING = ("document_number", "document_date", "is_decided_internally")
HIDDEN_NAME = "○○"


def criteria_of(application: Application) -> list[Criterion]:
    """Return the criteria of the application's edition in their order."""
    return list(application.edition.criteria.order_by("order", "pk"))


def full_points(criteria: Iterable[Criterion]) -> int:
    """Return the most that a sheet can come to (points)."""
    return sum(criterion.full for criterion in criteria)


def weighted_total(criteria: Sequence[Criterion], scores: dict[str, int]) -> int | None:
    """Return Σ weight × points; None while a criterion has no points."""
    if not criteria or any(scores.get(c.key) is None for c in criteria):
        return None
    return sum(c.weight * scores[c.key] for c in criteria)


def mean_of(totals: Sequence[int]) -> Fraction | None:
    """Return the exact mean; None for no totals."""
    return Fraction(sum(totals), len(totals)) if totals else None


def median_of(totals: Sequence[int]) -> Fraction | None:
    """Return the exact median; None for no totals."""
    return median([Fraction(total) for total in totals]) if totals else None


def one_decimal(value: Fraction | int | None) -> str:
    """Write a figure to one decimal, a half rounded up: 78.25 is 78.3."""
    if value is None:
        return ""
    tenths = int(Fraction(value) * 10 + Fraction(1, 2))
    return f"{tenths // 10}.{tenths % 10}"


def is_blind(review: Review) -> bool:
    """Say whether the reviewer must not learn which body applies."""
    return review.application.edition.blind_review


def names_of(application: Application) -> list[str]:
    """Return the names by which a text would tell the body, the longest first."""
    found = {application.organization.name, application.section.name}
    found |= {party.organization.name for party in application.parties.all()}
    found |= {application.representative_name, application.contact_name}
    found |= {name.replace("　", "") for name in found}
    return sorted((name for name in found if len(name) > 1), key=lambda n: (-len(n), n))


def masked(text: str, names: Iterable[str]) -> str:
    """Replace the names in a text."""
    for name in names:
        text = text.replace(name, HIDDEN_NAME)
    return text


def shown_title(review: Review) -> str:
    """Return the project's title as the reviewer may read it."""
    application = review.application
    title = application.title
    return masked(title, names_of(application)) if is_blind(review) else title


def shown_body(review: Review) -> str:
    """Return the body's name, or that it is hidden."""
    if is_blind(review):
        return _("(not shown: blind review)")
    return application_body(review.application)


def application_body(application: Application) -> str:
    """Return the body's name as it stands on lists."""
    return str(application.organization)


def as_reviewed(review: Review, sent: dict[str, Any]) -> dict[str, Any]:
    """Return the application as sent without persons; blind, without the body's name either.

    Papers lead to the reviewer's own download, named by their kind where the review is blind.
    """
    names = names_of(review.application) if is_blind(review) else []
    left_out = {*PERSONAL, *(NAMING if names else ())}
    sections = [
        {
            "title": section["title"],
            "rows": [
                {**row, "answer": masked(row["answer"], names)}
                for row in section["rows"]
                if row["name"] not in left_out
            ],
        }
        for section in sent["sections"]
    ]
    budget = sent["budget"]
    return {
        "sections": sections,
        "budget": budget
        | {
            kind: [
                {
                    name: masked(value, names) if isinstance(value, str) else value
                    for name, value in line.items()
                }
                for line in budget[kind]
            ]
            for kind in ("expenses", "incomes")
        },
        "parties": [] if names else list(sent["parties"]),
        "papers": papers_of(sent["papers"], is_blind=bool(names)),
    }


def papers_of(papers: Iterable[dict[str, Any]], *, is_blind: bool) -> list[dict[str, Any]]:
    """Return the papers with the names that the reviewer sees: 事業計画書-1.pdf where blind."""
    found = []
    for paper in papers:
        files = [
            {
                **file,
                "name": f"{paper['label']}-{number}{_ending(file['name'])}"
                if is_blind
                else file["name"],
            }
            for number, file in enumerate(paper["files"], 1)
        ]
        found.append({"label": paper["label"], "files": files})
    return found


def _ending(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return f"{dot}{ending}" if stem and len(ending) <= 5 else ""
