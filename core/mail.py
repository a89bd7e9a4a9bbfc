"""The demo's mail backend: every mail becomes a file that /demo/mail/ shows; nothing leaves."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone


class DemoMailbox(BaseEmailBackend):
    """Write each message as one .eml file under CLAIR_HOME/mail."""

    def send_messages(self, email_messages: Iterable[EmailMessage]) -> int:
        folder = Path(settings.DEMO_MAIL_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        count = 0
        for message in email_messages:
            stamp = timezone.now().strftime("%Y%m%dT%H%M%S%f")
            path = folder / f"{stamp}-{uuid.uuid4().hex[:8]}.eml"
            path.write_bytes(message.message().as_bytes())
            count += 1
        return count


@dataclass(frozen=True)
class DemoMail:
    """One mail as the demo page shows it."""

    name: str
    at: datetime
    to: str
    subject: str
    message_id: str
    body: str


def demo_mails(limit: int = 200) -> list[DemoMail]:
    """Return the newest mails first."""
    paths = sorted(Path(settings.DEMO_MAIL_DIR).glob("*.eml"), reverse=True)[:limit]
    return [read_demo_mail(path) for path in paths]


def read_demo_mail(path: Path) -> DemoMail:
    """Parse one stored mail."""
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    part = message.get_body(("plain",))
    return DemoMail(
        name=path.stem,
        at=datetime.fromtimestamp(path.stat().st_mtime, timezone.get_default_timezone()),
        to=str(message["To"]),
        subject=str(message["Subject"]),
        message_id=str(message["Message-ID"]),
        body=part.get_content() if part else "",
    )
