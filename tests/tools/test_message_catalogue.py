"""The tool that keeps the Japanese messages complete."""

import gettext
import os
from pathlib import Path

import pytest

from tools.messages import CATALOGUE, check, collect, compile_messages, update

PYTHON = """
from django.utils.translation import gettext as _, ngettext, pgettext_lazy
A = _("Save the "
      "draft.")
B = pgettext_lazy("noun", "report")
C = ngettext("%(n)d file", "%(n)d files", 2) % {"n": 2}
"""
TEMPLATE = """{% load i18n %}
   <p>{% translate "It's late." %}</p>
 <b>{% blocktranslate trimmed with n=name %}
      Hello
      {{ n }}
 {% endblocktranslate %}</b>{% if x == _("yes") %}(((
"""
PART = """
msgid "Save the draft."
msgstr "下書きを保存してください。"

msgctxt "noun"
msgid "report"
msgstr "報告"

msgid "%(n)d file"
msgid_plural "%(n)d files"
msgstr[0] "%(n)d件のファイル"

msgid "It's late."
msgstr "期限を過ぎています。"

msgid "Hello %(n)s"
msgstr "%(n)sさん"

msgid "yes"
msgstr "はい"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in (
        ("area/actions.py", PYTHON),
        ("area/migrations/0001.py", '_("not a message")'),
        ("tests/test_it.py", '_("not a message")'),
        ("area/templates/area/page.html", TEMPLATE),
        ("locale/parts/area.po", PART),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


def add_to_part(project: Path, text: str) -> None:
    part = project / "locale/parts/area.po"
    part.write_text(part.read_text("utf-8") + text, "utf-8")


def change_catalogue(project: Path, old: str, new: str) -> None:
    path = project / CATALOGUE
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_messages_are_found_in_code_and_templates(project: Path) -> None:
    assert set(collect(project)) == {
        ("", "Save the draft."),
        ("noun", "report"),
        ("", "%(n)d file"),
        ("", "It's late."),
        ("", "Hello %(n)s"),
        ("", "yes"),
    }


def test_update_makes_a_complete_catalogue_that_stays_the_same(project: Path) -> None:
    assert update(project) == (6, [])
    first = (project / CATALOGUE).read_text("utf-8")
    assert check(project) == []
    assert "#:" not in first
    assert str(project) not in first
    update(project)
    assert (project / CATALOGUE).read_text("utf-8") == first


def test_update_keeps_what_was_translated_when_the_part_is_gone(project: Path) -> None:
    update(project)
    (project / "locale/parts/area.po").unlink()
    update(project)
    assert check(project) == []


def test_update_names_what_has_no_japanese(project: Path) -> None:
    (project / "area/forms.py").write_text('_("New words")', "utf-8")
    assert update(project) == (7, [("", "New words")])
    assert check(project) == ["not translated: 'New words'"]


def test_check_names_a_message_that_is_not_in_the_catalogue(project: Path) -> None:
    update(project)
    (project / "area/forms.py").write_text('_("New words")', "utf-8")
    assert check(project) == ["not in django.po: 'New words' (area/forms.py)"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('msgstr "はい"', 'msgstr ""', "not translated: 'yes'"),
        ('msgid "yes"', '#, fuzzy\nmsgid "yes"', "fuzzy: 'yes'"),
        ('"%(n)sさん"', '"さん"', "other placeholders in the Japanese: 'Hello %(n)s'"),
        ('"%(n)sさん"', '"%(m)sさん"', "other placeholders in the Japanese: 'Hello %(n)s'"),
        ('"%(n)sさん"', '"%(n)s 50% "', "write %% for a percent sign: 'Hello %(n)s'"),
    ],
)
def test_check_names_a_faulty_entry(project: Path, old: str, new: str, problem: str) -> None:
    update(project)
    (project / "locale/parts/area.po").unlink()
    change_catalogue(project, old, new)
    assert check(project) == [problem]


def test_check_names_what_is_used_nowhere(project: Path) -> None:
    update(project)
    (project / "locale/parts/area.po").unlink()
    change_catalogue(project, 'msgid "yes"', 'msgid "no longer"\nmsgstr "もうない"\n\nmsgid "yes"')
    assert check(project) == ["used nowhere: 'no longer' (django.po)"]


def test_check_names_a_part_that_the_catalogue_does_not_follow(project: Path) -> None:
    update(project)
    change_catalogue(project, 'msgstr "はい"', 'msgstr "ええ"')
    assert check(project) == [
        "otherwise translated in locale/parts/area.po than in django.po: 'yes'"
    ]
    update(project)
    assert check(project) == []


def test_japanese_of_a_package_may_be_mended(project: Path) -> None:
    add_to_part(project, '\nmsgid "Sign In"\nmsgstr "サインイン"\n')
    assert update(project) == (7, [])
    assert check(project) == []


def test_check_names_a_file_that_cannot_be_read(project: Path) -> None:
    add_to_part(project, '\nmsgid "no end\n')
    assert [problem.split(":")[0] for problem in check(project)] == ["cannot be read"]


def test_compile_writes_what_is_stale_and_only_that(project: Path) -> None:
    update(project)
    target = (project / CATALOGUE).with_suffix(".mo")
    assert compile_messages(project) == [target]
    assert compile_messages(project) == []
    newer = (project / CATALOGUE).stat().st_mtime + 10
    os.utime(project / CATALOGUE, (newer, newer))
    assert compile_messages(project) == [target]
    with target.open("rb") as file:
        japanese = gettext.GNUTranslations(file)
    assert japanese.gettext("yes") == "はい"
    assert japanese.pgettext("noun", "report") == "報告"
    assert japanese.ngettext("%(n)d file", "%(n)d files", 1) == "%(n)d件のファイル"
    assert list(target.parent.glob("*.tmp")) == []
