"""A mail server on this machine, for real SMTP conversations."""

import asyncio
import logging
import socket
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

logging.getLogger("mail.log").setLevel(logging.WARNING)  # every word of each conversation


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class MailServer:
    """Takes mails and keeps them; refuses the recipients in `refused`.

    From `hold_at` mails on it takes each mail but answers only once `release` is set, as a slow
    server does: whoever is killed then does not know that the mail arrived.
    """

    def __init__(self, port: int = 0) -> None:
        self.port = port or free_port()
        self.mails: list[EmailMessage] = []
        self.refused: set[str] = set()
        self.hold_at: int | None = None
        self.release = threading.Event()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's own signature
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Refuse a recipient for good, or take it."""
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's own signature
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail, then answer."""
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        if self.hold_at is not None and len(self.mails) >= self.hold_at:
            await asyncio.to_thread(self.release.wait, 60)
        return "250 OK"

    def __enter__(self) -> "MailServer":
        self._controller.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.release.set()
        self._controller.stop(no_assert=True)

    def ids(self) -> list[str]:
        """The Message-IDs in the order of arrival."""
        return [str(mail["Message-ID"]) for mail in self.mails]
