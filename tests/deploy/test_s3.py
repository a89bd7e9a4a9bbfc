"""Stored files in S3-compatible storage: the same acts, by the one setting."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from django.core.files.storage import storages

from core import files
from core.models import StoredFile
from tests.factories.accounts import make_user
from tests.factories.core import pdf, upload


class Bucket(BaseHTTPRequestHandler):
    """As much of S3 as one object at a time needs."""

    objects: dict[str, bytes] = {}

    def do_PUT(self):
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if self.headers.get("X-Amz-Decoded-Content-Length"):  # aws-chunked: one chunk, a trailer
            size, _crlf, rest = body.partition(b"\r\n")
            body = rest[: int(size.split(b";")[0], 16)]
        self.objects[urlsplit(self.path).path] = body
        self.answer(200)

    def do_GET(self):
        body = self.objects.get(urlsplit(self.path).path)
        self.answer(404 if body is None else 200, body or b"")

    do_HEAD = do_GET  # noqa: N815 - the library's name

    def do_DELETE(self):
        self.objects.pop(urlsplit(self.path).path, None)
        self.answer(204)

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", "Tue, 10 Aug 2021 00:00:00 GMT")
        self.send_header("ETag", '"x"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def bucket(monkeypatch):
    Bucket.objects.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    storage = storages.create_storage(
        {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": "clair",
                "endpoint_url": f"http://127.0.0.1:{server.server_port}",
                "region_name": "us-east-1",
                "access_key": "key",
                "secret_key": "secret",
                "addressing_style": "path",
                "signature_version": "s3v4",
                "file_overwrite": False,
            },
        }
    )
    monkeypatch.setattr(StoredFile._meta.get_field("content"), "storage", storage)
    yield Bucket.objects
    server.shutdown()
    server.server_close()


@pytest.mark.django_db
def test_a_file_is_kept_read_back_sent_and_deleted(bucket):
    user = make_user()
    content = pdf()

    stored = files.store(upload("計画.pdf", content), by=user)

    assert list(bucket.values()) == [content]
    assert files.verified([stored]) == {stored.pk: stored.sha256}
    sent = files.download(stored, by=user)
    assert b"".join(sent.streaming_content) == content
    sent.close()
    stored.content.storage.delete(stored.content.name)
    assert bucket == {}
    with pytest.raises(files.FileDamaged):
        files.verified([stored])
