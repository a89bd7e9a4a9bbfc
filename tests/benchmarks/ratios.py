"""Each goal is a ratio to the limit of the same work, so that machines can be compared."""

import base64
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import psycopg
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.db import connections
from django.utils import timezone

from accounts.models import User
from core import exports, workflow
from core.admin.keyset import Keyset
from core.models import AuditEvent, Job
from core.search import find
from finance.models import Payment
from grants.models import Application, Award
from tests.benchmarks import served
from tests.benchmarks.data import FREQUENT, OFFICER, RARE
from tests.benchmarks.measure import (
    Caller,
    Table,
    django_backend,
    interleaved,
    milliseconds,
    ratio,
)

API = "/api/v1/grants/applications/"
ADMIN = "/admin/grants/application/"
# Filters offer what the rows really have, and payments are summed: both read every row once.
LISTED = {"awards": "<= 1.5", "payments": "<= 2"}
# The columns of the report, as they lie in the tables: neither words nor a guard against formulas.
COPY = """
COPY (SELECT a.receipt_number, a.incoming_number, o.code, o.name, s.name, p.name, p.code,
    e.fiscal_year, a.title, a.is_joint, a.starts_on, a.ends_on, a.expense_total,
    a.requested_amount, a.status, a.arrived_at, i.name, a.return_due, a.outcome, a.decided_amount,
    a.decided_at, a.announced_at
    FROM grants_application a
    JOIN accounts_organization o ON o.id = a.organization_id
    JOIN accounts_section s ON s.id = a.section_id
    JOIN programs_edition e ON e.id = a.edition_id
    JOIN programs_program p ON p.id = e.program_id
    LEFT JOIN accounts_post i ON i.id = a.post_in_charge_id
    ORDER BY a.id DESC) TO STDOUT WITH (FORMAT csv)
"""


