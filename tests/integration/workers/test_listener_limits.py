"""What a credential limits: where from, how, how often, how fast, as whom."""

from datetime import timedelta
from decimal import Decimal

import pytest

from smsc.smpp.bind import BindState
from smsc.smpp.lockout import Lockout, LockoutSettings
from smsc.smpp.pdu import Bind, BindType, CommandStatus
from smsc.smpp.server import Accepted
from tests.integration.conftest import House
from tests.integration.smpp.raw_peer import calling
from tests.integration.workers.parts import (
    PASSWORD,
    add_credential,
    hand_in,
    limit,
    listening,
    point_number_at,
    tell,
    until,
)
from tests.integration.workers.program import Program, program, submit_sm
from workers.admission import Admission, BindRefusal
from workers.guessed_names import GuessedNames
from workers.listener import Listener
from workers.metrics import Metrics


async def is_refused(esme: Program, why: str) -> bool:
    return any(why in reason for _, reason in esme.states)


async def are_bound(listener: Listener, count: int) -> bool:
    return listener.sessions == count


@pytest.mark.parametrize(
    "networks",
    [["10.0.0.0/8"], ["2001:db8::/32", "192.0.2.7/32"]],
    ids=["another", "several others"],
)
async def test_an_esme_from_elsewhere_is_refused(house: House, networks: list[str]) -> None:
    await add_credential(house, allowed_networks=networks)
    async with listening(house) as listener, program(listener.port) as esme:
        assert await is_refused(esme, "ESME_RBINDFAIL")
        assert listener.sessions == 0
        assert listener.refusals[BindRefusal.NETWORK] >= 1


async def test_an_esme_from_an_allowed_network_is_welcome(house: House) -> None:
    await add_credential(house, allowed_networks=["10.0.0.0/8", "127.0.0.0/8"])
    async with listening(house) as listener, program(listener.port):
        assert listener.sessions == 1


async def test_an_address_outside_learns_nothing_of_the_password(house: House) -> None:
    await add_credential(house, allowed_networks=["10.0.0.0/8"])
    async with listening(house) as listener, program(listener.port, password="wrong") as esme:
        assert await is_refused(esme, "ESME_RBINDFAIL")
        assert BindRefusal.WRONG_PASSWORD not in listener.refusals


async def test_who_may_not_bind_so_any_more_has_to_leave(house: House) -> None:
    credential = await add_credential(house)
    async with listening(house) as listener, program(listener.port) as esme:
        await limit(house, credential.sid, allowed_networks=["10.0.0.0/8"])
        await until(lambda: is_refused(esme, "ESME_RBINDFAIL"))
        assert listener.sessions == 0


async def test_a_kind_of_bind_that_is_not_allowed_is_refused(house: House) -> None:
    await add_credential(house, bind_types=["transmitter"])
    async with (
        listening(house) as listener,
        program(listener.port, bind_type=BindType.TRANSCEIVER) as esme,
        program(listener.port, bind_type=BindType.TRANSMITTER) as sender,
    ):
        assert await is_refused(esme, "ESME_RBINDFAIL")
        assert sender.states[-1][0] is BindState.BOUND
        assert listener.refusals[BindRefusal.BIND_TYPE] >= 1


async def test_binds_are_counted_over_all_listeners(house: House) -> None:
    await add_credential(house, max_binds=2)
    async with (
        listening(house) as first,
        listening(house) as second,
        program(first.port),
        program(second.port),
    ):
        async with program(second.port) as third:
            assert await is_refused(third, "ESME_RALYBND")
        assert first.sessions + second.sessions == 2
        assert second.refusals[BindRefusal.TOO_MANY] >= 1


async def test_a_place_is_free_when_its_session_has_ended(house: House) -> None:
    await add_credential(house, max_binds=1)
    async with listening(house) as listener:
        for _ in range(3):
            async with program(listener.port):
                await until(lambda: are_bound(listener, 1))
            await until(lambda: are_bound(listener, 0))
    assert await house.value("SELECT count(*) FROM esme_sessions") == 0


