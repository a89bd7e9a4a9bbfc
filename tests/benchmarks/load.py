"""A rush at nine o'clock against the running demo: sign-ins, then a steady stream of pages.

Bounded in count and time, and only to this machine. Start the demo with CLAIR_STAFF_MFA=optional and
CLAIR_TRUSTED_PROXIES=1: the limits by address are then counted for the made-up town halls below.
"""

import http.client
import random
import re
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

PASSWORD = "clair-demo-2021"
PEOPLE = ("demo-town-a@example.jp", "demo-town-b@example.jp", "demo-officer@clair.example")
SIGN_INS, SIGN_IN_SECONDS = 200, 10
PAGES_A_SECOND, PAGE_SECONDS = 40, 180
THREADS = 16
PUBLIC = ("/", "/plan/2021/", "/calls/", "/verify/", "/privacy/")
TOWN = ("/home/", "/grants/applications/", "/people/", "/api/v1/grants/applications/")
STAFF = ("/admin/", "/admin/grants/application/", "/admin/approvals/approval/")


class Visitor:
    """One browser: a kept connection, cookies, and the address of a town hall."""

    def __init__(self, at: str, number: int) -> None:
        parts = urlsplit(at)
        if parts.hostname not in {"127.0.0.1", "localhost"}:
            raise SystemExit("load: only against this machine")
        self.client = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=30)
        self.cookies: dict[str, str] = {}
        self.address = f"203.0.113.{number % 250 + 1}"

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, bytes]:
        """One request; cookies are kept."""
        cookies = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        headers = {"Cookie": cookies, "X-Forwarded-For": self.address, "Accept-Language": "ja"}
        body = urlencode(form) if form else None
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.client.request(method, path, body, headers)
        answer = self.client.getresponse()
        content = answer.read()
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _mark, value = line.strip().split(";", 1)[0].partition("=")
            self.cookies[name] = value
        return answer.status, content

    def sign_in(self, email: str) -> int:
        """Load the form, send it, load the page it leads to; the status of the last."""
        _status, page = self.ask("GET", "/account/login/")
        found = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        token = found.group(1).decode() if found else ""
        form = {"csrfmiddlewaretoken": token, "login": email, "password": PASSWORD}
        status, _page = self.ask("POST", "/account/login/", form)
        if status != 302:
            return status
        status, _page = self.ask("GET", "/home/")
        return 200 if status == 302 else status  # staff are led on to the admin


@dataclass
class Result:
    """What came back."""

    name: str
    seconds: list[float] = field(default_factory=list)
    statuses: Counter = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, seconds: float, status: int | str) -> None:
        """Note one answer."""
        with self.lock:
            self.seconds.append(seconds)
            self.statuses[status] += 1

    def show(self, took: float) -> int:
        """Print it; the number of errors."""
        ordered = sorted(self.seconds)
        p50, p95, p99 = (ordered[int(len(ordered) * share)] * 1000 for share in (0.5, 0.95, 0.99))
        wrong = sum(count for status, count in self.statuses.items() if status != 200)
        sys.stdout.write(
            f"{self.name}: {len(ordered)} in {took:.1f} s ({len(ordered) / took:.1f}/s), "
            f"p50 {p50:.0f} p95 {p95:.0f} p99 {p99:.0f} max {ordered[-1] * 1000:.0f} ms, "
            f"errors {wrong} {dict(self.statuses)}\n"
        )
        return wrong


def paced(acts: list, rate: float, threads: int, result: Result) -> float:
    """Begin each act at its own moment, late ones at once; the time from its moment counts."""
    begin, place, lock = time.perf_counter() + 0.2, iter(enumerate(acts)), threading.Lock()

    def work() -> None:
        while True:
            with lock:
                found = next(place, None)
            if found is None:
                return
            index, act = found
            moment = begin + index / rate
            time.sleep(max(0.0, moment - time.perf_counter()))
            try:
                status = act()
            except (OSError, http.client.HTTPException) as error:
                status = type(error).__name__
            result.add(time.perf_counter() - moment, status)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - begin


def main(at: str) -> int:
    """Sign in, then read pages; returns 1 if anything went wrong."""
    chance = random.Random(1)
    result = Result(f"{SIGN_INS} sign-ins (form, hash, first page)")
    acts = [lambda n=n: Visitor(at, n).sign_in(PEOPLE[n % len(PEOPLE)]) for n in range(SIGN_INS)]
    wrong = result.show(paced(acts, SIGN_INS / SIGN_IN_SECONDS, 64, result))

    visitors = readers(at)
    pages = [chance.choice(visitors) for _ in range(PAGES_A_SECOND * PAGE_SECONDS)]
    result = Result(f"{PAGES_A_SECOND} pages a second for {PAGE_SECONDS} s")
    acts = [lambda page=page: page(chance) for page in pages]
    return int(wrong + result.show(paced(acts, PAGES_A_SECOND, THREADS, result)) > 0)


def readers(at: str) -> list:
    """Half the readers are nobody, the rest towns and staff who are signed in."""
    found = []
    for number, (email, pages) in enumerate(
        [("", PUBLIC)] * 8
        + [(PEOPLE[0], TOWN)] * 3
        + [(PEOPLE[1], TOWN)] * 2
        + [(PEOPLE[2], STAFF)] * 3
    ):
        visitor, lock = Visitor(at, 200 + number), threading.Lock()
        if email and visitor.sign_in(email) != 200:
            raise SystemExit(f"load: {email} cannot sign in")

        def read(chance: random.Random, visitor=visitor, pages=pages, lock=lock) -> int:
            with lock:  # one connection each
                return visitor.ask("GET", chance.choice(pages))[0]

        found.append(read)
    return found
