"""What ESMEs submit to our listener, and how they are answered."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smsc.messaging.sending import dispatch
from smsc.messaging.sending.dispatch import QueueCursor
from smsc.messaging.sending.submit import to_submits
from smsc.smpp.bind import BindState
from smsc.smpp.pdu import CommandStatus, SubmitSm, Tag
from smsc.smpp.tls import client_context, server_context
from tests.integration.conftest import HANDSET, NUMBER, OWNER, House
from tests.integration.smpp import certificates
from tests.integration.workers.parts import add_credential, listening, until
from tests.integration.workers.program import Program, program, submit_sm
from workers import esme_deliveries


async def test_a_submit_is_accepted_and_answered_with_our_sid(house: House) -> None:
    credential = await add_credential(house)
    async with listening(house) as listener, program(listener.port) as esme:
        (response,) = await esme.submit(submit_sm("Hello"))
    assert response.command_status == CommandStatus.ESME_ROK
    assert await house.rows(
        "SELECT sid, direction, status, to_, from_, body, smpp_credential_sid, registered_delivery "
        "FROM messages"
    ) == [
        (
            getattr(response, "message_id", None),
            "outbound-api",
            "queued",
            HANDSET,
            NUMBER,
            "Hello",
            credential.sid,
            1,
        )
    ]
    assert await house.value("SELECT count(*) FROM queue") == 1


async def test_a_read_s_worth_is_answered_in_its_order(house: House) -> None:
    await add_credential(house)
    async with listening(house) as listener, program(listener.port) as esme:
        responses = await esme.submit(*(submit_sm(str(number)) for number in range(50)))
    sids = [getattr(response, "message_id", "") for response in responses]
    bodies = {str(sid): body for sid, body in await house.rows("SELECT sid, body FROM messages")}
    assert bodies == {sid: str(number) for number, sid in enumerate(sids)}


async def test_its_protocol_id_goes_on_to_the_remote(house: House) -> None:
    await add_credential(house)
    async with listening(house) as listener, program(listener.port) as esme:
        await esme.submit(submit_sm("new", protocol_id=0x41), submit_sm("plain"))
    claims = await dispatch.claim(house.database, house.lease, OWNER, QueueCursor(), 10)
    submits = to_submits(claims, datetime.now(UTC))
    assert {submit.short_message: submit.protocol_id for submit in submits} == {
        b"new": 0x41,
        b"plain": 0,
    }
    assert await house.value("SELECT count(*) FROM messages WHERE submitted_as IS NULL") == 1


@pytest.mark.parametrize(
    ("pdu", "command_status"),
    [
        (submit_sm(source_addr="15555550199"), CommandStatus.ESME_RINVSRCADR),
        (submit_sm(source_addr=""), CommandStatus.ESME_RINVSRCADR),
        (submit_sm(destination_addr="12"), CommandStatus.ESME_RINVDSTADR),
        (submit_sm(destination_addr=""), CommandStatus.ESME_RINVDSTADR),
        (submit_sm(destination_addr=NUMBER.lstrip("+")), CommandStatus.ESME_RINVDSTADR),
        (submit_sm(""), CommandStatus.ESME_RINVMSGLEN),
        (
            submit_sm("", tlvs={Tag.MESSAGE_PAYLOAD: b"x" * 1601}),
            CommandStatus.ESME_RINVMSGLEN,
        ),
    ],
    ids=[
        "unknown sender",
        "no sender",
        "no number",
        "no destination",
        "to itself",
        "no text",
        "too long",
    ],
)
async def test_a_refusal_says_why(
    house: House, pdu: SubmitSm, command_status: CommandStatus
) -> None:
    await add_credential(house)
    async with listening(house) as listener, program(listener.port) as esme:
        refused, accepted = await esme.submit(pdu, submit_sm())
    assert refused.command_status == command_status
    assert accepted.command_status == CommandStatus.ESME_ROK
    assert await house.value("SELECT count(*) FROM messages") == 1


async def test_without_a_route_the_destination_is_wrong(house: House) -> None:
    await add_credential(house)
    await house.value("UPDATE routes SET prefix = '999'")
    async with listening(house) as listener, program(listener.port) as esme:
        (refused,) = await esme.submit(submit_sm())
    assert refused.command_status == CommandStatus.ESME_RINVDSTADR


async def test_a_long_payload_is_split_by_us(house: House) -> None:
    await add_credential(house)
    text = "ж" * 200
    pdu = submit_sm("", data_coding=8, tlvs={Tag.MESSAGE_PAYLOAD: text.encode("utf-16-be")})
    async with listening(house) as listener, program(listener.port) as esme:
        (response,) = await esme.submit(pdu)
    assert response.command_status == 0
    assert await house.rows("SELECT body, num_segments FROM messages") == [(text, 3)]


async def test_a_segment_with_a_header_passes_through(house: House) -> None:
    await add_credential(house)
    octets = bytes.fromhex("050003070201") + b"first half"
    async with listening(house) as listener, program(listener.port) as esme:
        (response,) = await esme.submit(submit_sm(esm_class=0x40, short_message=octets))
    assert response.command_status == 0
    assert await house.rows("SELECT user_data, has_udh, num_segments FROM messages") == [
        (octets, True, 1)
    ]


async def test_without_the_database_a_submit_is_answered_all_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What waits for ESMEs is looked for each second, and not in this one.
    monkeypatch.setattr(esme_deliveries, "SWEEP_SECONDS", 3600.0)
    await add_credential(house)
    async with listening(house) as listener, program(listener.port) as esme:
        await esme.submit(submit_sm())
        await house.value("ALTER TABLE messages RENAME TO hidden")
        (broken,) = await esme.submit(submit_sm())
        await house.value("ALTER TABLE hidden RENAME TO messages")
        (accepted,) = await esme.submit(submit_sm())
    assert broken.command_status == CommandStatus.ESME_RSYSERR
    assert accepted.command_status == CommandStatus.ESME_ROK


@pytest.mark.parametrize(
    ("system_id", "password"),
    [("clinic", "wrong"), ("nobody", "s3cret!"), ("clinic", "")],
    ids=["wrong password", "unknown system_id", "no password"],
)
async def test_a_wrong_bind_is_refused(house: House, system_id: str, password: str) -> None:
    await add_credential(house)
    async with (
        listening(house) as listener,
        program(listener.port, system_id, password=password) as esme,
    ):
        assert listener.sessions == 0
        assert any("ESME_RINVPASWD" in reason for _, reason in esme.states)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE smpp_credentials SET revoked_at = now()",
        "UPDATE accounts SET status = 'suspended'",
        """WITH parent AS (
             INSERT INTO accounts (sid, carrier_sid, friendly_name, status, auth_token_sealed)
             SELECT 'AC' || repeat('1', 32), carrier_sid, '', 'suspended', '' FROM accounts LIMIT 1
             RETURNING sid)
           UPDATE accounts SET owner_sid = (SELECT sid FROM parent)""",
    ],
    ids=["revoked", "suspended", "parent suspended"],
)
async def test_a_revoked_credential_leaves_and_binds_no_more(house: House, statement: str) -> None:
    await add_credential(house)
    async with listening(house) as listener, program(listener.port) as esme:
        assert listener.sessions == 1
        await house.value(statement)

        async def has_left() -> bool:
            return any("ESME_RINVPASWD" in reason for _, reason in esme.states)

        await until(has_left)
        assert listener.sessions == 0


async def test_a_stopping_listener_answers_and_unbinds(house: House) -> None:
    await add_credential(house)
    async with listening(house) as listener:
        bound = program(listener.port)
        esme = await bound.__aenter__()
        pending = asyncio.create_task(esme.submit(*(submit_sm(str(n)) for n in range(20))))
        await until(lambda: some_are_accepted(house))
    responses = await pending
    assert [response.command_status for response in responses] == [0] * 20
    assert await house.value("SELECT count(*) FROM messages") == 20
    await until(lambda: has_lost(esme))
    await bound.__aexit__(None, None, None)


async def some_are_accepted(house: House) -> bool:
    return bool(await house.value("SELECT count(*) FROM messages"))


async def has_lost(esme: Program) -> bool:
    return any(state is BindState.BACKING_OFF for state, _ in esme.states)


async def test_an_esme_may_bind_over_tls_on_a_port_of_its_own(house: House, tmp_path: Path) -> None:
    await add_credential(house)
    authority, _ = certificates.make(tmp_path, "127.0.0.1")
    async with listening(house) as listener:
        await listener.listen("127.0.0.1", 0, server_context(tmp_path / "server.pem", None))
        _, tls_port = listener.ports
        async with program(tls_port, ssl_context=client_context(authority)) as esme:
            (response,) = await esme.submit(submit_sm("Hello"))
    assert response.command_status == CommandStatus.ESME_ROK
