"""Mails leave by SMTP: once, retried while the server won't, forgotten once it has them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.smtp import SMTP, Envelope
from pydantic import SecretStr

from smsc.provisioning import mails
from smsc.provisioning.letters import Letter
from smsc.settings import Settings
from tests.integration.conftest import House
from workers.mailer import Mailer

LETTER = Letter(
    "sokha@clinic.example",
    "Invitation <to>\nMekong",
    ["You are invited.", "It ends in a week."],
    ("Accept & go on", "https://sms.example/invitation/abc?x=1&y=2"),
    language="ar",
    direction="rtl",
)


@dataclass
class Office:
    """A mail server, and what it says to the next mail."""

    answer: str = "250 OK"
    taken: list[EmailMessage] = field(default_factory=list)
    url: str = ""

    async def handle_DATA(self, _: object, __: object, envelope: Envelope) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.taken.append(message)
        return self.answer


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = Office()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(office, hostname="office"), "127.0.0.1", 0)
    office.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield office
    server.close()
    await server.wait_closed()


async def put(house: House) -> str:
    async with house.database.session() as db:
        mail = await mails.put(db, house.vault, house.account.carrier_sid, LETTER)
        await db.commit()
    return mail.sid


def mailer(house: House, url: str) -> Mailer:
    settings = Settings(smtp_url=SecretStr(url), mail_from="no-reply@sms.example")
    return Mailer(house.database, house.vault, settings)


async def state(house: House) -> object:
    (row,) = await house.rows("SELECT state, tries, body_sealed IS NULL FROM mails")
    return row


async def test_a_mail_is_sent_once_in_both_forms_under_the_carriers_name(
    house: House, office: Office
) -> None:
    await put(house)
    await mailer(house, office.url).send_due()
    await mailer(house, office.url).send_due()
    (message,) = office.taken
    carrier = await house.value("SELECT name FROM carriers")
    assert message["From"] == f"{carrier} <no-reply@sms.example>"
    assert message["Subject"] == "Invitation <to> Mekong"
    text, html = (part.get_content() for part in message.iter_parts())
    assert "https://sms.example/invitation/abc?x=1&y=2" in text
    assert 'href="https://sms.example/invitation/abc?x=1&amp;y=2"' in html
    assert '<html lang="ar" dir="rtl">' in html
    assert await state(house) == ("sent", 1, True)


async def test_a_mail_looks_as_its_carrier_wants_to_look(house: House, office: Office) -> None:
    await house.value("UPDATE carriers SET brand_name = 'Mekong', brand_color = '#aa0011'")
    await put(house)
    await mailer(house, office.url).send_due()
    (message,) = office.taken
    assert message["From"] == "Mekong <no-reply@sms.example>"
    text, html = (part.get_content() for part in message.iter_parts())
    assert text.rstrip().endswith("Mekong")
    assert "background:#aa0011" in html


async def test_links_lead_to_the_carriers_own_domain_once_it_is_verified(house: House) -> None:
    settings = Settings(public_url="https://sms.example")
    carrier = house.account.carrier_sid

    async def site() -> str:
        async with house.database.session() as db:
            return await mails.site_of(db, settings, carrier)

    await house.value(
        "INSERT INTO carrier_domains (carrier_sid, host, token)"
        " VALUES ($1, 'sms.mekong.example', 't')",
        carrier,
    )
    assert await site() == "https://sms.example"
    await house.value("UPDATE carrier_domains SET verified_at = now()")
    assert await site() == "https://sms.mekong.example"


async def test_a_mail_waits_while_the_server_will_not_and_fails_when_it_never_will(
    house: House, office: Office
) -> None:
    sid = await put(house)
    office.answer = "451 come back later"
    await mailer(house, office.url).send_due()
    assert await state(house) == ("waiting", 1, False)
    assert "come back later" in str(await house.value("SELECT error FROM mails"))
    assert await house.value("SELECT due_at > now() + interval '30 seconds' FROM mails")
    office.answer = "550 nobody here"
    await house.value(f"UPDATE mails SET due_at = now() WHERE sid = '{sid}'")
    await mailer(house, office.url).send_due()
    assert await state(house) == ("failed", 2, True)


async def test_a_server_that_is_away_costs_no_mail(house: House, office: Office) -> None:
    await put(house)
    with contextlib.closing(await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)) as gone:
        port = gone.sockets[0].getsockname()[1]
    await mailer(house, f"smtp://127.0.0.1:{port}").send_due()
    assert await state(house) == ("waiting", 1, False)
    await house.value("UPDATE mails SET due_at = now()")
    await mailer(house, office.url).send_due()
    assert await state(house) == ("sent", 2, True)


async def test_a_mail_that_fails_for_as_long_as_we_try_has_failed(house: House) -> None:
    sid = await put(house)
    for _ in range(len(mails.SCHEDULE) + 1):
        await house.value(f"UPDATE mails SET due_at = now() WHERE sid = '{sid}'")
        (due,) = await mails.claim(house.database, house.vault)
        await mails.note_failed(house.database, due.sid, "away", is_final=False)
    assert await state(house) == ("failed", len(mails.SCHEDULE) + 1, True)
