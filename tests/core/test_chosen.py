"""Records on their way from a list to a page: few stand in the address, many in the session."""

import uuid

import pytest
from django.test import RequestFactory

from core import chosen


@pytest.fixture
def ask():
    session = {}

    def request(**given):
        made = RequestFactory().get("/", given)
        made.session = session
        return made

    return request


def ids(count):
    return [uuid.uuid4() for _n in range(count)]


def test_few_stand_in_the_address(ask):
    three = ids(3)

    word = chosen.keep(ask(), three)

    assert word == ",".join(map(str, three))
    assert chosen.named(ask(items=word)) == [str(i) for i in three]


def test_five_hundred_make_a_short_address_and_are_all_found_in_order(ask):
    many = ids(500)

    word = chosen.keep(ask(), many)

    assert len(word) < 30
    assert chosen.named(ask(items=word)) == [str(i) for i in many]
    assert chosen.keep(ask(), many) == word  # loaded again, the session does not grow


def test_the_oldest_choice_is_forgotten_and_another_session_knows_none(ask):
    words = [chosen.keep(ask(), ids(5)) for _n in range(chosen.KEPT + 1)]

    assert chosen.named(ask(items=words[0])) == []
    assert len(chosen.named(ask(items=words[-1]))) == 5
    other = RequestFactory().get("/", {"items": words[-1]})
    other.session = {}
    assert chosen.named(other) == []


def test_boxes_of_a_form_and_a_kept_choice_go_together_without_doubles(ask):
    word = chosen.keep(ask(), ids(5))
    one = chosen.named(ask(items=word))[0]

    assert len(chosen.named(ask(items=[word, one, "x,y"]))) == 7
