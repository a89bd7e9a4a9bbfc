"""What may be uploaded, told by content; each refusal says what to do, in Japanese."""

import io
import struct

import pytest
from django.core.exceptions import ValidationError

from core import uploads
from tests.factories.core import archive, pdf, picture, workbook

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
WORD = archive(word__document_xml=b"<w/>")
SLIDES = archive(ppt__presentation_xml=b"<p/>")
MACRO = archive(word__document_xml=b"<w/>", word__vbaProject_bin=b"x")
SHEET_MACRO = archive(xl__workbook_xml=b"<w/>", xl__macrosheets__sheet1_xml=b"x")
PROTECTED_BOOK = OLE + bytes(512) + "EncryptedPackage".encode("utf-16-le")
GIF_HTML = b"GIF89a/*<html><script>alert(1)</script>*/=1;"
OLD_MACRO = OLE + bytes(512) + "_VBA_PROJECT".encode("utf-16-le")

ACCEPTED = [
    ("事業計画書.pdf", pdf(), "application/pdf"),
    ("計画.PDF", pdf(), "application/pdf"),
    ("収支予算書.xlsx", workbook(), uploads.OFFICE["xlsx"]),
    ("計画.docx", WORD, uploads.OFFICE["docx"]),
    ("説明.pptx", SLIDES, uploads.OFFICE["pptx"]),
    ("昔の表.xls", OLE + bytes(600), "application/vnd.ms-excel"),
    ("昔の文書.doc", OLE + bytes(600), "application/msword"),
    ("地図.png", picture(), "image/png"),
    ("写真.jpg", picture("JPEG"), "image/jpeg"),
    ("写真.jpeg", picture("JPEG"), "image/jpeg"),
    ("覚書.txt", "一行目\n二行目".encode(), "text/plain"),
    ("覚書.txt", "シフトJIS".encode("cp932"), "text/plain"),
    ("覚書.txt", "UTF-16の文書".encode("utf-16"), "text/plain"),
    ("名簿.csv", '団体,金額\r\n大泉町,"1,000"\r\n'.encode("cp932"), "text/csv"),
    ("まとめ.zip", archive(a_pdf=b"x"), "application/zip"),
    ("まとめ.zip", archive(a_zip=archive(b_pdf=b"x")), "application/zip"),
    ("名前に.点が.ある.pdf", pdf(), "application/pdf"),
    ("髙﨑德邉𠮷.pdf", pdf(), "application/pdf"),
]


def bomb():
    """A ZIP that says it unpacks to a gigabyte."""
    made = bytearray(archive(a_txt=b"x"))
    entry = made.rindex(b"PK\x01\x02")
    made[entry + 24 : entry + 28] = struct.pack("<I", 2**30)
    return bytes(made)


def locked_zip():
    """A ZIP whose member is encrypted."""
    made = bytearray(archive(a_txt=b"x"))
    entry = made.rindex(b"PK\x01\x02")
    made[entry + 8] |= 1
    return bytes(made)


def huge_picture():
    """A PNG that says it is 20,000 pixels high and wide."""
    made = bytearray(picture())
    made[16:24] = struct.pack(">II", 20_000, 20_000)
    return bytes(made)


def nested_bomb():
    """A small ZIP with a ZIP that says it unpacks to a gigabyte."""
    return archive(inner_zip=bomb())


