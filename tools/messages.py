"""The Japanese messages: update, check and compile locale/ja without gettext or a database.

    python tools/messages.py update     code, templates and locale/parts → django.po
    python tools/messages.py check      fails with a list of what is missing or wrong
    python tools/messages.py compile    django.po → django.mo where that is stale

The msgids are English, so `en` needs no catalogue. Compiling needs Babel alone.
"""

import argparse
import io
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = Path("locale/ja/LC_MESSAGES/django.po")
PARTS = Path("locale/parts")
NO_SOURCES = {"tests", "tools", "docs", "migrations", "var", "node_modules", "staticfiles"}
TEMPLATE_SUFFIXES = {".html", ".txt"}
# Our catalogue may mend the Japanese of these; their msgids are in none of our files.
BORROWED_FROM = ("django", "allauth", "rest_framework", "django_filters", "drf_spectacular")
_PLURAL, _CONTEXT, _BOTH = (1, 2), ((1, "c"), 2), ((1, "c"), 2, 3)
KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), _PLURAL),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), _CONTEXT),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), _BOTH),
}
HEADER = """\
# Japanese messages of clair, written by tools/messages.py update.
msgid ""
msgstr ""
"Project-Id-Version: clair\\n"
"Language: ja\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""

Key = tuple[str, str]  # context ("" without) and singular msgid


class BrokenCatalogueError(Exception):
    """A .po file that cannot be read; says which and where."""


def _key(message: Message) -> Key:
    singular = message.id if isinstance(message.id, str) else message.id[0]
    return message.context or "", singular


def _text(message: Message) -> str:
    """Return the translation; Japanese has one plural form."""
    string = message.string or ""
    return string if isinstance(string, str) else string[0]


def _read(path: Path) -> dict[Key, Message]:
    if not path.exists():
        return {}
    try:
        with path.open("rb") as file:
            if path.suffix == ".mo":
                catalogue = read_mo(file)
            else:
                catalogue = read_po(file, locale="ja", abort_invalid=True)
    except PoFileError as error:
        raise BrokenCatalogueError(f"{path}: {error}") from error
    return {_key(message): message for message in catalogue if message.id}


def _source_files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(n for n in folders if n not in NO_SOURCES and not n.startswith("."))
        yield from (
            Path(folder, name)
            for name in sorted(names)
            if name.endswith(".py") or _is_template(Path(folder, name).relative_to(root))
        )


def _is_template(path: Path) -> bool:
    return path.suffix in TEMPLATE_SUFFIXES and "templates" in path.parts


def _python_of(template: str) -> str:
    """Return the template's messages as calls; unindented, or they would not tokenize."""
    # Django is imported for this alone: compiling must not need it.
    from django.utils.translation.template import templatize  # noqa: PLC0415  slow import

    return "\n".join(line.strip() for line in templatize(template).splitlines())


def collect(root: Path = ROOT) -> dict[Key, Message]:
    """Return every message of our Python files and templates, with the files it stands in."""
    found = Catalog(locale="ja")
    for path in _source_files(root):
        text = path.read_text("utf-8")
        source = text if path.suffix == ".py" else _python_of(text)
        place = path.relative_to(root).as_posix()
        calls = extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS)
        for line, msgid, _comments, context in calls:
            found.add(msgid, context=context, locations=[(place, line)])
    return {_key(message): message for message in found if message.id}


def _parts(root: Path) -> dict[Path, dict[Key, Message]]:
    return {path.relative_to(root): _read(path) for path in sorted((root / PARTS).glob("*.po"))}


def _merged_parts(parts: dict[Path, dict[Key, Message]]) -> dict[Key, Message]:
    merged: dict[Key, Message] = {}
    for entries in parts.values():
        for key, message in entries.items():
            if _text(message) and not message.fuzzy:
                merged.setdefault(key, message)
    return merged


@lru_cache
def _borrowed() -> frozenset[Key]:
    """Return the msgids of the packages whose Japanese our catalogue may mend."""
    specs = filter(None, map(find_spec, BORROWED_FROM))
    folders = (Path(folder) for spec in specs for folder in spec.submodule_search_locations or ())
    catalogues = (
        path
        for folder in folders
        for language in ("en", "ja")
        for path in folder.rglob(f"locale/{language}/LC_MESSAGES/django.[mp]o")
    )
    return frozenset(key for path in catalogues for key in _read(path))


def _unused(keys: set[Key], used: dict[Key, Message]) -> set[Key]:
    left = keys - used.keys()
    return left - _borrowed() if left else left