async def test_a_credential_s_last_use_is_its_bind_and_goes_on_while_it_is_bound(
    house: House,
) -> None:
    await add_credential(house)

    async def is_fresh() -> bool:
        fresh = "SELECT last_used_at > now() - interval '30 seconds' FROM smpp_credentials"
        return await house.value(fresh) is True

    assert not await is_fresh()
    async with listening(house) as listener, program(listener.port):
        assert await is_fresh()
        await house.value("UPDATE smpp_credentials SET last_used_at = now() - interval '1 hour'")
        await until(is_fresh)
    assert await house.value("SELECT count(*) FROM audit_entries WHERE action = 'changed'") == 0


async def test_sessions_of_a_dead_listener_take_no_place(house: House) -> None:
    credential = await add_credential(house, max_binds=1)
    await house.value(
        "INSERT INTO esme_sessions (sid, carrier_sid, account_sid, smpp_credential_sid, "
        "process_sid, bind_type, peer) VALUES ('ES1', 'CR1', 'AC1', $1, 'WP1', 'receiver', '')",
        credential.sid,
    )
    async with listening(house) as listener, program(listener.port):
        assert listener.sessions == 1


async def test_what_is_counted_wrongly_is_mended(house: House) -> None:
    await add_credential(house)
    async with listening(house) as listener, program(listener.port):
        await house.value("UPDATE esme_sessions SET sid = 'ES1', bound_at = now() - interval '1m'")

        async def is_mended() -> bool:
            rows = await house.rows("SELECT sid <> 'ES1' FROM esme_sessions")
            return rows == [(True,)]

        await until(is_mended)


async def test_what_is_over_the_throughput_is_throttled(house: House) -> None:
    await add_credential(house, throughput=Decimal("0.01"))
    async with listening(house) as listener, program(listener.port) as esme:
        responses = await esme.submit(*(submit_sm(str(number)) for number in range(5)))
    assert [response.command_status for response in responses] == [
        CommandStatus.ESME_ROK,
        *[CommandStatus.ESME_RTHROTTLED] * 4,
    ]
    assert await house.rows("SELECT body FROM messages") == [("0",)]


async def test_sessions_of_a_credential_share_its_throughput(house: House) -> None:
    await add_credential(house, throughput=Decimal("0.01"))
    async with (
        listening(house) as listener,
        program(listener.port) as one,
        program(listener.port) as two,
    ):
        (accepted,) = await one.submit(submit_sm())
        (throttled,) = await two.submit(submit_sm())
    assert accepted.command_status == CommandStatus.ESME_ROK
    assert throttled.command_status == CommandStatus.ESME_RTHROTTLED


async def test_a_new_bind_brings_no_new_allowance(house: House) -> None:
    await add_credential(house, throughput=Decimal("0.01"))
    async with listening(house) as listener:
        async with program(listener.port) as esme:
            await esme.submit(submit_sm())
        async with program(listener.port) as again:
            (response,) = await again.submit(submit_sm())
    assert response.command_status == CommandStatus.ESME_RTHROTTLED


async def test_a_throughput_that_is_lifted_holds_for_bound_sessions(house: House) -> None:
    credential = await add_credential(house, throughput=Decimal("0.01"))
    async with listening(house) as listener, calling(listener.port, bind=False) as peer:
        peer.write(Bind(1, system_id="clinic", password=PASSWORD))
        assert (await peer.read()).command_status == CommandStatus.ESME_ROK

        async def is_accepted() -> bool:
            peer.write(submit_sm())
            return (await peer.read()).command_status == CommandStatus.ESME_ROK

        assert [await is_accepted(), await is_accepted()] == [True, False]
        await limit(house, credential.sid, throughput=None)
        await until(is_accepted)


async def test_a_sender_that_is_not_allowed_is_refused(house: House) -> None:
    await add_credential(house, allowed_senders=["CLINIC"])
    async with listening(house) as listener, program(listener.port) as esme:
        (refused,) = await esme.submit(submit_sm())
    assert refused.command_status == CommandStatus.ESME_RINVSRCADR


