"""Answers to a form's questions: read, checked and normalised by the form's version."""

import re
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from core.fiscal import parse_date
from core.japanese import contains_my_number, normalize, read_number
from core.money import parse_yen
from programs.models import FormVersion, Question

Answers = dict[str, Any]
Errors = dict[str, list[str]]

SHORT_LIMIT = 200
LONG_LIMIT = 10_000
_COUNTED = re.compile("(?:人|名|件|回|部|冊|個|校|社|団体|世帯|[かカヶケ箇]所)$")


class AnswerError(ValueError):
    """One answer cannot be taken; the message says what to do."""


def validate(
    version: FormVersion,
    answers: Mapping[str, Any],
    *,
    final: bool,
    files: Collection[str] = (),
) -> tuple[Answers, Errors]:
    """Return the cleaned answers and the errors by key.

    A draft (final=False) may be incomplete and keeps what no condition asks for; `files` names
    the file questions that a stored file answers already.
    """
    questions = questions_of(version)
    cleaned: Answers = {}
    errors: Errors = {}
    for key in sorted(set(answers) - {question.key for question in questions}):
        errors[key] = [_("This question is not in the form.")]
    for question in questions:
        value = answers.get(question.key)
        if not _is_asked(question, questions, cleaned):
            if not final and not _is_empty(value):
                cleaned[question.key] = value
            continue
        if _is_empty(value):
            if final and question.required and question.key not in files:
                errors[question.key] = [_missing(question)]
            continue
        _take(question, value, cleaned, errors)
    return cleaned, errors


def questions_of(version: FormVersion) -> list[Question]:
    """Return the questions in their order, from the prefetch where there is one."""
    return sorted(version.questions.all(), key=lambda question: question.order)


def asked(version: FormVersion, answers: Mapping[str, Any]) -> list[Question]:
    """Return the questions that these answers leave to be asked."""
    questions = questions_of(version)
    return [question for question in questions if _is_asked(question, questions, answers)]


def move_answers(
    old: FormVersion, new: FormVersion, answers: Mapping[str, Any]
) -> tuple[Answers, Answers, list[str]]:
    """Return answers moved by key, those set aside (with their old question), and new keys.

    An answer is set aside where its question is gone, changed its kind or lost the choice.
    """
    before = {question.key: question for question in questions_of(old)}
    after = {question.key: question for question in questions_of(new)}
    moved: Answers = {}
    aside: Answers = {}
    for key, value in answers.items():
        if key in after and _still_fits(before.get(key), after[key], value):
            moved[key] = value
        else:
            question = before.get(key)
            aside[key] = {
                "label": question.label if question else key,
                "kind": question.kind if question else "",
                "value": value,
            }
    return moved, aside, [key for key in after if key not in before]


def _still_fits(old: Question | None, new: Question, value: Any) -> bool:
    if old is None or old.kind != new.kind:
        return False
    if new.kind in Question.WITH_CHOICES:
        chosen = value if isinstance(value, list) else [value]
        return all(item in _choice_values(new) for item in chosen)
    return True


def _is_empty(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _is_asked(question: Question, questions: Iterable[Question], given: Mapping[str, Any]) -> bool:
    """Say whether the condition holds; a question behind one that is not asked is not either."""
    seen: set[str] = set()
    by_key = {other.key: other for other in questions}
    current: Question | None = question
    while current is not None and current.condition:
        key, expected = current.condition["key"], current.condition["equals"]
        if key in seen or not _matches(given.get(key), expected):
            return False
        seen.add(key)
        current = by_key.get(key)
    return True


def _matches(value: Any, expected: Any) -> bool:
    wanted = expected if isinstance(expected, list) else [expected]
    chosen = value if isinstance(value, list) else [value]
    return any(item in wanted for item in chosen)


def _take(question: Question, value: Any, cleaned: Answers, errors: Errors) -> None:
    """Put one answer into `cleaned` or its fault into `errors`."""
    try:
        cleaned[question.key] = _READERS[question.kind](question, value)
    except ValueError as error:
        errors[question.key] = [str(error)]


def _missing(question: Question) -> str:
    if question.kind == Question.Kind.FILE:
        return _("Attach the file “%(label)s”.") % {"label": question.label}
    if question.kind in Question.WITH_CHOICES:
        return _("Choose “%(label)s”.") % {"label": question.label}
    return _("Enter “%(label)s”.") % {"label": question.label}


def _text(question: Question, value: Any, default_limit: int) -> str:
    if not isinstance(value, str):
        raise AnswerError(_("Answer with text."))
    text = normalize(value)
    limit = question.limit or default_limit
    if len(text) > limit:
        counts = {"limit": limit, "count": len(text)}
        raise AnswerError(
            _("Write at most %(limit)s characters. It is %(count)s characters now.") % counts
        )
    if contains_my_number(text):
        raise AnswerError(_("This looks like an individual number (My Number). Remove it."))
    return text


def _short(question: Question, value: Any) -> str:
    text = _text(question, value, SHORT_LIMIT)
    if "\n" in text:
        raise AnswerError(_("Write it in one line."))
    return text


def _long(question: Question, value: Any) -> str:
    return _text(question, value, LONG_LIMIT)


def _number(question: Question, value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    else:
        read = read_number(_COUNTED.sub("", normalize(str(value))))
        if read is None:
            raise AnswerError(_("Enter a whole number, such as 120."))
        number = read
    return _within(question, number)


def _yen(question: Question, value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return _within(question, value)
    return _within(question, parse_yen(str(value)))


def _within(question: Question, number: int) -> int:
    if number < 0:
        raise AnswerError(_("Enter 0 or more."))
    if question.limit is not None and number > question.limit:
        raise AnswerError(_("Enter %(limit)s or less.") % {"limit": question.limit})
    if number > 10**15:
        raise AnswerError(_("This number is too large. Check the digits."))
    return number


def _date(question: Question, value: Any) -> str:
    return parse_date(str(value)).isoformat()


def _choice_values(question: Question) -> list[str]:
    return [choice["value"] for choice in question.choices]


def _choice(question: Question, value: Any) -> str:
    if value not in _choice_values(question):
        raise AnswerError(_("Choose one from the list."))
    return value


def _choices(question: Question, value: Any) -> list[str]:
    chosen = value if isinstance(value, list) else [value]
    if any(item not in _choice_values(question) for item in chosen):
        raise AnswerError(_("Choose from the list."))
    return [item for item in _choice_values(question) if item in chosen]


def _file(question: Question, value: Any) -> list[str]:
    """Keep the ids of stored files; whether they may be linked is the case's to check."""
    found = value if isinstance(value, list) else [value]
    try:
        return [str(uuid.UUID(str(item))) for item in found]
    except ValueError:
        raise AnswerError(_("Name the file by the ID that its upload returned.")) from None


_READERS: dict[str, Callable[[Question, Any], Any]] = {
    Question.Kind.SHORT: _short,
    Question.Kind.LONG: _long,
    Question.Kind.NUMBER: _number,
    Question.Kind.YEN: _yen,
    Question.Kind.DATE: _date,
    Question.Kind.CHOICE: _choice,
    Question.Kind.CHOICES: _choices,
    Question.Kind.FILE: _file,
}
