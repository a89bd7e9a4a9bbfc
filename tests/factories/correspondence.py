"""Threads made by the acts that lead to them."""

from datetime import datetime
from typing import Any

from accounts.models import User
from correspondence.actions import add_record, begin
from correspondence.models import Message, Thread
from tests.factories.programs import NOW


def make_thread(
    case: Any, by: User, *, subject: str = "対象経費について", now: datetime = NOW, **data: Any
) -> Thread:
    """A question in the case."""
    said = {"text": "通訳の謝金は対象になりますか。"} | data
    return begin(case, subject=subject, by=by, now=now, data=said)


def make_record(thread: Thread, by: User, *, now: datetime = NOW, **data: Any) -> Message:
    """A note of headquarters."""
    said = {"kind": "note", "text": "経理と相談済み。秘密の所見。"} | data
    return add_record(thread, by=by, now=now, **said)
