"""What core's tests share: threads that start together, waiting, files of every kind, the API."""

import io
import json
import threading
import time
import zipfile
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client
from openpyxl import Workbook
from PIL import Image
from pypdf import PdfWriter

from accounts.models import User
from tests.factories.accounts import api_key_for

DEADLINE = 60  # seconds after which a test gives up; nothing takes that long when it works


def again(user: User) -> User:
    """The same person with an access of their own, as in another request."""
    return User.objects.get(pk=user.pk)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run the acts in threads that start together; return what each returned or raised."""
    start, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(index: int, act: Callable[[], Any]) -> None:
        try:
            start.wait(timeout=DEADLINE)
            outcomes[index] = act()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            outcomes[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=DEADLINE)
    assert not any(thread.is_alive() for thread in threads)
    return outcomes


def beside(act: Callable[[], Any]) -> Callable[[], Any]:
    """Start the act in another thread; the returned function waits and gives its outcome."""
    outcomes: list[Any] = []

    def run() -> None:
        try:
            outcomes.append(act())
        except Exception as error:  # noqa: BLE001 - the test looks at it
            outcomes.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()

    def outcome() -> Any:
        thread.join(timeout=DEADLINE)
        assert outcomes, "the act did not end"
        return outcomes[0]

    return outcome


def wait_until(condition: Callable[[], Any], what: str) -> Any:
    """Return the condition's first true value; fail after the deadline."""
    end = time.monotonic() + DEADLINE
    while not (value := condition()):
        assert time.monotonic() < end, f"waited in vain: {what}"
        threading.Event().wait(0.02)
    return value


def someone_waits_for_us() -> bool:
    """Whether another session waits for a lock that our transaction holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks "
            "WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        return cursor.fetchone()[0] > 0


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    """A file as a browser sends it; the stated type is of no consequence."""
    return SimpleUploadedFile(name, content, content_type="application/octet-stream")


def pdf(password: str = "") -> bytes:
    """A PDF of one empty page."""
    writer, stream = PdfWriter(), io.BytesIO()
    writer.add_blank_page(595, 842)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    writer.write(stream)
    return stream.getvalue()


def workbook() -> bytes:
    """A workbook of Excel."""
    book, stream = Workbook(), io.BytesIO()
    book.active["A1"] = "経費区分"
    book.save(stream)
    return stream.getvalue()


def archive(**members: bytes) -> bytes:
    """A ZIP; in the members' names `__` stands for `/` and a last `_` for the dot of an ending."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            folder, _mark, ending = name.replace("__", "/").rpartition("_")
            made.writestr(f"{folder}.{ending}", content)
    return stream.getvalue()


def picture(kind: str = "PNG") -> bytes:
    """A small picture."""
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(stream, kind)
    return stream.getvalue()


def read(response: Any) -> bytes:
    """The whole body of an answer; reading a file to its end closes it."""
    return response.getvalue() if response.streaming else response.content


class Api:
    """The API as one person's key sees it."""

    def __init__(self, user: User | None, scopes: tuple[str, ...] = ("read", "write")) -> None:
        self.client = Client()
        self.headers = (
            {"Authorization": f"Bearer {api_key_for(user, scopes=scopes)}"} if user else {}
        )

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send JSON (text is sent as it is); header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, str | bytes) else json.dumps({} if body is None else body)
        given = {} if method in {"GET", "HEAD"} else {"data": data}
        response = self.client.generic(
            method,
            f"/api/v1/{path}",
            content_type=named.pop("Content-Type", "application/json"),
            headers=self.headers | named,
            **given,
        )
        if response.streaming:
            response.body = read(response)
        return response

    def send_file(self, upload: SimpleUploadedFile, **headers: str) -> Any:
        """Upload a file."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(
            "/api/v1/core/files/", {"file": upload}, headers=self.headers | named
        )
