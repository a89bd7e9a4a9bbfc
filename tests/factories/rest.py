"""One person's API key and JSON both ways, for the tests of grants over REST."""

from typing import Any

from django.test import Client

from accounts.models import User
from tests.factories.accounts import bearer
from tests.factories.grants import DATA, content, upload

API = "/api/v1/"
APPLICATIONS = f"{API}grants/applications/"


class Caller:
    """One person's key, and JSON both ways; header names are written with underscores."""

    def __init__(self, client: Client, user: User):
        self.client, self.headers = client, bearer(user)["headers"]

    def get(self, path: str = APPLICATIONS, headers: Any = None, **query: Any) -> Any:
        """Read an address; the list of applications where none is named."""
        return self.client.get(path, query, headers=self.headers | (headers or {}))

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send JSON."""
        given = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        body = {} if body is None else body
        return getattr(self.client, method)(
            path, body, content_type="application/json", headers=given
        )

    def upload(self, **file: Any) -> Any:
        """Upload a file."""
        return self.client.post(f"{API}core/files/", {"file": upload(**file)}, headers=self.headers)

    def move(self, case: Any, act: str, **body: Any) -> Any:
        """Make an act with the data that it usually has."""
        return self.send("post", one(case, f"transitions/{act}/"), DATA.get(act, {}) | body)


def one(case: Any, part: str = "") -> str:
    """Return the address of an application, or of a part of it."""
    return f"{APPLICATIONS}{getattr(case, 'public_id', case)}/{part}"


def messages(answer: Any) -> dict[str, str]:
    """Return the problem's message of each field."""
    return {error["field"]: error["message"] for error in answer.json()["errors"]}


def as_json(user: User, **changes: Any) -> dict[str, Any]:
    """Return the content of an application as JSON."""
    values = content(user, **changes)
    return {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in values.items()}