def update(root: Path = ROOT) -> tuple[int, list[Key]]:
    """Write django.po from the sources; return its number of entries and those without Japanese.

    A part wins over what the catalogue has; what no source has any more is dropped.
    """
    used = collect(root)
    known = _read(root / CATALOGUE) | _merged_parts(_parts(root))
    borrowed = known.keys() - used.keys() - _unused(set(known), used)
    catalogue = Catalog(locale="ja")
    for key in used.keys() | borrowed:
        msgid = used[key].id if key in used else known[key].id
        text = _text(known[key]) if key in known else ""
        flags = known[key].flags & {"fuzzy"} if key in known else set()
        string = text if isinstance(msgid, str) else (text,)
        catalogue.add(msgid, string, context=key[0] or None, flags=flags)
    body = io.BytesIO()
    write_po(body, catalogue, width=0, no_location=True, omit_header=True, sort_output=True)
    path = root / CATALOGUE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + body.getvalue().decode(), "utf-8")
    untranslated = sorted(
        _key(message) for message in catalogue if message.id and not _text(message)
    )
    return len(catalogue), untranslated


def check(root: Path = ROOT) -> list[str]:
    """Return what is wrong with the catalogue and its parts, one line each."""
    try:
        used, known, parts = collect(root), _read(root / CATALOGUE), _parts(root)
    except BrokenCatalogueError as error:
        return [f"cannot be read: {error}"]
    problems = [
        f"not in django.po: {_show(key)} ({message.locations[0][0]})"
        for key, message in used.items()
        if key not in known
    ]
    problems += [problem for message in known.values() for problem in _faults(message)]
    problems += [f"used nowhere: {_show(key)} (django.po)" for key in _unused(set(known), used)]
    for path, entries in parts.items():
        problems += _part_faults(path, entries, known, used)
    return sorted(problems)


def _part_faults(
    path: Path, entries: dict[Key, Message], known: dict[Key, Message], used: dict[Key, Message]
) -> Iterator[str]:
    yield from (f"used nowhere: {_show(key)} ({path})" for key in _unused(set(entries), used))
    for key, message in entries.items():
        if key in known and _text(message) != _text(known[key]):
            yield f"otherwise translated in {path} than in django.po: {_show(key)}"


def _show(key: Key) -> str:
    context, msgid = key
    return f"{msgid!r} [{context}]" if context else repr(msgid)


def _faults(message: Message) -> Iterator[str]:
    shown = _show(_key(message))
    if message.fuzzy:
        yield f"fuzzy: {shown}"
    if not _text(message):
        yield f"not translated: {shown}"
        return
    ids = (message.id,) if isinstance(message.id, str) else message.id
    if _placeholders(_text(message)) not in map(_placeholders, ids):
        yield f"other placeholders in the Japanese: {shown}"
    if any(_placeholders(msgid)[0] for msgid in ids) and "%" in _FORMAT.sub("", _text(message)):
        yield f"write %% for a percent sign: {shown}"


_FORMAT = re.compile(r"%(?:\((\w+)\))?[a-z]|%%")
_BRACES = re.compile(r"\{(\w*)\}")


def _placeholders(text: str) -> tuple[list[str], list[str]]:
    """Return the placeholders of % and of {}: the named ones once, the nameless each time."""
    marks = [match[0] for match in _FORMAT.finditer(text) if match[0] != "%%"]
    named = {mark for mark in marks if mark.startswith("%(")}
    nameless = [mark for mark in marks if not mark.startswith("%(")]
    return sorted(named) + nameless, sorted(set(_BRACES.findall(text)))


def compile_messages(root: Path = ROOT) -> list[Path]:
    """Write each stale .mo beside its .po, at once for whoever is reading; return those written."""
    written = []
    for source in sorted(root.glob("locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            _compile(source, target)
            written.append(target)
    return written


def _compile(source: Path, target: Path) -> None:
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parts[-3], abort_invalid=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".tmp", delete=False) as made:
        write_mo(made, catalogue)
    Path(made.name).chmod(0o644)
    Path(made.name).replace(target)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 1 where something is to be done by hand."""
    parser = argparse.ArgumentParser(description="The Japanese messages of clair.")
    parser.add_argument("command", choices=("update", "check", "compile"))
    command = parser.parse_args(arguments).command
    if command == "compile":
        lines = [f"compiled {path}" for path in compile_messages()]
        failed = False
    elif command == "check":
        lines = check()
        failed = bool(lines)
        lines.append(f"messages: {len(lines)} problems" if failed else "messages: complete")
    else:
        count, untranslated = update()
        lines = [f"not translated: {_show(key)}" for key in untranslated]
        lines.append(f"messages: {count} entries, {len(untranslated)} without Japanese")
        failed = False
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
