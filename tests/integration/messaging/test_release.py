"""Many scheduled messages leave in one statement, each as if it were looked at alone."""

import pytest

from smsc.messaging.reading import journey
from smsc.messaging.sending import release_singly
from smsc.messaging.sending.schedule import Released
from smsc.sms.address import AddressKind
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.messaging.services import add_sender, add_service, schedule_one
from tests.integration.messaging.test_schedule import make_due

OTHER = "+85587654321"
SECOND = "+15555550101"


@pytest.fixture
def never_singly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a message that is looked at alone be an error."""
    monkeypatch.delattr(release_singly, "release")


async def price(house: House, floor: str | None = None, balance: str = "0") -> None:
    carrier = house.account.carrier_sid
    await house.value(
        "INSERT INTO tariffs (sid, carrier_sid, direction, prefix, price) "
        "VALUES ('TF1', $1, 'outbound', '', 0.05), ('TF2', $1, 'outbound', '8558', 0.02)",
        carrier,
    )
    if floor is not None:
        await house.value(
            f"INSERT INTO balances (account_sid, carrier_sid, balance, floor) "
            f"VALUES ($1, $2, {balance}, {floor})",
            house.account.sid,
            carrier,
        )


@pytest.mark.usefixtures("never_singly")
async def test_each_pays_its_own_prefix_and_segments(house: House) -> None:
    await price(house)
    service = await add_service(house, NUMBER)
    long = await schedule_one(house, service, body="x" * 161)
    cheap = await schedule_one(house, service, to=OTHER)
    assert await make_due(house) == Released(2, 0)
    entries = await house.rows("SELECT message_sid, category, amount::text FROM ledger ORDER BY id")
    assert sorted(entries) == [
        (long.sid, "sms-outbound-longcode", "-0.100000"),
        (cheap.sid, "sms-outbound-longcode", "-0.020000"),
    ]
    assert await house.value("SELECT balance::text FROM balances") == "-0.120000"


async def test_what_a_limited_balance_does_not_pay_fails_and_the_rest_goes(house: House) -> None:
    await price(house, floor="0", balance="0.05")
    service = await add_service(house, NUMBER)
    dear, cheap = await schedule_one(house, service), await schedule_one(house, service, to=OTHER)
    assert await make_due(house) == Released(1, 1)
    rows = await house.rows("SELECT sid, status, error_code FROM messages ORDER BY sid")
    assert rows == [(dear.sid, "queued", None), (cheap.sid, "failed", 20005)]
    assert await house.value("SELECT balance::text FROM balances") == "0.000000"


@pytest.mark.usefixtures("never_singly")
async def test_a_recipient_gets_all_from_one_sender_its_own_if_it_has_one(house: House) -> None:
    await add_sender(house, SECOND, iso=None)
    service = await add_service(house, NUMBER, SECOND)
    known = "+85510000001"
    await house.value(
        "INSERT INTO sticky_senders (messaging_service_sid, to_, carrier_sid, account_sid, sender) "
        "VALUES ($1, $2, '', $3, $4)",
        service,
        known,
        house.account.sid,
        SECOND,
    )
    for to in (known, HANDSET, HANDSET, OTHER, known):
        await schedule_one(house, service, to=to)
    assert await make_due(house) == Released(5, 0)
    rows = await house.rows("SELECT DISTINCT to_, from_ FROM messages ORDER BY to_")
    assert [to for to, _ in rows] == [known, HANDSET, OTHER]  # one sender for each
    assert rows[0] == (known, SECOND)
    kept = await house.rows("SELECT to_, sender FROM sticky_senders ORDER BY to_")
    assert kept == rows


@pytest.mark.usefixtures("never_singly")
async def test_a_sticky_sender_that_left_the_pool_is_replaced(house: House) -> None:
    await add_sender(house, SECOND, iso=None)
    await add_sender(house, "CLINIC", kind=AddressKind.ALPHANUMERIC, iso=None)
    service = await add_service(house, NUMBER, SECOND)
    await house.value(
        "INSERT INTO sticky_senders (messaging_service_sid, to_, carrier_sid, account_sid, sender) "
        "VALUES ($1, $2, '', $3, 'CLINIC')",
        service,
        HANDSET,
        house.account.sid,
    )
    message = await schedule_one(house, service)
    await make_due(house)
    sender = await house.value("SELECT from_ FROM messages WHERE sid = $1", message.sid)
    assert sender in {NUMBER, SECOND}
    assert await house.rows("SELECT sender FROM sticky_senders") == [(sender,)]


@pytest.mark.usefixtures("never_singly")
async def test_of_many_only_who_opted_out_gets_nothing(house: House) -> None:
    service = await add_service(house, NUMBER)
    await house.value(
        "INSERT INTO opt_outs (sid, account_sid, scope, handset, carrier_sid, source) "
        "VALUES ('OO1', $1, $2, $3, '', 'api')",
        house.account.sid,
        service,
        OTHER,
    )
    house.directory.clear()
    sent = await schedule_one(house, service)
    await house.value("UPDATE opt_outs SET handset = $1", OTHER)
    stopped = await schedule_one(house, service, to="+85510000001")
    await house.value("UPDATE opt_outs SET handset = '+85510000001'")
    assert await make_due(house) == Released(1, 1)
    rows = await house.rows("SELECT sid, status, error_code FROM messages ORDER BY sid")
    assert rows == [(sent.sid, "queued", None), (stopped.sid, "failed", 21610)]


async def test_the_text_is_cut_anew_where_the_connector_wants_it_otherwise(house: House) -> None:
    message = await schedule_one(house, await add_service(house, NUMBER), body="é" * 100)
    await house.value("UPDATE connectors SET concatenation = 'udh16', sends_latin1 = true")
    assert await make_due(house) == Released(1, 0)
    assert await house.value("SELECT text_style FROM messages WHERE sid = $1", message.sid) == (
        "dc3 udh16"
    )


async def test_what_an_older_release_scheduled_leaves_too(house: House) -> None:
    await schedule_one(house, await add_service(house, NUMBER))
    await house.value("UPDATE scheduled_messages SET iso_country = NULL")
    assert await make_due(house) == Released(1, 0)


@pytest.mark.usefixtures("never_singly")
async def test_the_queue_has_each_at_a_place_of_its_own_and_the_journey_tells_when(
    house: House,
) -> None:
    service = await add_service(house, NUMBER)
    messages = [await schedule_one(house, service) for _ in range(3)]
    assert await make_due(house) == Released(3, 0)
    places = await house.rows("SELECT message_sid, queued_at FROM queue ORDER BY queued_at")
    assert [sid for sid, _ in places] == [message.sid for message in messages]
    assert len({at for _, at in places}) == 3
    told = await journey.trace(house.database, house.account.carrier_sid, messages[0].sid)
    assert told is not None
    assert [(event.event, event.at) for event in told.events] == [("queued", places[0][1])]
