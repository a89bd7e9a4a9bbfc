"""The sections of an application as the clerk fills them in, and what is typed in each.

Raw input is compared as texts: what was there when the page was opened (base), what this person
typed (mine) and what is there now (theirs). Only what both changed is a conflict.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from grants.actions import moving, submission
from grants.forms import ApplicationForm, PartyByCodeForm
from grants.models import Application, BudgetLine
from grants.models.application import DOCUMENT_FIELDS
from programs.answers import questions_of

BASICS = ("title", "categories", "is_joint", "starts_on", "ends_on", "has_other_grant")
DOCUMENT = (
    *DOCUMENT_FIELDS,
    "is_decided_internally",
)
SUMS = ("requested_amount",)
LINE = ("kind", "category", "description", "basis", "amount")
PARTY = ("kind", "code", "share", "consented_on")
_PAGES = ("budget", "files", "parties")
_OF_FIELD = {
    "lines": "budget",
    "parties": "parties",
    "organization": "parties",
    "files": "files",
    "other": "basics",
}

_LISTS = {"budget": ("lines",), "parties": ("parties",)}

Raw = dict[str, Any]


@dataclass(frozen=True)
class Section:
    """One page of the form: its fields, and the keys of the questions that it asks."""

    slug: str
    title: str
    fields: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()

    def url(self, application: Application) -> str:
        """Return the section's page."""
        if self.slug in _PAGES:
            return reverse(f"grants:application-{self.slug}", args=[application.public_id])
        return reverse("grants:application-section", args=[application.public_id, self.slug])

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names under which typed input of this section is kept."""
        return self.fields + _LISTS.get(self.slug, ())

    def holds(self, field: str) -> bool:
        """Say whether a field, as errors and comments name it, is asked here."""
        key = field.removeprefix("answers.")
        if key != field:
            return f"answer_{key}" in self.fields or key in self.papers
        return field in self.fields or _OF_FIELD.get(field) == self.slug


def sections_of(application: Application) -> list[Section]:
    """Return the sections in page order; the form's own ones as its questions name them."""
    version = application.form_version
    questions = questions_of(version) if version else []
    grouped: dict[str, list[str]] = {}
    for question in questions:
        if question.kind != "file":
            grouped.setdefault(question.section, []).append(f"answer_{question.key}")
    asked = [
        Section(f"questions-{number}", title or _("The project"), tuple(fields))
        for number, (title, fields) in enumerate(grouped.items(), start=1)
    ]
    papers = tuple(q.key for q in questions if q.kind == "file")
    rules = application.rules
    sums = ("currency", *SUMS) if rules and rules.currencies else SUMS
    return [
        Section("basics", _("Basic facts"), basics_of(application)),
        *asked,
        Section("budget", _("Budget"), sums),
        Section("files", _("Papers"), papers=papers),
        Section("parties", _("Bodies that take part"), shares_of(application)),
        Section("document", _("The body's document"), DOCUMENT),
    ]


def basics_of(application: Application) -> tuple[str, ...]:
    """Return the basic facts, the place among them where the edition's rules tell places apart."""
    rules = application.rules
    if rules is None or not rules.places:
        return BASICS
    return (*BASICS[:2], "place", *BASICS[2:])


def shares_of(application: Application) -> tuple[str, ...]:
    """Return the applicant's own share where the edition asks for shares."""
    rules = application.rules
    return ("lead_share",) if rules and rules.joint_shares else ()


def section_holding(sections: Iterable[Section], field: str) -> Section | None:
    """Return the section that asks for the field, if one does."""
    return next((section for section in sections if section.holds(field)), None)


