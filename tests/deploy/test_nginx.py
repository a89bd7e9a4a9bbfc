"""The real nginx with our configuration before a stand-in for web: TLS, limits, slow clients."""

import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from clair.embedded.processes import free_port, wait_until
from clair.launcher import ROOT

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
pytestmark = pytest.mark.skipif(
    NGINX is None and "CI" not in os.environ, reason="no nginx: apt-get install nginx-light"
)
CONFIGURATION = ROOT / "deploy" / "nginx" / "nginx.conf"


class Web(BaseHTTPRequestHandler):
    """Answers with what reached it."""

    protocol_version = "HTTP/1.1"
    seen: Counter = Counter()

    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        self.seen[self.path] += 1
        told = json.dumps({"headers": dict(self.headers), "length": len(body)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_POST = do_GET  # noqa: N815 - the library's name

    def log_message(self, *args):
        pass


class Edge:
    """One running nginx."""

    def __init__(self, folder, web_port, seconds):
        self.folder, self.http, self.https = folder, free_port(), free_port()
        text = CONFIGURATION.read_text()
        user = "" if os.geteuid() else "user root; "
        for old, new in {
            "/tmp/": f"{folder}/",  # first: our folder may lie there itself
            "/dev/stderr": f"{folder}/error.log",
            "/dev/stdout": f"{folder}/access.log",
            "/etc/nginx/tls": str(folder),
            "/srv/static": f"{folder}/static",
            "root /srv;": f"root {ROOT}/deploy/nginx;",
            "web:8000": f"127.0.0.1:{web_port}",
            "8443 ssl": f"127.0.0.1:{self.https} ssl",
            "listen 8080": f"listen 127.0.0.1:{self.http}",
            # As root, nginx would hand over to a user who may not enter pytest's folders.
            "worker_processes auto": f"daemon off; {user}worker_processes 1",
            "client_header_timeout 10s": f"client_header_timeout {seconds}s",
            "client_body_timeout 15s": f"client_body_timeout {seconds}s",
        }.items():
            assert old in text, old
            text = text.replace(old, new)
        self.configuration = folder / "nginx.conf"
        self.configuration.write_text(text)
        self.tls = ssl._create_unverified_context()

    def command(self, *more):
        return [NGINX, "-c", str(self.configuration), "-p", str(self.folder), *more]

    @contextmanager
    def running(self):
        with subprocess.Popen(self.command(), stdin=subprocess.DEVNULL) as process:
            try:
                assert wait_until(self.is_up, 10), "nginx did not start; it said why above"
                yield
            finally:
                process.terminate()

    def ask(self, method, path, body=None, **headers):
        client = http.client.HTTPSConnection("127.0.0.1", self.https, timeout=10, context=self.tls)
        try:
            client.request(method, path, body, {"Host": "portal.example.jp", **headers})
            answer = client.getresponse()
            return answer.status, dict(answer.headers), answer.read()
        finally:
            client.close()

    def connect(self, head):
        raw = socket.create_connection(("127.0.0.1", self.https), timeout=10)
        found = self.tls.wrap_socket(raw)
        found.sendall(head)
        return found

    def is_up(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.https)) == 0


def write_certificate(folder):
    """A certificate of our own for TLS, as short-lived as the test."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "portal.example.jp")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(
        name, name, key.public_key(), 1, now - timedelta(hours=1), now + timedelta(hours=1)
    ).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(made.public_bytes(pem))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


@pytest.fixture(scope="module")
def edge(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nginx")
    (folder / "static").mkdir()
    (folder / "static" / "base.css").write_text("body{}")
    (folder / "static" / "base.0123456789ab.css").write_text("body{}")
    write_certificate(folder)
    web = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    found = Edge(folder, web.server_port, seconds=2)
    with found.running():
        yield found
    web.shutdown()
    web.server_close()


def test_the_configuration_is_valid(edge):
    done = subprocess.run(edge.command("-t"), capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "test is successful" in done.stderr


def test_plain_http_leads_to_tls(edge):
    client = http.client.HTTPConnection("127.0.0.1", edge.http, timeout=5)
    client.request("POST", "/calls/?a=1", headers={"Host": "portal.example.jp"})
    answer = client.getresponse()
    client.close()

    assert answer.status == 308
    assert answer.headers["Location"] == "https://portal.example.jp/calls/?a=1"


def test_what_a_client_claims_about_itself_does_not_reach_web(edge):
    claims = {
        "X-Forwarded-For": "198.51.100.7",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=198.51.100.7",
        "X-Request-Id": "not/well formed",
    }
    _status, _headers, body = edge.ask("GET", "/", **claims)

    told = json.loads(body)["headers"]
    assert told["X-Forwarded-For"] == "127.0.0.1"
    assert told["X-Forwarded-Proto"] == "https"
    assert told["Host"] == "portal.example.jp"
    assert {"X-Forwarded-Host", "Forwarded"} & set(told) == set()
    assert len(told["X-Request-Id"]) == 32


def test_a_well_formed_request_id_is_kept(edge):
    _status, _headers, body = edge.ask("GET", "/", **{"X-Request-Id": "partner-42-abc"})

    assert json.loads(body)["headers"]["X-Request-Id"] == "partner-42-abc"


def test_metrics_stay_inside(edge):
    assert edge.ask("GET", "/metrics")[0] == 404
    assert Web.seen["/metrics"] == 0


def test_static_files_are_served_here_and_kept_where_their_name_tells_the_content(edge):
    status, headers, _body = edge.ask("GET", "/static/base.0123456789ab.css")
    plain = edge.ask("GET", "/static/base.css")[1]

    assert status == 200
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert plain["Cache-Control"] == "public, max-age=300"
    assert plain["X-Content-Type-Options"] == "nosniff"
    assert sum(count for path, count in Web.seen.items() if path.startswith("/static")) == 0


def test_a_body_that_is_too_large_is_refused_in_japanese_before_it_is_read(edge):
    with edge.connect(
        b"POST /files/ HTTP/1.1\r\nHost: portal.example.jp\r\nContent-Length: 200000000\r\n\r\n"
    ) as client:
        answer = http.client.HTTPResponse(client)
        answer.begin()
        body = answer.read()

    assert answer.status == 413
    assert "ファイルが大きすぎます" in body.decode()
    assert edge.ask("POST", "/account/login/", b"x" * 100_000)[0] == 413
    assert Web.seen["/files/"] == 0


def test_an_upload_of_the_allowed_size_arrives_whole(edge):
    status, _headers, body = edge.ask("POST", "/upload/", b"x" * 52_428_800)

    assert (status, json.loads(body)["length"]) == (200, 52_428_800)


def test_slow_clients_hold_up_nobody_and_are_let_go(edge):
    """40 that send their headers and 40 that send their body drop by drop."""
    slow_header = b"GET /slow-header/ HTTP/1.1\r\nHost: portal"
    slow_body = (
        b"POST /slow-body/ HTTP/1.1\r\nHost: portal.example.jp\r\nContent-Length: 1000\r\n\r\nx"
    )
    with ExitStack() as opened:
        slow = [opened.enter_context(edge.connect(slow_header)) for _ in range(40)]
        slow += [opened.enter_context(edge.connect(slow_body)) for _ in range(40)]
        times = []
        for _ in range(50):
            start = time.perf_counter()
            assert edge.ask("GET", "/quick/")[0] == 200
            times.append(time.perf_counter() - start)

        # None of the slow ones has reached web, and all are let go when their time is over.
        assert Web.seen["/slow-header/"] + Web.seen["/slow-body/"] == 0
        assert sorted(times)[45] < 0.5
        for client in slow:
            assert is_let_go(client)
    assert Web.seen["/slow-header/"] + Web.seen["/slow-body/"] == 0


def is_let_go(client):
    """The server said 408 or nothing, and closed."""
    try:
        said = b"".join(iter(lambda: client.recv(65536), b""))
    except (ConnectionResetError, ssl.SSLError):
        return True
    return said == b"" or said.startswith(b"HTTP/1.1 408 ")


def test_the_access_log_tells_no_key_no_query_and_no_address(edge):
    edge.ask("GET", "/account/password/reset/key/1-secretkey/?next=hanako@town.example.jp")
    edge.ask("GET", "/accounts/invitations/secretkey/")
    edge.ask("GET", "/calls/?q=hanako@town.example.jp")

    log = edge.folder / "access.log"  # nginx writes the line after it has answered
    assert wait_until(lambda: '"/calls/"' in log.read_text(), 10)
    text = log.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    paths = {line["path"] for line in lines}
    assert {"/account/password/reset/key/-", "/accounts/invitations/-", "/calls/"} <= paths
    assert [word for word in ("secretkey", "hanako", "127.0.0.1") if word in text] == []


def test_a_web_that_is_away_is_told_in_japanese(tmp_path_factory, edge):
    away = tmp_path_factory.mktemp("away")
    for name in ("fullchain.pem", "privkey.pem"):
        shutil.copy(edge.folder / name, away / name)
    found = Edge(away, free_port(), seconds=2)
    with found.running():
        status, headers, body = found.ask("GET", "/home/")

    assert status == 502
    assert headers["Retry-After"] == "10"
    assert "ただいまつながりません" in body.decode()