async def test_messages_go_in_the_lane_of_the_credential(house: House) -> None:
    await add_credential(house, lane=1)
    async with listening(house) as listener, program(listener.port) as esme:
        await esme.submit(submit_sm("otp"), submit_sm("news", priority_flag=1))
    assert set(
        await house.rows(
            "SELECT m.body, q.lane FROM messages m, queue q WHERE q.message_sid = m.sid"
        )
    ) == {("otp", 1), ("news", 2)}


async def test_who_guesses_passwords_is_locked_out_whatever_comes_next(house: House) -> None:
    await add_credential(house)
    lockout = Lockout(LockoutSettings(failures=2, lasts=timedelta(hours=1)))
    async with listening(house, lockout) as listener:
        async with program(listener.port, password="wrong") as guessing:
            await until(lambda: is_refused(guessing, "ESME_RBINDFAIL"))
        assert listener.refusals[BindRefusal.WRONG_PASSWORD] == 2
        async with program(listener.port) as right:
            assert await is_refused(right, "ESME_RBINDFAIL")
        assert listener.sessions == 0


async def test_a_name_that_many_addresses_guess_at_is_open_to_who_bound_before_alone(
    house: House,
) -> None:
    await add_credential(house)
    now = [0.0]
    names = GuessedNames(LockoutSettings(failures=3))
    admission = Admission("WP1", house.database, clock=lambda: now[0], names=names)

    async def comes_in(host: str, password: str = PASSWORD) -> bool:
        bind = Bind(system_id="clinic", password=password)
        return isinstance(await admission.admit(bind, f"{host}:5000"), Accepted)

    assert await comes_in("198.51.100.7")
    for number in range(3):
        assert not await comes_in(f"203.0.113.{number}", "wrong")
    assert not await comes_in("192.0.2.9")
    assert admission.refusals[BindRefusal.LOCKED_OUT] == 1
    assert await comes_in("198.51.100.7")
    now[0] = 301.0
    assert await comes_in("192.0.2.9")


async def test_refusals_and_misdeeds_are_shown_to_prometheus(house: House) -> None:
    await add_credential(house, allowed_networks=["10.0.0.0/8"])
    metrics = Metrics()
    async with listening(house) as listener, calling(listener.port, bind=False) as stranger:
        metrics.watch_listener(listener)
        stranger.writer.write(b"GET / HTTP/1.1\r\n\r\n")
        await stranger.end()
        async with program(listener.port):
            shown = {
                (sample.name, *sample.labels.values()): sample.value
                for family in metrics.collect()
                for sample in family.samples
            }
    assert shown["smsc_listener_misdeeds_total", "not_a_pdu"] == 1
    assert shown["smsc_listener_misdeeds_total", "malformed_pdu"] == 0
    assert shown["smsc_listener_binds_refused_total", "network"] >= 1


async def test_receipts_follow_the_credential_s_template(house: House) -> None:
    await add_credential(house, receipt_template="id:{id} stat:{stat}")
    async with listening(house) as listener, program(listener.port) as esme:
        (response,) = await esme.submit(submit_sm())
        sid = getattr(response, "message_id", "")
        await tell(house, sid, sent=1)
        await tell(house, sid, delivered=1)
        await until(lambda: esme.has_heard(1))
    assert esme.receipts == [f"id:{sid} stat:DELIVRD"]


async def test_an_esme_of_3_3_gets_no_tlvs(house: House) -> None:
    await add_credential(house)
    await point_number_at(house, sms_url=None)
    async with listening(house) as listener, program(listener.port, interface_version=0x33) as esme:
        (response,) = await esme.submit(submit_sm())
        sid = getattr(response, "message_id", "")
        await tell(house, sid, sent=1)
        await tell(house, sid, delivered=1)
        await hand_in(house, "Hi")
        await until(lambda: esme.has_heard(2))
    assert [pdu.tlvs for pdu in esme.delivered] == [{}, {}]
