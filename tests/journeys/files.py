"""Papers as a town has them on its disk, with Japanese names."""

import hashlib
import io

from pypdf import PdfReader, PdfWriter

PLAN = "事業計画書（第１版）.pdf"
ESTIMATE = "見積書_髙﨑商店.pdf"


def pdf(pages: int = 1) -> bytes:
    """Return a PDF of so many empty pages."""
    writer, stream = PdfWriter(), io.BytesIO()
    for _page in range(pages):
        writer.add_blank_page(595, 842)
    writer.write(stream)
    return stream.getvalue()


def sha256(content: bytes) -> str:
    """Return the digest that the receipt must name."""
    return hashlib.sha256(content).hexdigest()


def text_of(content: bytes) -> str:
    """Return a PDF's text without white space: lines may break anywhere."""
    assert content.startswith(b"%PDF"), content[:80]
    pages = PdfReader(io.BytesIO(content)).pages
    return "".join("".join(page.extract_text() for page in pages).split())