class SectionForm(ApplicationForm):
    """The fields of one section; shows what was typed and not yet saved before what is stored."""

    def __init__(self, *args: Any, section: Section, **kwargs: Any):
        self.section = section
        super().__init__(*args, **kwargs)
        wanted = {*section.fields, *(f"reply_{c.pk}" for c in self.open_comments)}
        for name in set(self.fields) - wanted:
            del self.fields[name]
        self.questions = [q for q in self.questions if f"answer_{q.key}" in self.fields]
        self.stored = {
            name: canonical(field.prepare_value(self.get_initial_for_field(field, name)))
            for name, field in self.fields.items()
        }
        typed = self.instance.draft_input
        self.restored = [n for n in self.fields if n in typed and typed[n] != self.stored[n]]
        self.initial.update({name: typed[name] for name in self.restored})

    def _add_comments(self) -> None:
        super()._add_comments()
        self.open_comments = [c for c in self.open_comments if self.section.holds(c.field)]

    def theirs(self) -> Raw:
        """Return what stands there now: typed input, or what is stored."""
        typed = self.instance.draft_input
        return {name: typed.get(name, self.stored[name]) for name in self.fields}

    def mine(self, data: Any) -> Raw:
        """Return what the page sent for the fields of this section."""
        return {
            name: canonical(field.widget.value_from_datadict(data, {}, name))
            for name, field in self.fields.items()
        }

    def children(self, application: Application) -> dict[str, Any]:
        """Write the replies and the share; what is saved here is no news any more."""
        moving.see_news(application, [question.key for question in self.questions])
        return super().children(application)

    def rows(self) -> list[dict[str, Any]]:
        """Return each field with the comments on it and where they are answered."""
        rows: list[dict[str, Any]] = [
            {
                "field": bound,
                "comments": self._comments_on(bound.name),
                **self._news_of(bound.name.removeprefix("answer_")),
            }
            for bound in self
            if not bound.name.startswith("reply_")
        ]
        shown = {c["comment"].pk for row in rows for c in row["comments"]}
        others = [self._reply(c) for c in self.open_comments if c.pk not in shown]
        return rows + [{"field": None, "comments": [other]} for other in others]

    def _news_of(self, key: str) -> dict[str, str]:
        """Return whether the form's new version asks this anew, and the answer set aside."""
        news, aside = self.instance.form_news, self.instance.set_aside.get(key)
        return {
            "news": next((name for name in ("new", "changed") if key in news.get(name, ())), ""),
            "aside": moving.aside_text(aside) if aside else "",
        }

    def _comments_on(self, name: str) -> list[dict[str, Any]]:
        field = name.replace("answer_", "answers.", 1) if name.startswith("answer_") else name
        return [self._reply(comment) for comment in self.open_comments if comment.field == field]

    def _reply(self, comment: Any) -> dict[str, Any]:
        return {"comment": comment, "reply": self[f"reply_{comment.pk}"]}


def canonical(value: Any) -> Any:
    """Return what a control holds as a text, or a list of texts, to be compared and kept."""
    if value is None or value is False:
        return ""
    if value is True:
        return "on"
    if isinstance(value, list | tuple):
        return [str(item) for item in value]
    return str(value).replace("\r\n", "\n")


def stored_lines(application: Application) -> list[list[str]]:
    """Return the lines of the budget as the sheet shows them."""
    lines = application.budget_lines.filter(stage=BudgetLine.Stage.APPLIED).order_by("order", "pk")
    return [[x.kind, x.category, x.description, x.basis, _amount_typed(x)] for x in lines]


def _amount_typed(line: BudgetLine) -> str:
    """Return the amount as it was typed: in the budget's currency where it has one."""
    return f"{line.amount:,}" if line.foreign_amount is None else f"{line.foreign_amount:,.2f}"


def stored_parties(application: Application) -> list[list[str]]:
    """Return the other bodies as their page shows them."""
    others = application.parties.exclude(kind="lead").select_related("organization")
    fields = PartyByCodeForm.base_fields
    return [
        [
            party.kind,
            party.organization.code or party.organization.name,
            canonical(fields["share"].prepare_value(party.share)),
            canonical(fields["consented_on"].prepare_value(party.consented_on)),
        ]
        for party in others.order_by("pk")
    ]


def typed_rows(data: Mapping[str, Any], prefix: str, names: Iterable[str]) -> list[list[str]]:
    """Return the rows that a page sent, without empty and deleted ones; the first is a choice."""
    total = str(data.get(f"{prefix}-TOTAL_FORMS", "0"))
    rows = []
    for index in range(min(int(total), 500) if total.isdecimal() else 0):
        row = [canonical(data.get(f"{prefix}-{index}-{name}", "")) for name in names]
        if any(text.strip() for text in row[1:]) and not data.get(f"{prefix}-{index}-DELETE"):
            rows.append(row)
    return rows


