"""The reference data: bodies, branches, offices and sections, read from accounts/data.

Loading twice changes nothing; what people changed by hand since (a telephone, a sign) is kept.
"""

import csv
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import jaconv
from django.db import transaction

from accounts.models import Office, OfficeJurisdiction, Organization, OrganizationRole, Section
from accounts.prefectures import PREFECTURES

DATA = Path(__file__).resolve().parent / "data"
FOUNDED = date(1988, 7, 1)  # CLAIR was founded in July 1988 (domain.md 0)
DESIGNATED_CITY_PLACES = frozenset({"100", "130", "140", "150"})
TOKYO = "13"
_KINDS_OF_BRANCH = (Organization.Kind.PREFECTURE, Organization.Kind.DESIGNATED_CITY)
_UPDATED = ("kind", "code", "name", "kana", "name_en", "prefecture_code", "is_example")


@dataclass(frozen=True)
class Loaded:
    """How many rows were new or different."""

    offices: int
    organizations: int
    branches: int
    jurisdictions: int


@transaction.atomic
def load() -> Loaded:
    """Load everything; raises ValueError where a file does not hold what it should."""
    offices = _load_offices()
    organizations = _load_organizations()
    return Loaded(offices, organizations, _load_branches(), _load_jurisdictions())


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as stream:
        yield from csv.DictReader(stream)


def kind_of(code: str, city: str) -> str:
    """Return the kind of a local government by its 6-digit code and name (domain.md 8)."""
    place = code[2:5]
    if place == "000":
        return Organization.Kind.PREFECTURE
    if place.startswith("1"):
        is_city = place in DESIGNATED_CITY_PLACES and city.endswith("市")
        if not is_city and not code.startswith(TOKYO):
            raise ValueError(f"{code} {city}: neither a designated city nor a ward of Tokyo")
        return Organization.Kind.DESIGNATED_CITY if is_city else Organization.Kind.SPECIAL_WARD
    if place.startswith("2"):
        return Organization.Kind.CITY
    if city.endswith("町"):
        return Organization.Kind.TOWN
    if city.endswith("村"):
        return Organization.Kind.VILLAGE
    raise ValueError(f"{code} {city}: no kind fits")


def local_governments() -> Iterator[Organization]:
    """Yield the 1,788 local governments of municipality_codes.csv."""
    for row in _rows("municipality_codes.csv"):
        code, city = row["code"], row["city"]
        prefecture_code = code[:2]
        yield Organization(
            reference=f"code:{code}",
            kind=kind_of(code, city),
            code=code,
            name=city or row["prefecture"],
            kana=jaconv.h2z(row["city_kana"] or row["prefecture_kana"]),
            name_en="" if city else PREFECTURES[prefecture_code][1],
            prefecture_code=prefecture_code,
        )


def example_associations() -> Iterator[Organization]:
    """Yield one regional international association per prefecture, plainly an example."""
    for prefecture_code, (name, name_en) in PREFECTURES.items():
        yield Organization(
            reference=f"example-association:{prefecture_code}",
            kind=Organization.Kind.INTERNATIONAL_ASSOCIATION,
            name=f"{name}地域国際化協会（例）",
            name_en=f"{name_en} International Association (example)",
            prefecture_code=prefecture_code,
            is_example=True,
        )


def _load_offices() -> int:
    count = 0
    for row in _rows("offices.csv"):
        _office, created = Office.objects.update_or_create(code=row.pop("code"), defaults=row)
        count += created
    ids = dict(Office.objects.values_list("code", "pk"))
    for row in _rows("sections.csv"):
        office_id, name = ids[row.pop("office")], row.pop("name")
        row.pop("source")
        Section.objects.get_or_create(office_id=office_id, name=name, valid_to=None, defaults=row)
    return count


def _load_organizations() -> int:
    wanted = [*local_governments(), *example_associations()]
    known = {
        row["reference"]: row
        for row in Organization.objects.exclude(reference=None).values("reference", *_UPDATED)
    }
    changed = [body for body in wanted if _differs(body, known.get(body.reference))]
    Organization.objects.bulk_create(
        changed,
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["reference"],
        update_fields=[*_UPDATED, "search_key"],
    )
    return len(changed)


def _differs(body: Organization, row: dict[str, str] | None) -> bool:
    return row is None or any(str(getattr(body, name)) != str(row[name]) for name in _UPDATED)


def _load_branches() -> int:
    """Give each body without a branch its own: the designated city or the prefecture."""
    bodies = list(Organization.objects.exclude(reference=None).filter(valid_to=None))
    prefectures = {b.prefecture_code: b for b in bodies if b.kind == Organization.Kind.PREFECTURE}
    have = set(
        OrganizationRole.objects.filter(kind=OrganizationRole.Kind.BRANCH).values_list(
            "subject_id", flat=True
        )
    )
    roles = [
        OrganizationRole(
            kind=OrganizationRole.Kind.BRANCH,
            holder=body if body.kind in _KINDS_OF_BRANCH else prefectures[body.prefecture_code],
            subject=body,
            valid_from=FOUNDED,
        )
        for body in bodies
        if body.pk not in have
    ]
    OrganizationRole.objects.bulk_create(roles, batch_size=1000, ignore_conflicts=True)
    return len(roles)


def _load_jurisdictions() -> int:
    offices = {office.name: office for office in Office.objects.all()}
    wanted = list(_jurisdictions(offices))
    OfficeJurisdiction.objects.bulk_create(wanted, ignore_conflicts=True)
    return len(wanted)


def _jurisdictions(offices: dict[str, Office]) -> Iterable[OfficeJurisdiction]:
    for name, rows in itertools.groupby(_rows("office_jurisdiction.csv"), lambda r: r["office"]):
        source = ""
        for row in rows:
            source = source if row["source"] == "same" else row["source"]
            yield OfficeJurisdiction(
                office=offices[f"{name}事務所"],
                country=row["country"],
                valid_from=_first_day(row),
                is_confirmed=row["status"].startswith("FOUND") and "inferred" not in row["status"],
                source=source,
                note=row["status"],
            )


def _first_day(row: dict[str, str]) -> date:
    """Return the day from which the office looks after the country; the month or year is known."""
    _words, added, month = row["status"].partition("added ")
    parts = (month.rstrip(")") if added else row["opened"]).split("-")
    return date(int(parts[0]), int(parts[1]) if len(parts) > 1 else 1, 1)
