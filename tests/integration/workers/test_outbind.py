"""An SMSC that asks by OUTBIND is bound to over the connection that it has opened."""

import pytest

from smsc.simulator.behaviour import Behaviour
from smsc.simulator.simbox import SimBox
from smsc.smpp.lockout import Lockout, LockoutSettings
from smsc.smpp.pdu import (
    Bind,
    BindResp,
    BindType,
    CommandStatus,
    DeliverSm,
    DeliverSmResp,
    Outbind,
    Unbind,
)
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.smpp.raw_peer import RawPeer, calling
from tests.integration.workers.parts import until
from tests.integration.workers.test_dial_in import dials_in, listening

LOCALHOST = "127.0.0.1"


def asks(smsc: RawPeer, system_id: str = "user", password: str = "secret") -> None:  # noqa: S107 the fixture's
    smsc.write(Outbind(1, system_id=system_id, password=password))


async def bound(smsc: RawPeer, system_id: str = "user", password: str = "secret") -> Bind:  # noqa: S107 the fixture's
    """Ask, and accept the bind that is the answer."""
    asks(smsc, system_id, password)
    bind = await smsc.read()
    assert isinstance(bind, Bind)
    smsc.write(BindResp(bind.sequence_number, 0, bind.bind_type, "smsc"))
    return bind


async def is_in_state(house: House, state: str, reason: str) -> bool:
    row = await house.rows("SELECT state, reason FROM connector_leases")
    return row[0][0] == state and reason in str(row[0][1])


async def is_free(house: House) -> bool:
    return await house.value("SELECT owner FROM connector_leases") is None


async def test_a_message_goes_out_and_its_receipt_and_a_reply_come_back_over_its_connection(
    house: House, redis_url: str
) -> None:
    await dials_in(house, outbind=True)
    message = await house.accept(body="flood warning")
    async with (
        listening(house, redis_url) as port,
        SimBox(Behaviour(), system_id="user", password="secret") as box,
    ):
        await box.call(LOCALHOST, port, "user", "secret")
        await until(lambda: _has_status(house, message.sid, "delivered"))
        (received,) = await box.handset(HANDSET).wait_for(1)
        assert received.text == "flood warning"
        await box.handset(HANDSET).send(NUMBER, "where to?")

        async def has_come_in() -> bool:
            return await house.value("SELECT body FROM messages WHERE direction = 'inbound'") == (
                "where to?"
            )

        await until(has_come_in)
        assert await is_in_state(house, "bound", "simbox")


async def test_a_receiver_takes_what_comes_with_the_answer_to_its_bind_and_submits_nothing(
    house: House, redis_url: str
) -> None:
    await dials_in(house, outbind=True, bind_type="receiver")
    await house.accept()
    facts = {"source_addr": HANDSET[1:], "destination_addr": NUMBER[1:]}
    async with listening(house, redis_url) as port, calling(port, bind=False) as smsc:
        asks(smsc)
        bind = await smsc.read()
        assert isinstance(bind, Bind)
        assert (bind.bind_type, bind.system_id, bind.password) == (
            BindType.RECEIVER,
            "user",
            "secret",
        )
        parts = [
            DeliverSm(n, **facts, short_message=b"%03d" % n * 40)  # type: ignore[arg-type]
            for n in range(2, 32)
        ]
        smsc.write(BindResp(bind.sequence_number, 0, bind.bind_type, "smsc"), *parts)
        answers = [await smsc.read() for _ in parts]
        assert {(type(one), one.command_status) for one in answers} == {(DeliverSmResp, 0)}
        assert await house.value("SELECT count(*) FROM queue") == 1
    assert await house.value("SELECT count(*) FROM messages WHERE direction = 'inbound'") == 30


async def test_the_smsc_may_have_a_name_and_password_of_its_own(
    house: House, redis_url: str
) -> None:
    sealed = house.vault.seal("theirs")
    await dials_in(house, outbind=True, outbind_system_id="SMSC1", outbind_password_sealed=sealed)
    async with listening(house, redis_url) as port:
        async with calling(port, bind=False) as smsc:
            asks(smsc, "user", "secret")  # what we bind with is none of its business
            await smsc.end()
        async with calling(port, bind=False) as smsc:
            bind = await bound(smsc, "SMSC1", "theirs")
            assert (bind.system_id, bind.password) == ("user", "secret")


@pytest.mark.parametrize(
    ("system_id", "password"), [("user", "guess"), ("nobody", "secret"), ("", "")]
)
async def test_a_stranger_learns_nothing_and_is_closed(
    house: House, redis_url: str, system_id: str, password: str
) -> None:
    await dials_in(house, outbind=True)
    async with listening(house, redis_url) as port, calling(port, bind=False) as smsc:
        asks(smsc, system_id, password)
        assert await smsc.reader.read() == b""
    assert await is_free(house)


@pytest.mark.parametrize("changes", [{"outbind": False}, {"outbind": True, "paused": True}])
async def test_only_a_connector_set_to_it_answers_an_outbind(
    house: House, redis_url: str, changes: dict[str, bool]
) -> None:
    await dials_in(house, **changes)
    async with listening(house, redis_url) as port, calling(port, bind=False) as smsc:
        asks(smsc)
        assert await smsc.reader.read() == b""


async def test_who_guesses_at_outbinds_is_locked_out(house: House, redis_url: str) -> None:
    await dials_in(house, outbind=True)
    lockout = Lockout(LockoutSettings(failures=2))
    async with listening(house, redis_url, lockout) as port:
        for password in ("one", "two", "secret"):
            async with calling(port, bind=False) as smsc:
                asks(smsc, password=password)
                assert await smsc.reader.read() == b""


async def test_what_we_bind_with_and_is_refused_is_said_and_not_tried_again_at_once(
    house: House, redis_url: str
) -> None:
    await dials_in(house, outbind=True)
    async with listening(house, redis_url) as port:
        async with calling(port, bind=False) as smsc:
            asks(smsc)
            bind = await smsc.read()
            assert isinstance(bind, Bind)
            status = CommandStatus.ESME_RINVPASWD
            smsc.write(BindResp(bind.sequence_number, status, bind.bind_type))
            await smsc.end()
        await until(lambda: is_in_state(house, "backing_off", "ESME_RINVPASWD"))
        async with calling(port, bind=False) as smsc:
            asks(smsc)
            assert await smsc.reader.read() == b""


async def test_one_connection_serves_a_bind_and_the_next_one_when_it_is_gone(
    house: House, redis_url: str
) -> None:
    await dials_in(house, outbind=True)
    async with listening(house, redis_url) as one, listening(house, redis_url) as other:
        async with calling(one, bind=False) as smsc:
            await bound(smsc)
            for port in (one, other):  # here it is bound, there it runs elsewhere
                async with calling(port, bind=False) as second:
                    asks(second)
                    assert await second.reader.read() == b""
            await until(lambda: is_in_state(house, "bound", "smsc"))
        await until(lambda: is_free(house))
        async with calling(other, bind=False) as smsc:
            await bound(smsc)


async def test_a_paused_connector_leaves_its_smsc(house: House, redis_url: str) -> None:
    await dials_in(house, outbind=True)
    async with listening(house, redis_url) as port, calling(port, bind=False) as smsc:
        await bound(smsc)
        await until(lambda: is_in_state(house, "bound", "smsc"))
        await house.value("UPDATE connectors SET paused = true")
        assert isinstance(await smsc.read(), Unbind)


async def _has_status(house: House, sid: str, status: str) -> bool:
    return await house.status(sid) == status
