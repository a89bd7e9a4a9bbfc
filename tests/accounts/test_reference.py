"""The reference data against the file from which it is read."""

import csv
import io
from collections import Counter

import pytest
from django.core.management import call_command

from accounts import reference
from accounts.models import Office, OfficeJurisdiction, Organization, OrganizationRole, Section
from core.japanese import is_municipality_code

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded():
    call_command("load_reference", stdout=io.StringIO())


@pytest.fixture(scope="module")
def rows():
    path = reference.DATA / "municipality_codes.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_bodies_by_kind_are_those_of_the_file(loaded, rows):
    found = Counter(Organization.objects.filter(is_example=False).values_list("kind", flat=True))
    towns_in_file = sum(row["city"].endswith(("町", "村")) for row in rows)

    assert found["prefecture"] == 47 == sum(not row["city"] for row in rows)
    assert (found["designated_city"], found["special_ward"]) == (20, 23)
    assert found["town"] + found["village"] == towns_in_file == 926
    assert found.total() == len(rows) == 1788


def test_every_row_is_there_with_full_width_kana(loaded, rows):
    bodies = {b.code: b for b in Organization.objects.exclude(code="")}

    assert len(bodies) == len(rows)
    for row in rows:
        body = bodies[row["code"]]
        assert is_municipality_code(body.code)
        assert body.name == (row["city"] or row["prefecture"])
        assert body.prefecture == row["prefecture"]
        body.full_clean(validate_constraints=False, validate_unique=False)
    assert bodies["011002"].kana == "サッポロシ"
    assert bodies["131016"].kind == "special_ward"


def test_sixty_seven_branches_and_each_body_has_one(loaded):
    roles = OrganizationRole.objects.filter(kind="branch").select_related("holder", "subject")
    holders = Counter({role.holder: role.holder.kind for role in roles}.values())
    by_name = {role.subject.name: role.holder.name for role in roles}

    assert holders == {"prefecture": 47, "designated_city": 20}
    assert roles.count() == 1788 + 47
    assert [by_name[n] for n in ("札幌市", "函館市", "千代田区", "北海道地域国際化協会（例）")] == [
        "札幌市",
        "北海道",
        "東京都",
        "北海道",
    ]


def test_offices_sections_and_jurisdictions(loaded):
    assert set(Office.objects.values_list("code", flat=True)) == {
        "HQ",
        "NYC",
        "LON",
        "PAR",
        "SIN",
        "SEL",
        "SYD",
        "BEJ",
    }
    headquarters = Section.objects.filter(office__code="HQ").values_list("name", "sign")
    assert set(headquarters) >= {("多文化共生課", "多")}
    assert Section.objects.count() == 7 + 7
    signs = [sign for sign in Section.objects.values_list("sign", flat=True) if sign]
    assert len(signs) == len(set(signs)) == 14
    assert OfficeJurisdiction.objects.count() == 37
    canada = OfficeJurisdiction.objects.get(country="カナダ")
    assert (canada.office.code, canada.is_confirmed) == ("NYC", False)


def test_one_example_association_per_prefecture(loaded):
    examples = Organization.objects.filter(is_example=True)

    assert set(examples.values_list("kind", flat=True)) == {"international_association"}
    assert len(set(examples.values_list("prefecture_code", flat=True))) == 47 == examples.count()
    assert all("（例）" in body.name for body in examples)


def test_second_run_changes_nothing_and_keeps_ids(loaded, django_assert_max_num_queries):
    ids = set(Organization.objects.values_list("pk", "public_id"))
    Section.objects.filter(name="多文化共生課").update(phone="03-0000-0000")

    with django_assert_max_num_queries(60):
        again = reference.load()

    assert (again.organizations, again.branches, again.offices) == (0, 0, 0)
    assert set(Organization.objects.values_list("pk", "public_id")) == ids
    assert Section.objects.get(name="多文化共生課").phone == "03-0000-0000"


def test_changed_name_is_put_right(loaded):
    Organization.objects.filter(code="012025").update(name="函館")

    assert reference.load().organizations == 1
    assert Organization.objects.get(code="012025").name == "函館市"


@pytest.mark.parametrize(("code", "city"), [("141013", "横浜市鶴見区"), ("013315", "松前")])
def test_a_row_that_fits_no_kind_is_refused(code, city):
    with pytest.raises(ValueError, match=code):
        reference.kind_of(code, city)
