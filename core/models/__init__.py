"""The models of the mechanisms: cases, audit, outbox, files, letters, receipts."""

from core.models.audit import AuditEvent, AuditSeal
from core.models.case import Case
from core.models.files import FileLink, StoredFile
from core.models.idempotency import IdempotencyRecord
from core.models.jobs import Job, ReportRun, SavedView
from core.models.letters import Letter, LetterCounter
from core.models.outbox import OutboxMessage
from core.models.purging import PurgeList
from core.models.receipts import Receipt
from core.models.reminders import Reminder
from core.models.searching import Searched, SearchKeyField, search_index

__all__ = [
    "AuditEvent",
    "AuditSeal",
    "Case",
    "FileLink",
    "IdempotencyRecord",
    "Job",
    "Letter",
    "LetterCounter",
    "OutboxMessage",
    "PurgeList",
    "Receipt",
    "Reminder",
    "ReportRun",
    "SavedView",
    "SearchKeyField",
    "Searched",
    "StoredFile",
    "search_index",
]
