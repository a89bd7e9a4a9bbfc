"""What the database itself refuses."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import ApiKey, Membership, Organization, OrganizationRole, Post, Section, User
from tests.factories.accounts import (
    grant,
    join,
    make_body,
    make_office,
    make_post,
    make_role,
    make_section,
    make_user,
)

pytestmark = pytest.mark.django_db


def refused(constraint):
    """Expect the named constraint to refuse, and leave the transaction usable."""
    return _Refused(constraint)


class _Refused:
    def __init__(self, constraint):
        self.constraint = constraint

    def __enter__(self):
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def __exit__(self, kind, error, trace):
        self.atomic.__exit__(kind, error, trace)
        assert kind is not None, f"{self.constraint} did not refuse"
        assert issubclass(kind, IntegrityError)
        assert self.constraint in str(error)
        return True


def test_email_is_one_login_in_any_case():
    make_user("Hana@Example.jp")

    with refused("accounts_user_email"):
        User.objects.bulk_create([User(email="HANA@example.JP")])

    assert User.objects.get().email == "hana@example.jp"


def test_section_belongs_to_an_office_or_a_body():
    town, office = make_body(), make_office()

    with refused("accounts_section_office_xor_organization"):
        Section.objects.create(office=office, organization=town, name="課")
    with refused("accounts_section_office_xor_organization"):
        Section.objects.create(name="課")


def test_membership_ends_after_it_starts_and_is_held_once_at_a_time():
    post, user = make_post(make_section(), "officer"), make_user()
    join(user, post, date(2026, 4, 1), date(2026, 4, 30))

    with refused("accounts_membership_period"):
        Membership.objects.create(
            user=user, post=post, starts_on=date(2027, 4, 1), ends_on=date(2027, 3, 31)
        )
    with refused("accounts_membership_once_at_a_time"):
        Membership.objects.create(user=user, post=post, starts_on=date(2026, 4, 30))
    join(user, post, date(2026, 5, 1))


def test_a_body_has_one_branch_at_a_time():
    prefecture, other = make_body("prefecture", "010006"), make_body("prefecture", "020001")
    town = make_body("town", "013030")
    make_role("branch", prefecture, town, valid_to=date(2020, 3, 31))
    make_role("branch", other, town, valid_from=date(2020, 4, 1))

    with refused("accounts_organizationrole_one_branch"):
        make_role("branch", prefecture, town, valid_from=date(2026, 4, 1))
    make_role("coordinating", prefecture, town)
    make_role("coordinating", other, town)


def test_a_town_cannot_be_a_branch():
    town = make_body("town", "013030")
    role = OrganizationRole(kind="branch", holder=town, subject=town, valid_from=date(2026, 4, 1))

    with pytest.raises(ValidationError) as refusal:
        role.full_clean()

    assert list(refusal.value.message_dict) == ["holder"]


def test_code_is_unique_among_local_governments_only():
    make_body("city", "012025", "函館市")

    with refused("accounts_organization_one_local_government"):
        make_body("city", "012025", "函館市")
    with refused("accounts_organization_code_digits"):
        make_body("city", "12025")
    board = make_body("board_of_education", "012025", "函館市教育委員会")
    assert board.prefecture == "北海道"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"code": "012026"}, ["code"]),
        ({"corporate_number": "1000012050002"}, ["corporate_number"]),
        ({"kana": "ﾊｺﾀﾞﾃｼ"}, ["kana"]),
        ({"code": "012025", "corporate_number": "7000012050002", "kana": "ハコダテシ"}, []),
    ],
)
def test_check_digits_and_kana_are_validated(fields, wrong):
    body = Organization(kind="city", name="函館市", **fields)
    try:
        body.full_clean()
        found = []
    except ValidationError as refusal:
        found = sorted(refusal.message_dict)

    assert found == wrong


def test_successor_only_of_a_closed_body():
    new = make_body("city", "012025")

    with refused("accounts_organization_successor_when_closed"):
        make_body("town", "013030", successor=new)
    old = make_body("town", "013030", successor=new, valid_to=date(2005, 3, 31))
    assert list(new.predecessors.all()) == [old]


@pytest.mark.parametrize(
    ("role", "of_body", "of_office"),
    [
        ("officer", False, True),
        ("submitter", True, False),
        ("partner", True, False),
        ("office", False, False),
    ],
)
def test_post_has_a_role_of_its_side(role, of_body, of_office):
    def fits(section):
        try:
            Post(section=section, role=role, name="主査").full_clean()
        except ValidationError:
            return False
        return True

    assert (fits(make_section(make_body())), fits(make_section())) == (of_body, of_office)


def test_a_section_grants_nothing_to_itself():
    section = make_section(make_body())

    with refused("accounts_sectiongrant_other"):
        grant(section, section)


def test_create_superuser_makes_an_administrator():
    user = User.objects.create_superuser("Root@clair.example", "a long enough password")

    assert user.access.staff_roles == frozenset({"administrator"})
    assert (user.is_staff, user.is_superuser) == (True, False)


def test_key_says_in_words_what_it_opens():
    key = ApiKey(key_scopes=["read", "grants:write"])

    assert key.scope_words == "読み取り、助成金 書き込み"
