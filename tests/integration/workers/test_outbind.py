"""An SMSC that asks by OUTBIND is bound to at once, by a connection of ours."""

import pytest

from smsc.smpp.pdu import Bind, BindResp, Outbind
from tests.integration.conftest import House
from tests.integration.smpp.raw_peer import answering, calling
from tests.integration.workers.parts import until
from tests.integration.workers.test_dial_in import listening
from tests.integration.workers.test_gateway_process import running
from workers.dial_in import DialIns
from workers.gateway import Gateway


async def test_an_outbind_of_a_connectors_host_reaches_whoever_runs_it(
    house: House, redis_url: str
) -> None:
    async with (
        answering() as (port, peers),
        running(house, redis_url) as gateway,
        listening(house, redis_url) as listener,
    ):
        await house.value(f"UPDATE connectors SET port = {port}")
        await house.value("UPDATE connector_leases SET owner = NULL, expires_at = now()")
        peer = await peers.get()
        bind = await peer.read()
        assert isinstance(bind, Bind)
        peer.write(BindResp(bind.sequence_number))

        async def is_bound() -> bool:
            return [runner.state for runner in gateway.runners] == ["bound"]

        await until(is_bound)
        async with calling(listener, bind=False) as smsc:
            smsc.write(Outbind(1, system_id="smsc", password="x"))
            await smsc.end()

        async def it_is_noted() -> bool:
            (runner,) = gateway.runners
            return runner.lease.outbind_at is not None

        await until(it_is_noted)
        assert peers.empty()  # it is bound, and stays so
        peer.writer.transport.abort()


@pytest.mark.parametrize(
    ("host", "is_heard"),
    [("127.0.0.1", True), ("localhost", True), ("192.0.2.1", False), ("no.such.invalid", False)],
)
async def test_only_an_outbind_from_a_connectors_own_host_is_heard(
    house: House, redis_url: str, host: str, *, is_heard: bool
) -> None:
    await house.value("UPDATE connectors SET host = $1", host)
    gateway = Gateway(
        "WP" + "1" * 32, house.database, house.directory, house.bells, house.vault, redis_url
    )
    devices = DialIns(house.database, house.vault, gateway)
    await devices.outbind(Outbind(1, system_id="smsc", password="x"), "127.0.0.1:40000")
    noted = await house.value("SELECT outbind_at IS NOT NULL FROM connector_leases")
    assert noted is is_heard
