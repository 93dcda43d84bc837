"""Sends mails to the server of `SMSC_SMTP_URL`."""

import asyncio
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog

from smsc.db import UNAVAILABLE, Database
from smsc.provisioning import mails
from smsc.provisioning.mails import Due
from smsc.settings import Settings
from smsc.vault import Vault

log = structlog.get_logger()

POLL_SECONDS: Final = 2.0
TIMEOUT_SECONDS: Final = 30.0  # of each answer of the server
_FINAL: Final = range(550, 560)  # it won't have this recipient, or this mail, whenever we ask


class Mailer:
    """The mails of one process; any number of processes may run one."""

    def __init__(self, database: Database, vault: Vault, settings: Settings) -> None:
        self._database = database
        self._vault = vault
        self._url = settings.require_smtp()
        self._sender = settings.mail_sender

    async def run(self) -> None:
        """Send what is due until cancelled."""
        while True:
            try:
                await self.send_due()
            except UNAVAILABLE as error:
                log.warning("mails.delayed", error=str(error))
            await asyncio.sleep(POLL_SECONDS)

    async def send_due(self) -> None:
        """Send the mails that are due, one after the other."""
        for due in await mails.claim(self._database, self._vault):
            try:
                await self._send(due)
            except aiosmtplib.SMTPException as error:
                refusal = getattr(error, "code", None)
                log.warning("mail.refused", sid=due.sid, error=type(error).__name__)
                await mails.note_failed(
                    self._database, due.sid, str(error), is_final=refusal in _FINAL
                )
            except OSError as error:
                log.warning("mail.unsent", sid=due.sid, error=str(error))
                await mails.note_failed(self._database, due.sid, str(error), is_final=False)
            else:
                log.info("mail.sent", sid=due.sid)
                await mails.note_sent(self._database, due.sid)

    async def _send(self, due: Due) -> None:
        parts = urlsplit(self._url)
        is_tls = parts.scheme == "smtps"
        username = unquote(parts.username) if parts.username else None
        await aiosmtplib.send(
            message_of(due, self._sender),
            hostname=parts.hostname,
            port=parts.port or (465 if is_tls else 587 if username else 25),
            username=username,
            password=unquote(parts.password) if parts.password else None,
            use_tls=is_tls,
            # A password is never sent in the clear; without one, TLS where the server has it.
            start_tls=False if is_tls else True if username else None,
            timeout=TIMEOUT_SECONDS,
        )


def message_of(due: Due, sender: str) -> EmailMessage:
    """Return a mail as it goes over the wire, under the carrier's name."""
    message = EmailMessage()
    message["Subject"] = " ".join(due.subject.split())
    message["From"] = Address(" ".join(due.carrier_name.split()), addr_spec=sender)
    message["To"] = due.recipient
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(due.sid, sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(due.text)
    message.add_alternative(due.html, subtype="html")
    return message
