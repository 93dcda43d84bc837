"""Quarantine: nothing is accepted, what waits is held in its place, and goes on when lifted."""

import pytest

from smsc import sids
from smsc.errors import NotFound
from smsc.errors.guard import AccountQuarantined
from smsc.messaging.guard import quarantine
from smsc.messaging.reading import journey
from smsc.messaging.sending import batches, bulks, dispatch, recall
from smsc.messaging.sending.dispatch import QueueCursor
from tests.integration.conftest import NUMBER, OWNER, House
from tests.integration.messaging.guarding import look_again
from tests.integration.messaging.services import add_service, schedule_one
from tests.integration.messaging.test_bulks import people, send
from tests.integration.messaging.test_schedule import make_due, outcome


async def begin(house: House, why: str = "a test") -> None:
    account = house.account
    await quarantine.begin(house.database, account.carrier_sid, account.sid, why)
    await look_again(house)


async def lift(house: House) -> None:
    await quarantine.lift(house.database, house.account.carrier_sid, house.account.sid)
    await look_again(house)


async def claimed(house: House) -> list[str]:
    claims = await dispatch.claim(house.database, house.lease, OWNER, QueueCursor(), 10)
    return [claim.message_sid for claim in claims]


async def add_neighbour(house: House, *, owner_sid: str | None = None) -> str:
    """Make a second account, which sends from the same number afterwards."""
    sid = sids.make(sids.Prefix.ACCOUNT)
    await house.value(
        """INSERT INTO accounts
             (sid, carrier_sid, owner_sid, friendly_name, status, auth_token_sealed)
           SELECT $1, carrier_sid, $2, '', 'active', auth_token_sealed FROM accounts LIMIT 1""",
        sid,
        owner_sid,
    )
    await house.value("UPDATE phone_numbers SET account_sid = $1", sid)
    house.directory.clear()
    return sid


async def test_it_refuses_new_messages_and_says_why(house: House) -> None:
    await begin(house, "its token was posted in a forum")
    with pytest.raises(AccountQuarantined, match="posted in a forum"):
        await house.accept()
    assert await house.rows("SELECT account_sid, error_code FROM alerts") == [
        (house.account.sid, 20005)
    ]


async def test_what_waits_is_held_and_goes_on_in_its_old_order(house: House) -> None:
    first, second = await house.accept(), await house.accept()
    await begin(house)
    assert await claimed(house) == []
    assert await dispatch.waiting(house.database, OWNER) == []
    await lift(house)
    third = await house.accept()
    assert await claimed(house) == [first.sid, second.sid, third.sid]


async def test_it_holds_up_nobody_else(house: House) -> None:
    await house.accept()
    await begin(house)
    neighbour = await house.directory.account(await add_neighbour(house))
    theirs = await house.accept(account=neighbour)
    assert await claimed(house) == [theirs.sid]


async def test_what_a_process_with_old_caches_accepts_is_held_by_the_clock(house: House) -> None:
    stale = house.account
    await begin(house)
    await house.accept(account=stale)
    assert await quarantine.hold(house.database) == 1
    assert await claimed(house) == []


async def test_a_subaccount_is_in_its_parent_s_quarantine(house: House) -> None:
    below = await add_neighbour(house, owner_sid=house.account.sid)
    account = await house.directory.account(below)
    waiting = await house.accept(account=account)
    await begin(house)
    assert await claimed(house) == []
    with pytest.raises(AccountQuarantined):
        await house.accept(account=await house.directory.account(below))
    await lift(house)
    assert await claimed(house) == [waiting.sid]


async def test_bulks_are_held_and_one_that_its_customer_paused_stays_so(house: House) -> None:
    await send(house, people(2))
    paused = await send(house, people(2))
    await bulks.pause(house.database, house.account.sid, paused)
    await begin(house)
    assert await batches.claim(house.database, house.lease, OWNER, 10) == []
    await lift(house)
    assert len(await batches.claim(house.database, house.lease, OWNER, 10)) == 2
    assert await batches.claim(house.database, house.lease, OWNER, 10) == []


async def test_what_is_scheduled_and_due_stays_scheduled(house: House) -> None:
    message = await schedule_one(house, await add_service(house, NUMBER))
    await begin(house)
    released = await make_due(house)
    assert (released.queued, released.failed, released.put_off) == (0, 0, 1)
    assert await outcome(house, message) == ("scheduled", "", None)
    await lift(house)
    assert (await make_due(house)).queued == 1


async def test_a_held_message_can_still_be_canceled_and_its_page_says_what_it_waits_for(
    house: House,
) -> None:
    message = await house.accept()
    await begin(house)
    told = await journey.trace(house.database, house.account.carrier_sid, message.sid)
    assert told is not None
    assert [segment.waiting_for for segment in told.segments] == [quarantine.WAITING_FOR]
    await recall.cancel(house.database, house.account.sid, [message.sid], "a test")
    assert await house.status(message.sid) == "canceled"


async def test_a_carrier_can_t_touch_another_carrier_s_account(house: House) -> None:
    with pytest.raises(NotFound):
        await quarantine.begin(house.database, "CR" + "9" * 32, house.account.sid, "a test")
    with pytest.raises(NotFound):
        await quarantine.lift(house.database, "CR" + "9" * 32, house.account.sid)
    await house.accept()