def typed_lines(data: Mapping[str, Any]) -> list[list[str]]:
    """Return the lines that the budget's sheet sent."""
    return typed_rows(data, "lines", LINE)


def rows_data(rows: list[list[str]], prefix: str, names: Iterable[str]) -> dict[str, str]:
    """Return the rows as the browser would send them."""
    data = {f"{prefix}-TOTAL_FORMS": str(len(rows)), f"{prefix}-INITIAL_FORMS": "0"}
    for index, row in enumerate(rows):
        data |= zip((f"{prefix}-{index}-{name}" for name in names), row, strict=True)
    return data


def merged_data(raw: Raw) -> QueryDict:
    """Return texts as a form takes them."""
    data = QueryDict(mutable=True)
    for name, value in raw.items():
        data.setlist(name, value if isinstance(value, list) else [value] if value else [])
    return data


def merge(base: Raw | None, mine: Raw, theirs: Raw) -> tuple[Raw, list[str]]:
    """Return what to save, and the fields that both changed; without a base all is new."""
    merged, conflicts = dict(mine), []
    for name, typed in mine.items():
        there = theirs.get(name, "")
        was = base.get(name, there) if base is not None else None
        if typed == was:
            merged[name] = there
        elif there not in (typed, was):
            conflicts.append(name)
    return merged, conflicts


def sign(application: Application, base: Raw) -> str:
    """Return the base as the page carries it: whoever holds the page cannot rewrite it."""
    return signing.dumps(base, salt=f"grants.base.{application.public_id}", compress=True)


def read_base(application: Application, token: str) -> Raw | None:
    """Return the base of a page, None where there is none to be trusted."""
    try:
        return dict(signing.loads(token, salt=f"grants.base.{application.public_id}"))
    except (signing.BadSignature, TypeError, ValueError):
        return None


def tasks(application: Application) -> list[dict[str, Any]]:
    """Return the sections with how far each is (look.md, task list)."""
    errors = submission.errors_of(application)
    unanswered = [c.field for c in submission.open_comments(application) if not c.answer]
    rows = []
    for section in sections_of(application):
        word, tone = _progress(application, section, errors, unanswered)
        rows.append(
            {
                "label": section.title,
                "url": section.url(application),
                "status": word,
                "tone": tone,
                "hint": _hint(application, section),
            }
        )
    return rows


def _progress(
    application: Application, section: Section, errors: Iterable[str], unanswered: Iterable[str]
) -> tuple[str, str]:
    is_missing = any(section.holds(field) for field in errors)
    is_returned = application.status == Application.Status.RETURNED
    if any(section.holds(field) for field in unanswered) or (is_missing and is_returned):
        return _("to correct"), "error"
    if any(name in application.draft_input for name in section.names):
        return _("being filled in"), "information"
    if is_missing:
        begun = is_begun(application, section)
        return (_("being filled in"), "information") if begun else (_("not begun"), "neutral")
    if section.slug == "parties" and not is_begun(application, section):
        return _("optional section"), "neutral"
    return _("complete"), "success"


def is_begun(application: Application, section: Section) -> bool:
    """Say whether anything was entered in the section yet; a title alone begins nothing."""
    if section.slug == "files":
        return application.files.exists()
    if section.slug == "parties":
        return application.parties.exclude(kind="lead").exists()
    if section.slug == "budget" and application.budget_lines.exists():
        return True
    answered = {f"answer_{key}" for key, value in application.answers.items() if value != ""}
    named = (n for n in section.fields if n != "title" and not n.startswith("answer_"))
    return bool(answered & set(section.fields)) or any(getattr(application, n) for n in named)


def _hint(application: Application, section: Section) -> str:
    if section.slug == "budget":
        words = {
            "cost": f"{application.expense_total:,}",
            "sum": f"{application.requested_amount:,}",
        }
        return _("Eligible cost %(cost)s円, applied for %(sum)s円") % words
    if section.slug == "files":
        return _("%(count)s files") % {"count": application.files.count()}
    return ""
