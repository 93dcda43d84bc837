"""What the hot paths know, how long they believe it, and when they ask again."""

import asyncio

from smsc import jobs
from smsc.messaging.directory import Directory
from smsc.messaging.short_lived import ShortLived
from tests.integration.conftest import HANDSET, NUMBER, House

APPLICATION = "AP" + "0" * 32


async def test_an_account_is_known_with_its_token(house: House) -> None:
    facts = await house.directory.account(house.account.sid)
    assert facts is not None
    assert (facts.status, facts.auth_token) == ("active", "token")
    assert await house.directory.account("AC" + "0" * 32) is None


async def test_a_change_is_seen_once_it_is_announced(house: House, redis_url: str) -> None:
    directory = Directory(house.database, house.vault)
    subscribed = asyncio.Event()

    def changed() -> None:
        directory.clear()
        subscribed.set()

    hearing = asyncio.create_task(jobs.hear(redis_url, jobs.CHANGES_CHANNEL, changed))
    try:
        await asyncio.wait_for(subscribed.wait(), 10)
        assert await directory.sender(house.account.sid, NUMBER)
        await house.value("UPDATE phone_numbers SET account_sid = NULL")
        assert await directory.sender(house.account.sid, NUMBER)
        subscribed.clear()
        await house.bells.announce_change()
        await asyncio.wait_for(subscribed.wait(), 10)
        assert not await directory.sender(house.account.sid, NUMBER)
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)


async def test_a_number_is_found_with_and_without_its_plus(house: House) -> None:
    for address in (NUMBER, NUMBER.lstrip("+")):
        facts = await house.directory.number(house.account.carrier_sid, address)
        assert facts is not None
        assert (facts.account_sid, facts.sms_url) == (house.account.sid, "http://127.0.0.1/sms")
    assert await house.directory.number(house.account.carrier_sid, "+15555550199") is None
    assert await house.directory.number("CR" + "0" * 32, NUMBER) is None


async def test_a_suspended_account_s_number_is_nobody_s(house: House) -> None:
    await house.value("UPDATE accounts SET status = 'suspended'")
    assert await house.directory.number(house.account.carrier_sid, NUMBER) is None


async def test_a_route_names_its_connector_and_whom_to_ring(house: House) -> None:
    way = (await house.directory.routes(house.account.carrier_sid)).find(HANDSET)
    assert way is not None
    assert (way.connector_sid, way.owner, way.epoch) == (house.connector_sid, "WP" + "0" * 32, 1)
    assert not way.bound
    await house.value("UPDATE connector_leases SET state = 'bound'")
    house.directory.clear()
    way = (await house.directory.routes(house.account.carrier_sid)).find(HANDSET)
    assert way is not None
    assert way.bound


async def test_a_paused_connector_has_no_routes(house: House) -> None:
    await house.value("UPDATE connectors SET paused = true")
    assert (await house.directory.routes(house.account.carrier_sid)).find(HANDSET) is None


class Source:
    """Counts how often it is asked; answers when `open`."""

    def __init__(self) -> None:
        self.asked = 0
        self.open = asyncio.Event()
        self.open.set()

    async def load(self, key: str) -> str:
        self.asked += 1
        answer = f"{key}{self.asked}"
        await self.open.wait()
        return answer


async def test_all_who_wait_share_one_load() -> None:
    source = Source()
    values: ShortLived[str, str] = ShortLived(source.load)
    assert await asyncio.gather(*(values.get("a") for _ in range(5))) == ["a1"] * 5
    assert await values.get("a") == values.peek("a") == "a1"
    assert values.peek("b") is None


async def test_what_was_being_loaded_at_a_change_is_not_kept() -> None:
    source = Source()
    values: ShortLived[str, str] = ShortLived(source.load)
    source.open.clear()
    early = asyncio.create_task(values.get("a"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    values.clear()
    source.open.set()
    assert await early == "a1"
    assert values.peek("a") is None
    assert await values.get("a") == "a2"


async def test_a_number_s_application_says_where_its_webhooks_go(house: House) -> None:
    await house.value(
        """WITH made AS (
             INSERT INTO applications (sid, carrier_sid, account_sid, friendly_name, sms_url,
                                       sms_method, sms_status_callback)
             VALUES ($1, $2, $3, '', 'http://127.0.0.1/app', 'GET', 'http://127.0.0.1/status')
             RETURNING sid)
           UPDATE phone_numbers SET sms_application_sid = (SELECT sid FROM made),
             sms_fallback_url = 'http://127.0.0.1/own-fallback'""",
        APPLICATION,
        house.account.carrier_sid,
        house.account.sid,
    )
    facts = await house.directory.number(house.account.carrier_sid, NUMBER)
    assert facts is not None
    assert (facts.sms_url, facts.sms_method) == ("http://127.0.0.1/app", "GET")
    assert facts.sms_fallback_url is None
    application = await house.directory.application(house.account.sid, APPLICATION)
    assert application is not None
    assert application.message_status_callback == "http://127.0.0.1/status"
    assert await house.directory.application("AC" + "0" * 32, APPLICATION) is None


async def test_a_number_below_a_suspended_parent_is_nobody_s(house: House) -> None:
    await house.value(
        """WITH parent AS (
             INSERT INTO accounts (sid, carrier_sid, friendly_name, status, auth_token_sealed)
             VALUES ($1, $2, '', 'suspended', '') RETURNING sid)
           UPDATE accounts SET owner_sid = (SELECT sid FROM parent) WHERE sid = $3""",
        "AC" + "1" * 32,
        house.account.carrier_sid,
        house.account.sid,
    )
    assert await house.directory.number(house.account.carrier_sid, NUMBER) is None
