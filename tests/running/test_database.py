"""What the suite itself relies on: grants, isolation, fresh databases, no network."""

import socket
import threading
from collections.abc import Callable

import psycopg
import pytest
from django.core.cache import cache
from django.db import connection
from psycopg import errors


def rows(query: str) -> list[tuple[object, ...]]:
    """Run a query on Django's connection."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


@pytest.mark.django_db
def test_tests_run_as_the_web_role() -> None:
    assert rows("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user") == [
        ("clair_web", False)
    ]


@pytest.mark.django_db
def test_extensions_are_there_and_know_japanese() -> None:
    assert rows("SELECT cardinality(show_trgm('多文化共生'))") == [(6,)]
    assert rows("SELECT extname FROM pg_extension ORDER BY 1") == [
        ("btree_gist",),
        ("pg_trgm",),
        ("plpgsql",),
        ("unaccent",),
    ]


def test_web_role_cannot_change_the_structure(
    fresh_db: str, web_connection: Callable[[], psycopg.Connection]
) -> None:
    web = web_connection()
    for statement in (
        "CREATE TABLE intruder (id int)",
        "TRUNCATE django_migrations",
        "ALTER TABLE django_migrations ADD COLUMN intruder int",
        "CREATE ROLE intruder",
        "CREATE DATABASE intruder",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            web.execute(statement)


def test_fresh_database_is_seen_by_all_threads(
    fresh_db: str, superuser: psycopg.Connection
) -> None:
    seen: list[object] = []

    def look() -> None:
        seen.append(rows("SELECT current_database()")[0][0])
        connection.close()

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    look()
    named = superuser.execute("SELECT current_database(), current_user").fetchone()
    assert set(seen) == {fresh_db}
    assert named == (fresh_db, "clair")


@pytest.mark.parametrize("attempt", [1, 2])
def test_each_fresh_database_is_pristine(fresh_db: str, attempt: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_migrations WHERE app = 'intruder'")
        assert cursor.fetchone() == (0,)
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('intruder', 'x', now())"
        )


@pytest.mark.django_db
def test_usual_database_is_used_again_after_a_fresh_one() -> None:
    assert not str(rows("SELECT current_database()")[0][0]).endswith("fresh")


@pytest.mark.parametrize("attempt", [1, 2])
def test_cache_is_empty_for_each_test(attempt: int) -> None:
    assert cache.get("counted") is None
    cache.set("counted", attempt)


def test_network_is_closed() -> None:
    with socket.socket() as outside, pytest.raises(OSError, match="may not connect"):
        outside.connect(("192.0.2.1", 80))