CONTENT = "保存し直して"
PASSWORD = "パスワード"
MACROS = "マクロ"
REFUSED = [
    ("空.pdf", b"", "file_empty", "選び直して"),
    ("大きい.txt", b"x" * 2_001, "file_size", "分割"),
    ("実行.exe", b"MZ", "file_type", "PDF"),
    ("頁.html", b"<html>", "file_type", "PDF"),
    ("図.svg", b"<svg/>", "file_type", "PDF"),
    ("図.svg", b"<svg xmlns='x'><script>alert(1)</script></svg>", "file_type", "PDF"),
    ("図.png", b"<svg xmlns='x'><script>alert(1)</script></svg>", "file_content", CONTENT),
    ("動く絵.gif", GIF_HTML, "file_type", "PDF"),
    ("動く絵.png", GIF_HTML, "file_content", CONTENT),
    ("動く絵.jpg", GIF_HTML, "file_content", CONTENT),
    ("計画.pdf", pdf() + archive(a_txt=b"x"), "file_content", CONTENT),
    ("計画.zip", pdf() + archive(a_txt=b"x"), "file_content", CONTENT),
    ("写真.jpg", picture("JPEG") + archive(a_exe=b"MZ"), "file_content", CONTENT),
    ("文書.docm", MACRO, "file_type", "PDF"),
    ("まとめ.zip", archive(**{f"m{n}_txt": b"" for n in range(20_000)}), "file_bomb", "分割"),
    ("まとめ.zip", archive(a_zip=archive(b_zip=archive(c_txt=b"x"))), "file_bomb", "分割"),
    ("まとめ.zip", archive(a_zip=b"PK broken"), "file_content", CONTENT),
    ("まとめ.zip", archive(setup_exe=b"MZ"), "file_program", "setup.exe"),
    ("まとめ.zip", archive(集計_xlsm=b"PK"), "file_program", "集計.xlsm"),
    ("二重.pdf.exe", b"MZ", "file_type", "PDF"),
    ("表.xlsm", workbook(), "file_type", "PDF"),
    ("ファイル", pdf(), "file_type", "PDF"),
    (".pdf", b"x", "file_content", CONTENT),
    ("計画.pdf", b"%PDF-1.7 broken", "file_content", CONTENT),
    ("計画.pdf", workbook(), "file_content", CONTENT),
    ("計画.pdf", b"MZ" + bytes(64), "file_content", CONTENT),
    ("計画.pdf", pdf("secret"), "file_encrypted", PASSWORD),
    ("表.xlsx", pdf(), "file_content", CONTENT),
    ("表.xlsx", WORD, "file_content", CONTENT),
    ("表.xlsx", archive(a_txt=b"x"), "file_content", CONTENT),
    ("表.xlsx", workbook()[:300], "file_content", CONTENT),
    ("表.xlsx", OLE + bytes(600), "file_content", CONTENT),
    ("表.xlsx", PROTECTED_BOOK, "file_encrypted", PASSWORD),
    ("文書.docx", MACRO, "file_macro", MACROS),
    ("表.xlsx", SHEET_MACRO, "file_macro", MACROS),
    ("昔の表.xls", OLD_MACRO, "file_macro", MACROS),
    ("昔の表.xls", workbook(), "file_content", CONTENT),
    ("地図.png", picture("JPEG"), "file_content", CONTENT),
    ("写真.jpg", b"\xff\xd8\xff\xe0 broken", "file_content", CONTENT),
    ("写真.jpg", b"<script>", "file_content", CONTENT),
    ("地図.png", huge_picture(), "file_content", CONTENT),
    ("覚書.txt", pdf(), "file_content", CONTENT),
    ("覚書.txt", b"a\0b", "file_content", CONTENT),
    ("名簿.csv", workbook(), "file_content", CONTENT),
    ("まとめ.zip", pdf(), "file_content", CONTENT),
    ("まとめ.zip", b"PK\x03\x04 broken", "file_content", CONTENT),
    ("まとめ.zip", bomb(), "file_bomb", "分割"),
    ("まとめ.zip", nested_bomb(), "file_bomb", "分割"),
    ("まとめ.zip", locked_zip(), "file_encrypted", PASSWORD),
]


def inspect(name, content):
    return uploads.inspect(io.BytesIO(content), name, len(content))


def ids(rows):
    return [
        f"{number}-{row[0].encode('unicode_escape').decode()}" for number, row in enumerate(rows)
    ]


@pytest.mark.parametrize(("name", "content", "kind"), ACCEPTED, ids=ids(ACCEPTED))
def test_accepted(name, content, kind):
    assert inspect(uploads.clean_name(name), content) == kind


@pytest.mark.parametrize(("name", "content", "code", "advice"), REFUSED, ids=ids(REFUSED))
def test_refused_with_advice(settings, name, content, code, advice):
    if code == "file_size":
        settings.UPLOAD_MAX_BYTES = 2_000

    with pytest.raises(ValidationError) as refusal:
        inspect(name, content)

    message = refusal.value.messages[0]
    assert refusal.value.code == code
    assert advice in message
    assert f"「{name}」" in message


def test_stream_is_left_at_its_beginning():
    stream = io.BytesIO(pdf())

    uploads.inspect(stream, "計画.pdf", len(pdf()))

    assert stream.tell() == 0


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("事業計画書（最終）.pdf", "事業計画書（最終）.pdf"),
        ("髙﨑德邉𠮷.pdf", "髙﨑德邉𠮷.pdf"),
        ("辻󠄀.pdf", "辻󠄀.pdf"),
        ("か\u3099いこく.pdf", "がいこく.pdf"),
        ("C:\\Users\\town\\計画.pdf", "計画.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("計画\u202efdp.exe", "計画fdp.exe"),
        ("改行\nあり\0.pdf", "改行あり.pdf"),
        (" 計画 .pdf ", "計画 .pdf"),
        ("..", "file"),
        ("", "file"),
        (".pdf", "pdf"),
        (".htaccess", "htaccess"),
        ("NUL.pdf", "_NUL.pdf"),
        ("con", "_con"),
        ("連絡先.pdf", "連絡先.pdf"),
        ("何か？<b>:*.pdf", "何か？_b___.pdf"),
        ("C:計画.pdf", "C_計画.pdf"),
        ("祭り🎌.pdf", "祭り🎌.pdf"),
        ("ゼロ\u200b幅.pdf", "ゼロ幅.pdf"),
        ("ﾊﾝｶｸ①㈱.pdf", "ﾊﾝｶｸ①㈱.pdf"),
        (f"{'長' * 300}.pdf", f"{'長' * 200}.pdf"),
    ],
)
def test_name_keeps_japanese_and_loses_tricks(given, kept):
    assert uploads.clean_name(given) == kept
