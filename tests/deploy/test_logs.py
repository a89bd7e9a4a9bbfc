"""Log lines are JSON and say nothing about a person: no address, no name, no title, no token."""

import io
import json
import logging

import pytest
from celery.app.trace import build_tracer
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import path, re_path

from accounts.models import User
from clair.celery import app
from core import outbox
from core.logs import JsonFormatter, RequestIdFilter
from core.outbox import Recipient
from tests.factories.accounts import make_user
from tests.factories.grants import make_application, town_story
from tests.factories.programs import NOW

EMAIL, NAME, TITLE = "hanako.reiji@town.example.jp", "例示　花子", "難民の方の秘密の相談会"
PASSWORD = "a sentence that only Hanako knows"
SECRETS = (EMAIL, "hanako.reiji", NAME, TITLE, PASSWORD, "0276-62-2121", "MyT0kenInThePath")


def failing_view(request, token=""):
    """Break a constraint, so that the database quotes the row in its complaint."""
    with transaction.atomic():
        User.objects.create(email=EMAIL, name=NAME)
    return HttpResponse()


urlpatterns = [
    path("fails/<str:token>/", failing_view),
    re_path(r"^(?!static).*$", failing_view),
]


@pytest.fixture
def lines():
    """Everything that is logged during the test, down to INFO, as it would be printed."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(RequestIdFilter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


def told(lines):
    return json.dumps(lines(), ensure_ascii=False)


def assert_nothing_personal(lines):
    assert [secret for secret in SECRETS if secret in told(lines)] == []


@pytest.mark.django_db
def test_signing_in_and_failing_to_logs_no_person(lines):
    make_user(EMAIL, NAME, password=PASSWORD)
    client = Client()

    wrong = client.post("/account/login/", {"login": EMAIL, "password": PASSWORD + "!"})
    right = client.post("/account/login/", {"login": EMAIL, "password": PASSWORD})
    client.post("/account/password/reset/", {"email": EMAIL})
    client.get("/account/password/reset/key/MyT0kenInThePath/")
    client.get(f"/grants/applications/?q={EMAIL}")
    client.get(f"/nothing/{EMAIL}/")

    assert (wrong.status_code, right.status_code) == (200, 302)
    assert any(line["logger"] == "django.request" for line in lines())  # the 404
    assert_nothing_personal(lines)


@pytest.mark.django_db
def test_a_submission_logs_no_person(lines):
    make_application(
        town_story(),
        "returned",
        title=TITLE,
        contact_name=NAME,
        contact_email=EMAIL,
    )
    assert_nothing_personal(lines)


@pytest.mark.django_db
def test_a_mail_that_cannot_be_sent_logs_no_person(lines, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens
    outbox.enqueue_rendered(recipient=EMAIL, subject=TITLE, body=NAME, template="x")
    outbox.OutboxMessage.objects.update(attempts=outbox.MAX_ATTEMPTS - 1, not_before=NOW)

    outbox.send_waiting(now=NOW)

    assert ["outbox: gave up" in line["event"] for line in lines()].count(True) == 1
    assert Recipient(EMAIL).email == EMAIL
    assert_nothing_personal(lines)


@pytest.mark.django_db
@pytest.mark.urls("tests.deploy.test_logs")
def test_an_error_tells_where_and_what_kind_but_no_row(lines):
    make_user(EMAIL, NAME)
    client = Client(raise_request_exception=False)

    answer = client.get("/fails/MyT0kenInThePath/", headers={"X-Request-Id": "request-12345"})

    [line] = [line for line in lines() if line["level"] == "ERROR"]
    assert answer.status_code == 500
    assert line["request_id"] == "request-12345"
    assert line["event"] == "Internal Server Error: /fails/<str:token>/"
    kinds = [error["type"] for error in line["exception"]]
    assert kinds == ["psycopg.errors.UniqueViolation", "django.db.utils.IntegrityError"]
    assert any("test_logs.py" in place for place in line["exception"][1]["at"])
    assert_nothing_personal(lines)


def test_a_task_that_fails_logs_no_words_of_its_error(lines):
    @app.task(name="tests.fails")
    def fails(_argument, title):
        raise IntegrityError(f"Key (email)=({EMAIL}) already exists.")

    trace = build_tracer("tests.fails", fails, app=app, propagate=False)
    trace("an-id", (NAME,), {"title": TITLE}, {"id": "an-id", "argsrepr": NAME})

    [line] = [line for line in lines() if line["logger"] == "celery.app.trace"]
    assert "tests.fails[an-id]" in line["event"]
    assert line["exception"][-1]["type"] == "django.db.utils.IntegrityError"
    assert_nothing_personal(lines)
