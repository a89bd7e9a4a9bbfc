"""/metrics: for whoever has the token, the sums of all processes, and what waits."""

import pytest
from django.test import Client, RequestFactory

from clair import metrics
from clair.metrics import Counts
from core import audit, outbox
from core.models import OutboxMessage
from tests.factories.accounts import make_user
from tests.factories.programs import NOW, make_call

TOKEN = "a-token-for-the-collector"


@pytest.fixture
def counts(settings, monkeypatch):
    """Metrics are on; nothing was counted yet."""
    settings.METRICS_TOKEN = TOKEN
    fresh = Counts()
    monkeypatch.setattr(metrics, "COUNTS", fresh)
    return fresh


def scrape(**headers):
    return Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"} | headers)


def values():
    lines = scrape().content.decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", "Bearer ひ"])
def test_without_the_token_there_is_nothing(counts, header):
    assert scrape(Authorization=header).status_code == 404


@pytest.mark.django_db
def test_without_a_configured_token_there_is_nothing(settings):
    settings.METRICS_TOKEN = ""

    assert scrape(Authorization="Bearer ").status_code == 404


@pytest.mark.django_db
def test_requests_are_counted_by_view_and_not_by_address(counts):
    client = Client()
    client.get("/verify/")
    client.get("/verify/")
    client.get("/verify/ABCD-EFGH-JKLM-NPQR/")
    client.get("/nothing/hanako@town.example.jp/")
    client.generic("FOO|BAR", "/verify/")

    found = values()

    labels = 'method="GET",view="letter-verify-form",status="2xx"'
    assert found[f"clair_request_seconds_count{{{labels}}}"] == "2"
    assert found[f'clair_request_seconds_bucket{{{labels},le="+Inf"}}'] == "2"
    assert float(found[f"clair_request_seconds_sum{{{labels}}}"]) > 0
    assert any('view="none",status="4xx"' in name for name in found)
    assert not any("hanako" in name or "ABCD" in name or "FOO" in name for name in found)


@pytest.mark.django_db
def test_the_counts_of_all_processes_are_summed(counts):
    request = RequestFactory().get("/")
    request.resolver_match = None
    for other in (Counts(), Counts()):
        other.add(request, 200, 0.3)

    found = values()

    labels = 'method="GET",view="none",status="2xx"'
    assert found[f'clair_request_seconds_bucket{{{labels},le="0.25"}}'] == "0"
    assert found[f'clair_request_seconds_bucket{{{labels},le="0.5"}}'] == "2"
    assert found[f"clair_request_seconds_sum{{{labels}}}"] == "0.6"


@pytest.mark.django_db
def test_counts_wait_while_redis_is_away(counts, settings):
    usual, settings.REDIS_URL = settings.REDIS_URL, "redis://127.0.0.1:9/0"
    request = RequestFactory().get("/")
    request.resolver_match = None
    counts.add(request, 200, 0.01)

    settings.REDIS_URL = usual

    assert values()['clair_request_seconds_count{method="GET",view="none",status="2xx"}'] == "1"


@pytest.mark.django_db
def test_what_waits_is_told(counts):
    call, user = make_call(), make_user()
    before = values()
    outbox.enqueue_rendered(recipient="a@example.jp", subject="s", body="b", template="t")
    OutboxMessage.objects.update(not_before=NOW)
    audit.record("read", call, by=user)

    found = values()

    assert before["clair_outbox_waiting"] == "0"
    assert found["clair_outbox_waiting"] == "1"
    assert float(found["clair_outbox_oldest_seconds"]) > 3600
    assert int(found["clair_audit_unsealed"]) == int(before["clair_audit_unsealed"]) + 1
    assert found["clair_worker_alive"] == "0"
    assert found["clair_queue_celery"].isdecimal()
