"""Signing in by e-mail, and the slow hash for known and unknown alike."""

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import get_hasher, identify_hasher, make_password

from accounts.hashers import Argon2idHasher
from tests.factories.accounts import PASSWORD, make_body, make_member, make_staff, make_user

pytestmark = pytest.mark.django_db


def test_signs_in_by_address_in_any_case():
    user = make_user("hana@example.jp", password=PASSWORD)

    assert authenticate(email="Hana@Example.JP", password=PASSWORD) == user
    assert authenticate(email="hana@example.jp", password="wrong") is None
    assert authenticate(email="nobody@example.jp", password=PASSWORD) is None


def test_closed_account_does_not_sign_in():
    make_user("hana@example.jp", password=PASSWORD, is_active=False)

    assert authenticate(email="hana@example.jp", password=PASSWORD) is None


@pytest.mark.parametrize("email", ["hana@example.jp", "nobody@example.jp"])
def test_known_and_unknown_addresses_cost_the_same_hashes(email, monkeypatch):
    make_user("hana@example.jp", password=PASSWORD)
    hashed = []
    hasher = type(get_hasher("default"))
    encode = hasher.encode
    monkeypatch.setattr(
        hasher, "encode", lambda self, *args: hashed.append(1) or encode(self, *args)
    )

    authenticate(email=email, password="wrong")

    assert len(hashed) == 2  # ours and allauth's, one each


def test_module_permissions_are_for_staff():
    officer, member = make_staff("officer"), make_member(make_body())

    assert (officer.has_module_perms("grants"), officer.has_module_perms("jet")) == (True, False)
    assert not member.has_module_perms("grants")


def test_hash_is_argon2id_at_19_mib(settings):
    settings.PASSWORD_HASHERS = ["accounts.hashers.Argon2idHasher"]
    encoded = make_password("secret")

    assert isinstance(identify_hasher(encoded), Argon2idHasher)
    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
