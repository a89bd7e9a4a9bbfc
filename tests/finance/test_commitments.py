"""What a case was promised: committed, changed, fixed, released; the edition follows to the yen."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from finance.actions import commitments
from finance.models import EditionLedger, LedgerEntry
from programs.models import Edition
from tests.factories.finance import NOW, make_commitment, make_payment


def entries(edition) -> dict[str, int]:
    """The sum of each kind of entry."""
    found: dict[str, int] = {}
    for row in LedgerEntry.objects.filter(edition=edition):
        found[row.kind] = found.get(row.kind, 0) + row.amount
    return {kind: amount for kind, amount in found.items() if amount}


def test_commitment_is_booked_and_stands_open(world):
    commitment = make_commitment(world)

    found = commitments.settlement_of(commitment.case)

    assert (found.decided, found.fixed, found.paid, found.claimable) == (
        1_000_000,
        None,
        0,
        1_000_000,
    )
    assert entries(world.edition) == {"committed": 1_000_000}
    assert EditionLedger.objects.get(edition=world.edition).left == 9_000_000


def test_advance_is_limited_to_the_editions_share(world):
    world.edition.rules.data["advance"] = {"share": "0.5"}
    commitment = make_commitment(world)
    commitment.rule_set.data = world.edition.rules.data

    assert commitment.claimable == 500_000


def test_change_moves_the_editions_money(world):
    commitment = make_commitment(world)

    commitments.change_decided(commitment.case, 700_000, by=world.desk.manager, now=NOW)

    assert entries(world.edition) == {"committed": 700_000}
    assert Edition.objects.get(pk=world.edition.pk).decided_total == 700_000


def test_change_beyond_the_budget_changes_nothing(world):
    commitment = make_commitment(world)

    with pytest.raises(ValidationError):
        commitments.change_decided(commitment.case, 10_000_001, by=world.desk.manager, now=NOW)

    assert commitments.settlement_of(commitment.case).decided == 1_000_000


def test_fixing_below_the_advance_tells_what_was_overpaid_and_frees_the_rest(world):
    commitment = make_commitment(world)
    make_payment(world, commitment, "paid", amount=600_000)

    # 600,000 paid in advance − 450,000 fixed = 150,000 to come back
    assert commitments.fix(commitment.case, 450_000, by=world.desk.manager, now=NOW) == 150_000

    found = commitments.settlement_of(commitment.case)
    assert (found.fixed, found.paid, found.to_return, found.claimable) == (
        450_000,
        600_000,
        150_000,
        0,
    )
    assert entries(world.edition) == {"committed": 450_000, "advanced": 600_000}
    assert Edition.objects.get(pk=world.edition.pk).decided_total == 450_000


def test_fixing_above_the_advance_leaves_the_rest_to_claim(world):
    commitment = make_commitment(world)
    make_payment(world, commitment, "paid", amount=600_000)

    assert commitments.fix(commitment.case, 900_000, by=world.desk.manager, now=NOW) == 0

    assert commitments.settlement_of(commitment.case).claimable == 300_000


def test_fixing_beyond_what_was_decided_is_refused(world):
    commitment = make_commitment(world)

    with pytest.raises(ValidationError):
        commitments.fix(commitment.case, 1_000_001, by=world.desk.manager, now=NOW)


def test_open_claim_keeps_the_amount_from_being_lowered_under_it(world):
    commitment = make_commitment(world)
    make_payment(world, commitment, amount=600_000)

    with pytest.raises(ValidationError):
        commitments.fix(commitment.case, 599_999, by=world.desk.manager, now=NOW)


def test_release_after_payment_leaves_what_must_come_back(world):
    commitment = make_commitment(world)
    make_payment(world, commitment, "paid", amount=600_000)

    commitments.release(commitment.case, by=world.desk.manager, now=NOW)

    assert commitments.settlement_of(commitment.case).to_return == 600_000
    assert Edition.objects.get(pk=world.edition.pk).decided_total == 0


def test_database_refuses_more_paid_than_decided(world):
    commitment = make_commitment(world)
    commitment.paid = 1_000_001

    with pytest.raises(IntegrityError), transaction.atomic():
        commitment.save()


def test_settlements_of_many_take_one_query(world, django_assert_num_queries):
    cases = [make_commitment(world, 100_000).case for _number in range(3)]

    with django_assert_num_queries(1):
        found = commitments.settlements_of(cases)

    assert {s.decided for s in found.values()} == {100_000}
    assert len(found) == 3


def test_entries_are_never_changed(world):
    make_commitment(world)

    with pytest.raises(Exception, match=r"append-only|permission denied"), transaction.atomic():
        LedgerEntry.objects.update(amount=1)
