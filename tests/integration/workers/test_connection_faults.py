"""The gateway and its SMSC with a network between them that fails in each way that there is."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from smsc.simulator import Behaviour, SimBox
from tests.chaos import proxy
from tests.chaos.proxy import CALM, Proxy, Way, Weather
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.smpp import certificates
from tests.integration.workers.test_gateway_process import running, until

MESSAGES = 12
IMPATIENT = {
    "session_init_seconds": 1,
    "enquire_link_seconds": 1,
    "enquire_link_response_seconds": 1,
    "response_timeout_seconds": 2,
}
BAD_SECONDS = 0.5


async def point_at(house: House, link: Proxy, **changes: object) -> None:
    """Let the connector lead through the proxy."""
    columns = {"port": link.own_port, **IMPATIENT, **changes}
    assignments = ", ".join(f"{column} = ${n}" for n, column in enumerate(columns, start=1))
    await house.value(f"UPDATE connectors SET {assignments}", *columns.values())
    await house.value("UPDATE connector_leases SET owner = NULL, expires_at = now()")
    house.directory.clear()


async def all_delivered(house: House) -> bool:
    return not await house.value("SELECT count(*) FROM messages WHERE status <> 'delivered'")


async def is_bound(house: House) -> bool:
    return await house.value("SELECT state FROM connector_leases") == "bound"


def texts(box: SimBox) -> list[str]:
    return [submit.pdu.message_octets.decode() for submit in box.submits]


@pytest.mark.parametrize(
    ("weather", "doubles"),
    [
        pytest.param(Weather(latency=0.1), 0, id="latency"),
        pytest.param(Weather(blocked=frozenset({Way.UP})), 10, id="nothing arrives there"),
        pytest.param(Weather(blocked=frozenset({Way.DOWN})), 10, id="nothing comes back"),
        pytest.param(Weather(torn=Way.UP), 10, id="reset in mid-PDU, up"),
        pytest.param(Weather(torn=Way.DOWN), 10, id="reset in mid-PDU, down"),
        pytest.param(Weather(piece=50, pause=0.01), 0, id="a slow reader"),
        pytest.param(Weather(piece=1), 0, id="an octet at a time"),
    ],
)
async def test_no_message_is_lost_in(
    weather: Weather, doubles: int, house: House, redis_url: str
) -> None:
    slow = Behaviour(response_delay=timedelta(milliseconds=20), receipt_retry=timedelta(seconds=1))
    async with SimBox(slow) as box, proxy.before(box.host, box.port) as link:
        await point_at(house, link)
        async with running(house, redis_url):
            await until(lambda: is_bound(house))
            link.weather = weather
            bodies = [str(number) for number in range(MESSAGES)]
            for body in bodies:
                await house.accept(body=body)
            sent = box.handset(HANDSET).submit(NUMBER, "from a handset")
            await asyncio.sleep(BAD_SECONDS)
            link.weather = CALM
            await until(lambda: all_but_inbound_delivered(house))
            await sent.wait()
    assert set(texts(box)) == set(bodies)
    assert len(texts(box)) - MESSAGES <= doubles
    # What never arrived at first is in the ledger, too: we can't know.
    entered = await house.rows("SELECT count(*)::integer FROM double_submits")
    assert entered >= [(len(texts(box)) - MESSAGES,)]
    assert await house.value("SELECT body FROM messages WHERE direction = 'inbound'") == (
        "from a handset"
    )


async def all_but_inbound_delivered(house: House) -> bool:
    return not await house.value(
        "SELECT count(*) FROM messages WHERE status NOT IN ('delivered', 'received')"
    )


async def test_a_session_that_the_network_forgot_is_replaced(house: House, redis_url: str) -> None:
    async with SimBox() as box, proxy.before(box.host, box.port) as link:
        await point_at(house, link)
        async with running(house, redis_url):
            await until(lambda: is_bound(house))
            link.forget_links()
            await house.accept(body="into the void")
            await until(lambda: all_delivered(house))
    assert link.opened == 2
    assert texts(box) == ["into the void"]


async def test_a_name_without_an_address_is_told_and_tried_until_it_has_one(
    house: House, redis_url: str
) -> None:
    async with SimBox() as box, proxy.before(box.host, box.port) as link:
        await point_at(house, link, host="smsc.invalid")
        await house.accept(body="wait for me")
        async with running(house, redis_url) as gateway:
            await until(lambda: says(house, "no connection"))
            await house.value("UPDATE connectors SET host = '127.0.0.1'")
            gateway.changed()
            await until(lambda: all_delivered(house))
    assert texts(box) == ["wait for me"]


async def says(house: House, words: str) -> bool:
    return words in str(await house.value("SELECT reason FROM connector_leases"))


async def test_an_expired_certificate_is_told_and_a_new_one_is_bound_to(
    house: House, redis_url: str, tmp_path: Path
) -> None:
    async with SimBox() as box, proxy.before(box.host, box.port) as link:
        expired, _ = certificates.make(tmp_path, "127.0.0.1", valid_for=timedelta(minutes=-1))
        await link.speak_tls(certificates.server_context(tmp_path))
        await point_at(house, link, tls=True, tls_ca=expired)
        await house.accept(body="in secret")
        async with running(house, redis_url) as gateway:
            await until(lambda: says(house, "certificate has expired"))
            valid, _ = certificates.make(tmp_path, "127.0.0.1")
            await link.speak_tls(certificates.server_context(tmp_path))
            await house.value("UPDATE connectors SET tls_ca = $1", valid)
            gateway.changed()
            await until(lambda: all_delivered(house))
    assert texts(box) == ["in secret"]