class Bench:
    """One run over the large and the small database."""

    def __init__(self, large: str, small: str) -> None:
        self.large, self.small, self.table = large, small, Table()
        settings.STAFF_MFA_OPTIONAL = True
        settings.API_REQUESTS_PER_MINUTE = 1_000_000_000  # a 429 is quick, and no list
        self.raw = psycopg.connect(**self._address(), autocommit=True)
        self.raw_pid = self.raw.info.backend_pid
        self.officer = User.objects.get(email=OFFICER)

    def _address(self) -> dict[str, Any]:
        at = connections.settings["default"]
        return {
            "host": at["HOST"],
            "port": at["PORT"],
            "user": at["USER"],
            "password": at["PASSWORD"],
            "dbname": at["NAME"],
        }

    def use(self, database: str) -> None:
        """Point Django at the other database."""
        connections["default"].close()
        options = connections.settings["default"]
        options["NAME"] = connections["default"].settings_dict["NAME"] = database

    def run(self) -> int:
        """Measure everything; returns how many goals are missed."""
        for act in (
            self.listing,
            self.paging,
            self.screens,
            self.admin,
            self.money,
            self.search,
            self.export,
            self.transition,
            self.passwords,
        ):
            act()
        return self.table.missed

    def listing(self) -> None:
        """The API's list of 50 beside the bare JSON, both served, as in the goal's own table."""
        found, ours, bare = served.multiples()
        detail = f"{ours:.2f} and {bare:.2f} ms of CPU"
        self.table.row("list of 50, CPU to bare", found, "<= 3.5", detail)
        caller, nobody = Caller(self.officer), Caller()
        pid = django_backend()
        samples = interleaved(
            {
                "whole": (lambda: caller.get(API), pid),
                "health": (lambda: nobody.get("/healthz"), pid),
            },
            calls=50,
        )
        whole, health = (milliseconds(taken, "cpu") for taken in samples.values())
        self.table.note(
            f"whole request with session and posts {whole:.2f}, /healthz {health:.2f} ms"
        )

    def paging(self) -> None:
        """Page 2,000 beside page 1, by the cursor that a caller would have reached."""
        caller = Caller(self.officer)
        first = json.loads(caller.get(API))
        deep = self._deep_cursor(first["next"])
        samples = interleaved(
            {
                "1": (lambda: caller.get(API), django_backend()),
                "2000": (lambda: caller.get(f"{API}?cursor={deep}"), django_backend()),
            },
            rounds=9,
            calls=10,
        )
        self.table.row("API page 2,000 to page 1", ratio(samples, "2000", "1", "cpu"), "<= 1.1")

    def _deep_cursor(self, following: str, model: Any = Application) -> str:
        cursor = parse_qs(urlsplit(following).query)["cursor"][0]
        position = base64.b64decode(cursor).decode()
        pk = model.objects.order_by("-pk").values_list("pk", flat=True)[min(50 * 1999, 99_900)]
        found = position.replace(position.split("p=")[1], str(pk))
        return base64.b64encode(found.encode()).decode()

    def screens(self) -> None:
        """The officer's screen of the list, deep and first."""
        caller = Caller(self.officer)
        pk = Application.objects.order_by("-pk").values_list("pk", flat=True)[95_000]
        page = "/grants/applications/"
        samples = interleaved(
            {
                "1": (lambda: caller.get(page), django_backend()),
                "deep": (lambda: caller.get(f"{page}?before={pk}"), django_backend()),
            },
            calls=10,
        )
        found = ratio(samples, "deep", "1", "cpu")
        self.table.row(
            "screen list, row 95,000 to first",
            found,
            "<= 1.1",
            f"{milliseconds(samples['1'], 'wall'):.0f} ms",
        )

    def admin(self) -> None:
        """The admin's list at 100,000 rows and at 1,000."""
        times: dict[str, list[float]] = {}
        for _ in range(7):
            for name, database in (("large", self.large), ("small", self.small)):
                self.use(database)
                caller = Caller(User.objects.get(email=OFFICER))
                # Words that fill the page in both: 1,000 rows hold the rare one only 20 times.
                word = RARE if database == self.large else FREQUENT
                for what, path in (("first", ADMIN), ("search", f"{ADMIN}?q={quote(word)}")):
                    caller.get(path)
                    start = time.perf_counter()
                    for _ in range(3):
                        caller.get(path)
                    times.setdefault(f"{name} {what}", []).append((time.perf_counter() - start) / 3)
        self.use(self.large)
        self._admin_deep()
        middle = {name: sorted(found)[len(found) // 2] * 1000 for name, found in times.items()}
        for what, limit in (("first", "<= 1.1"), ("search", "<= 1.5")):
            large, small = middle[f"large {what}"], middle[f"small {what}"]
            self.table.row(
                f"admin {what} page, 100k to 1k",
                large / small,
                limit,
                f"{large:.0f} and {small:.0f} ms",
            )

    def _admin_deep(self) -> None:
        """Page 2,000 of the admin's list beside the second, by the cursor a reader would reach."""
        caller, rows = Caller(self.officer), Application.objects.order_by("-pk")
        keyset, pid = Keyset(rows), django_backend()

        addresses = {
            row: f"{ADMIN}?after={keyset.cursor(rows[row])}&from={row + 2}" for row in (49, 95_000)
        }

        samples = interleaved(
            {
                "1": (lambda: caller.get(ADMIN), pid),
                "2": (lambda: caller.get(addresses[49]), pid),
                "2000": (lambda: caller.get(addresses[95_000]), pid),
            },
            rounds=7,
            calls=5,
        )
        self.table.row("admin page 2,000 to page 2", ratio(samples, "2000", "2", "cpu"), "<= 1.1")
        first = ratio(samples, "2000", "1", "cpu")
        self.table.note(f"to page 1, whose links carry no query string: {first:.2f}")

    def money(self) -> None:
        """Awards and payments as the applications: deep pages, and the admin's first at 1,000."""
        for model, app in ((Award, "grants"), (Payment, "finance")):
            plural = f"{model._meta.model_name}s"
            self._deep(model, f"/api/v1/{app}/{plural}/", f"/{app}/{plural}/")
            address = f"/admin/{app}/{model._meta.model_name}/"
            large, small = self._first_pages(address)
            detail = f"{large:.0f} and {small:.0f} ms"
            self.table.row(f"admin {plural}, 100k to 1k", large / small, LISTED[plural], detail)

    def _deep(self, model: Any, api: str, screen: str) -> None:
        caller, pid = Caller(self.officer), django_backend()
        deep = self._deep_cursor(json.loads(caller.get(api))["next"], model)
        row = model.objects.order_by("-pk").values_list("pk", flat=True)[95_000]
        samples = interleaved(
            {
                "api": (lambda: caller.get(api), pid),
                "api deep": (lambda: caller.get(f"{api}?cursor={deep}"), pid),
                "screen": (lambda: caller.get(screen), pid),
                "screen deep": (lambda: caller.get(f"{screen}?before={row}"), pid),
            },
            calls=10,
        )
        for face in ("api", "screen"):
            found = ratio(samples, f"{face} deep", face, "cpu")
            told = f"{milliseconds(samples[face], 'wall'):.0f} ms"
            self.table.row(
                f"{face} {model._meta.model_name}s, deep to first", found, "<= 1.1", told
            )

    def _first_pages(self, address: str) -> tuple[float, float]:
        """The milliseconds of an admin list's first page at 100,000 rows and at 1,000."""
        times: dict[str, list[float]] = {self.large: [], self.small: []}
        for _ in range(5):
            for database, found in times.items():
                self.use(database)
                caller = Caller(User.objects.get(email=OFFICER))
                caller.get(address)
                start = time.perf_counter()
                for _again in range(3):
                    caller.get(address)
                found.append((time.perf_counter() - start) / 3 * 1000)
        self.use(self.large)
        large, small = (sorted(found)[len(found) // 2] for found in times.values())
        return large, small

    def search(self) -> None:
        """The one box, and the count of the admin's hits, beside a LIKE scan of the titles."""
        scan = "SELECT count(*) FROM grants_application WHERE title LIKE %s"
        listed = self._admin_hits
        for word in (RARE, FREQUENT):
            samples = interleaved(
                {
                    "count": (lambda word=word: listed(word), django_backend()),
                    "box": (lambda word=word: find(word, self.officer), django_backend()),
                    "scan": (
                        lambda word=word: self.raw.execute(scan, [f"%{word}%"]).fetchone(),
                        self.raw_pid,
                    ),
                },
                rounds=5,
                calls=3,
            )
            hits = listed(word)
            box, like = milliseconds(samples["box"], "wall"), milliseconds(samples["scan"], "wall")
            limit = "<= 0.5" if word == RARE else "<= 99"
            self.table.row(
                f"search {word} ({hits:,}), count to LIKE",
                ratio(samples, "count", "scan", "wall"),
                limit,
                f"count {milliseconds(samples['count'], 'wall'):.1f}, scan {like:.1f}, box {box:.1f} ms",
            )

    def _admin_hits(self, word: str) -> int:
        from django.contrib.admin import site  # noqa: PLC0415 - after django.setup()
        from django.test import RequestFactory  # noqa: PLC0415

        request = RequestFactory().get(ADMIN, {"q": word})
        request.user = self.officer
        model_admin = site.get_model_admin(Application)
        found, _distinct = model_admin.get_search_results(
            request, model_admin.get_queryset(request), word
        )
        return int(found.count())

    def export(self) -> None:
        """The list taken out beside COPY, each in a process of its own; and at 1,000 rows."""
        acts = ("copy", "export-csv", "export-xlsx")
        found: dict[str, list[dict[str, float]]] = {act: [] for act in acts}
        for _ in range(3):
            for act in acts[:2]:
                found[act].append(self._told(act, self.large))
        found["export-xlsx"].append(self._told("export-xlsx", self.large))
        pairs = zip(found["export-csv"], found["copy"], strict=True)
        ratios = sorted(a["seconds"] / b["seconds"] for a, b in pairs)
        for act in acts[1:]:
            seconds, peak = (min(f[key] for f in found[act]) for key in ("seconds", "megabytes"))
            grown = peak - self._told(act, self.small)["megabytes"]
            name = act.removeprefix("export-").upper()
            if name == "CSV":
                self.table.row("CSV of 100k to COPY", ratios[1], "<= 1.7", f"{seconds:.2f} s")
            self.table.row(
                f"{name}: MB more at 100k than at 1k",
                grown,
                "<= 16",
                f"{peak:.0f} MB, {seconds:.1f} s",
            )

    def _told(self, act: str, database: str) -> dict[str, float]:
        command = [sys.executable, "-m", "tests.benchmarks", act]
        address = connections.settings["default"]
        url = os.environ["DATABASE_URL"].replace(str(address["NAME"]), database)
        env = os.environ | {"DATABASE_URL": url}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
        return json.loads(done.stdout.splitlines()[-1])

    def transition(self) -> None:
        """An act that tells nobody (lock, update, audit) beside the same as raw SQL."""
        received = Application.objects.filter(status="received").order_by("pk")
        acts, raws = (
            iter(received[:600]),
            iter(received.reverse().values_list("pk", flat=True)[:600]),
        )
        waiting = iter(Application.objects.filter(status="submitted").order_by("pk")[:300])
        pid = django_backend()
        samples = interleaved(
            {
                "act": (lambda: self._run(next(acts), "start_review"), pid),
                "raw": (lambda: self._raw(next(raws)), self.raw_pid),
                "told": (
                    lambda: self._run(next(waiting), "receive", incoming_number="収受第1号"),
                    pid,
                ),
            },
            rounds=5,
            calls=40,
        )
        act, raw, told_ms = (milliseconds(found, "wall") for found in samples.values())
        share = ratio(samples, "raw", "act", "wall")
        detail = f"{act:.2f} and {raw:.2f} ms"
        self.table.row("transition, speed as a share of raw SQL", share, ">= 0.4", detail)
        self.table.note(f"one with two mails, written from the case's relations: {told_ms:.2f} ms")

    def _run(self, case: Application, name: str, **data: str) -> None:
        workflow.run(case, name, by=self.officer, now=timezone.now(), data=data)

    def _raw(self, pk: int) -> None:
        with self.raw.transaction():
            self.raw.execute("SELECT * FROM grants_application WHERE id = %s FOR UPDATE", [pk])
            self.raw.execute(
                "UPDATE grants_application SET status = 'under_review', version = version + 1,"
                " updated_at = now() WHERE id = %s",
                [pk],
            )
            self.raw.execute(_insert(AuditEvent), _values(AuditEvent))

    def passwords(self) -> None:
        """Hashes a second beside Django's default."""
        samples = interleaved(
            {
                "ours": (lambda: make_password("a long sentence", hasher="argon2"), self.raw_pid),
                "default": (
                    lambda: make_password("a long sentence", hasher="pbkdf2_sha256"),
                    self.raw_pid,
                ),
            },
            rounds=3,
            calls=5,
        )
        detail = f"{milliseconds(samples['ours'], 'cpu'):.0f} ms a hash"
        self.table.row(
            "sign-ins a second to Django's default",
            ratio(samples, "default", "ours", "cpu"),
            ">= 12",
            detail,
        )


def _insert(model: Any) -> str:
    columns = [f.column for f in model._meta.concrete_fields if not f.primary_key]
    marks = ", ".join(["%s"] * len(columns))
    names = ", ".join(f'"{column}"' for column in columns)
    return f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({marks})"


def _values(model: Any) -> list[Any]:
    made = {"DateTimeField": timezone.now(), "JSONField": "{}", "BigIntegerField": 1}
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    return [made.get(field.get_internal_type(), "x") for field in fields]


def told(act: Callable[[], Any]) -> None:
    """Run one act in this process, connected as a worker is, and print its time and peak memory.

    VmHWM and not ru_maxrss, which begins with what the parent had.
    """
    connections["default"].ensure_connection()
    cache.get("benchmark")
    start = time.perf_counter()
    act()
    seconds = time.perf_counter() - start
    peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert peak
    print(json.dumps({"seconds": seconds, "megabytes": int(peak[1]) / 1024}))  # noqa: T201


def copy() -> None:
    """COPY alone, thrown away."""
    with connections["default"].cursor() as cursor, cursor.cursor.copy(COPY) as lines:
        for _line in lines:
            pass


def export(kind: str) -> None:
    """The whole of an officer's export: rows, words, the file kept and read back; then removed."""
    officer = User.objects.get(email=OFFICER)
    params = {"report": "applications", "format": kind, "query": ""}
    job = Job.objects.create(kind="export", title="benchmark", params=params, owner=officer)
    stored = exports.export(job)
    stored.content.delete(save=False)
    stored.delete()
    job.delete()
