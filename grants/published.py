"""Adopted projects that everybody may read (採択事業一覧, domain.md §1.1): announced, and no others."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django import forms
from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.prefectures import PREFECTURES, prefecture_names
from core.fiscal import jst_date
from core.japanese import normalize
from grants.models import Application, ApplicationParty
from grants.statistics import PUBLISHED
from programs.models import Program
from programs.reports import year_label

HEADS = (
    "年度", "事業", "団体コード", "団体名", "都道府県", "共同団体・実施団体", "事業名", "区分", "実施地",
    "助成決定額（円）", "通知日",
)  # fmt: skip


def years() -> list[int]:
    """Return the fiscal years that have adopted projects, the latest first."""
    found = Application.objects.filter(PUBLISHED).order_by()
    listed = found.values_list("edition__fiscal_year", flat=True).distinct()
    return sorted(listed, reverse=True)


class ResultsForm(forms.Form):
    """Which adopted projects are looked for; a year, programme or place that is unknown finds none."""

    year = forms.TypedChoiceField(label=_("fiscal year"), coerce=int, required=False)
    program = forms.ModelChoiceField(
        label=_("programme"),
        queryset=Program.objects.none(),
        to_field_name="code",
        required=False,
        empty_label=_("All programmes"),
    )
    prefecture = forms.ChoiceField(label=_("prefecture"), required=False)
    q = forms.CharField(label=_("word in the title, or body"), required=False, max_length=100)

    def __init__(self, data: Any, *, listed: list[int]):
        super().__init__({"year": listed[0] if listed else "", **data.dict()})
        self.fields["year"].choices = [(year, year_label(year)) for year in listed]  # type: ignore[attr-defined]
        places = [("", _("All prefectures")), *prefecture_names().items()]
        self.fields["prefecture"].choices = places  # type: ignore[attr-defined]
        self.fields["program"].queryset = Program.objects.filter(  # type: ignore[attr-defined]
            pk__in=Application.objects.filter(PUBLISHED).values("edition__program")
        ).order_by("pk")

    def found(self) -> QuerySet[Application]:
        """Return the projects that fit, by programme, body and title."""
        given = self.cleaned_data if self.is_valid() else {}
        year = given.get("year")
        if not year:
            return Application.objects.none()
        rows = Application.objects.filter(PUBLISHED, edition__fiscal_year=year)
        if given["program"]:
            rows = rows.filter(edition__program=given["program"])
        if given["prefecture"]:
            rows = rows.filter(organization__prefecture_code=given["prefecture"])
        for word in normalize(given["q"]).split():
            rows = rows.filter(Q(title__icontains=word) | Q(organization__search_key__has=word))
        return _related(rows)


def _related(rows: QuerySet[Application]) -> QuerySet[Application]:
    others = ApplicationParty.objects.exclude(kind="lead").select_related("organization")
    return (
        rows.select_related("edition__program", "edition__rules", "organization")
        .prefetch_related(Prefetch("parties", others.order_by("pk")))
        .order_by("edition__program_id", "organization__code", "pk")
    )


def each(rows: QuerySet[Application]) -> Iterator[dict[str, Any]]:
    """Return the projects one by one; the rules of an edition are read once."""
    categories: dict[int | None, dict[str, str]] = {}
    for application in rows.iterator(chunk_size=500):
        rule_set = application.edition.rules
        key = rule_set.pk if rule_set else None
        if key not in categories:
            known = rule_set.rules.categories if rule_set else ()
            categories[key] = {category.key: category.name for category in known}
        yield _shown(application, categories[key])


def _shown(application: Application, categories: Mapping[str, str]) -> dict[str, Any]:
    """Return one adopted project as JSON has it: amount in whole yen, dates ISO, codes as text."""
    edition, body = application.edition, application.organization
    return {
        "id": str(application.public_id),
        "fiscal_year": edition.fiscal_year,
        "program": {
            "code": edition.program.code,
            "name": edition.name,
            "name_en": edition.name_en or edition.program.name_en,
        },
        "organization": _body(body),
        "parties": [
            {"role": row.kind, **_body(row.organization)} for row in application.parties.all()
        ],
        "title": application.title,
        "categories": [
            {"key": key, "name": categories.get(key, key)} for key in application.categories
        ],
        "place": application.place or None,
        "decided_amount": application.decided_amount,
        "announced_on": _announced_on(application).isoformat(),
    }


def _announced_on(application: Application) -> date:
    if application.announced_at is None:  # PUBLISHED holds announced ones only
        raise ValueError(application.pk)
    return jst_date(application.announced_at)


def _body(body: Any) -> dict[str, Any]:
    return {
        "code": body.code or None,
        "name": body.name,
        "kind": body.kind,
        "prefecture": PREFECTURES.get(body.prefecture_code, ("", ""))[0] or None,
    }


def lines(rows: QuerySet[Application]) -> Iterator[list[Any]]:
    """Return the projects as the CSV has them, under HEADS."""
    places = dict(Application.Place.choices)
    for row in each(rows):
        body = row["organization"]
        yield [
            row["fiscal_year"],
            row["program"]["name"],
            body["code"] or "",
            body["name"],
            body["prefecture"] or "",
            "、".join(other["name"] for other in row["parties"]),
            row["title"],
            "、".join(category["name"] for category in row["categories"]),
            str(places.get(row["place"], "")),
            row["decided_amount"],
            row["announced_on"],
        ]
