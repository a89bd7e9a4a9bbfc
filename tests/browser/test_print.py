"""Every kind of page on paper: A4, nothing of the frame, tables as they are on the screen."""

import io
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from pypdf import PdfReader

from tests.browser.test_pages import first
from tests.journeys.portal import Portal

pytestmark = pytest.mark.browser
A4 = (595, 842)
FRAME = ("ログアウト", "English", "アクセシビリティ方針", "サイトを表示", "http")


def printed(page: Any) -> tuple[set[tuple[int, int]], str]:
    """Return the sizes of the sheets, and what stands on them."""
    sheets = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    sizes = {(round(s.mediabox.width), round(s.mediabox.height)) for s in sheets}
    text = "".join(sheet.extract_text() for sheet in sheets)
    return sizes, unicodedata.normalize("NFKC", text)  # fonts answer with radicals: ⾔ for 言


@pytest.mark.parametrize(
    ("who", "path", "words"),
    [
        ("", "/plan/2021/", "令和3年度事業計画"),
        ("", "/calls/", "募集中"),
        ("", "/statistics/", "群馬県"),  # the table that is folded on the screen
        ("town-a", "/grants/applications/", "受付番号"),
        ("officer", "/admin/grants/application/", "受付番号"),
        ("officer", "/admin/grants/application/statistics/", "申請の統計"),
    ],
)
def test_page_on_paper(look: Callable[..., Any], who: str, path: str, words: str) -> None:
    page = look(who).page
    page.goto(path)
    sizes, text = printed(page)

    assert all(abs(w - A4[0]) < 2 and abs(h - A4[1]) < 2 for w, h in sizes)
    assert words in text
    assert [word for word in FRAME if word in text] == []


def test_application_on_paper(look: Callable[..., Any], portal: Portal) -> None:
    case = first(portal, "town-a", "grants/applications/?status=announced")
    page = look("town-a").page
    page.goto(f"/grants/applications/{case['id']}/")
    sizes, text = printed(page)

    assert len(sizes) == 1
    assert case["title"] in text.replace("\n", "")
    assert [word for word in FRAME if word in text] == []
