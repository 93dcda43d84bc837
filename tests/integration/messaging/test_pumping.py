"""Traffic pumping is stopped after a trickle; a normal day is not."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest

from smsc.errors.guard import AccountQuarantined, PrefixBlocked
from smsc.messaging import edits
from smsc.messaging.accept.outbound import Outbound
from smsc.messaging.directory import Directory
from smsc.messaging.guard import blocks, dry_run
from smsc.models import Lane, PumpingGuard
from tests.integration.conftest import HANDSET, House
from tests.integration.messaging import past_traffic
from tests.integration.messaging.guarding import look_again, protect

TRICKLE = 50
MIDNIGHT = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)


async def pump(house: House, first: int, count: int, **changes: object) -> list[str]:
    """Send to numbers in sequence, one after the other; return those that passed."""
    passed = []
    for number in range(first, first + count):
        to = f"+37255{number:06}"
        try:
            await house.accept(to=to, **changes)
        except PrefixBlocked:
            continue
        passed.append(to)
    return passed


async def shut(house: House) -> list[tuple[object, ...]]:
    return await house.rows("SELECT prefix, stops FROM blocked_prefixes ORDER BY prefix")


async def test_a_walk_through_numbers_that_nobody_knows_is_stopped(house: House) -> None:
    await protect(house, pumping_guard=PumpingGuard.ALL)
    assert len(await pump(house, 300_000, 400)) <= TRICKLE
    assert ("37255" + "30", True) in await shut(house)
    assert await house.value("SELECT count(*) FROM alerts WHERE error_code = 30450") == 3
    await house.accept(to=HANDSET)


async def test_all_at_once_pass_no_more_than_one_by_one(house: House) -> None:
    await protect(house, pumping_guard=PumpingGuard.ALL)
    other = Outbound(house.database, Directory(house.database, house.vault), house.bells)
    first = house.outbound
    results = []
    for half in range(10):
        for house.outbound in (first, other):
            to = [f"+37255300{number:03}" for number in range(half, 100, 10)]
            results += await asyncio.gather(
                *(house.accept(to=one) for one in to), return_exceptions=True
            )
    passed = [result for result in results if not isinstance(result, BaseException)]
    assert 0 < len(passed) <= TRICKLE


async def test_by_default_only_one_time_passwords_are_stopped(house: House) -> None:
    assert house.account.protection.pumping_guard == PumpingGuard.CODES
    assert len(await pump(house, 300_000, 60)) == 60
    assert len(await pump(house, 400_000, 60, lane=Lane.OTP)) <= TRICKLE


@pytest.mark.parametrize("mode", [PumpingGuard.OFF, PumpingGuard.WATCH])
async def test_a_guard_that_is_off_or_watches_stops_nothing(
    house: House, mode: PumpingGuard
) -> None:
    await protect(house, pumping_guard=mode)
    assert len(await pump(house, 300_000, 40)) == 40
    expected = [] if mode is PumpingGuard.OFF else [("372553000", False)]
    assert await shut(house) == expected


@pytest.mark.parametrize(
    "changes",
    [{"lane": Lane.ALERT}, {"is_trusted": True}, {"in_bulk": True}],
    ids=["an alert", "RiskCheck=disable", "a list handed in at once"],
)
async def test_some_messages_are_never_suspected(house: House, changes: dict[str, object]) -> None:
    await protect(house, pumping_guard=PumpingGuard.ALL)
    assert len(await pump(house, 300_000, 60, **changes)) == 60


async def test_prefixes_that_the_carrier_knows_are_safe(house: House) -> None:
    await protect(house, pumping_guard=PumpingGuard.ALL, safe_prefixes=["37255"])
    assert len(await pump(house, 300_000, 60)) == 60


async def test_numbers_that_the_account_wrote_to_before_are_no_news(house: House) -> None:
    await protect(house, pumping_guard=PumpingGuard.OFF)
    old = datetime.now(UTC) - timedelta(days=40)
    staff = [past_traffic.Sent(f"+37255{300_000 + n:06}", old) for n in range(60)]
    await past_traffic.store(house, staff)
    await protect(house, pumping_guard=PumpingGuard.ALL)
    assert len(await pump(house, 300_000, 60)) == 60


async def test_numbers_that_confirm_have_people_behind_them(house: House) -> None:
    await protect(house, pumping_guard=PumpingGuard.ALL)
    for number in range(60):
        message = await house.accept(to=f"+37255{300_000 + number:06}")
        if number % 3 == 0:
            await edits.give_feedback(house.database, house.account.sid, message.sid, "confirmed")
    assert await shut(house) == []


async def test_a_block_ends_by_itself_or_by_the_carrier_and_the_next_is_twice_as_long(
    house: House,
) -> None:
    await protect(house, pumping_guard=PumpingGuard.ALL)
    await pump(house, 300_000, 30)
    house.outbound = Outbound(house.database, house.directory, house.bells)  # as after five seconds
    await house.value("UPDATE blocked_prefixes SET until = now() - interval '1 minute'")
    await look_again(house)
    await house.accept(to="+37255300001")
    assert len(await pump(house, 300_030, 30)) < 10
    (block,) = await blocks.of_account(house.database, house.account.sid)
    assert (block.times, block.until - block.blocked_at) == (2, timedelta(hours=1))
    account = house.account
    await blocks.lift(house.database, account.carrier_sid, account.sid, block.prefix)
    house.outbound = Outbound(house.database, house.directory, house.bells)
    await look_again(house)
    await house.accept(to="+37255300001")


async def test_an_account_with_ten_blocks_within_an_hour_is_put_in_quarantine(
    house: House,
) -> None:
    await protect(house, pumping_guard=PumpingGuard.ALL)
    for country in range(10):
        for number in range(25):
            try:
                await house.accept(to=f"+3725{country}3000{number:02}")
            except (PrefixBlocked, AccountQuarantined):
                continue
    await look_again(house)
    assert house.account.protection.quarantine == blocks.QUARANTINE_WHY
    with pytest.raises(AccountQuarantined):
        await house.accept()


async def test_a_dry_run_stops_nothing_of_a_normal_day_and_an_attack_within_it(
    house: House,
) -> None:
    chance = random.Random(17)  # noqa: S311 a seed, that it can be repeated
    day = [
        *past_traffic.clinic(chance, MIDNIGHT),
        *past_traffic.codes(chance, MIDNIGHT),
        *past_traffic.broadcast(chance, MIDNIGHT),
    ]
    await past_traffic.store(house, day)

    async def stopped(mode: PumpingGuard) -> tuple[int, int]:
        replay = await dry_run.replay(
            house.database, house.account.sid, MIDNIGHT, mode=mode, safe_prefixes=[]
        )
        return replay.messages, replay.stopped

    assert await stopped(PumpingGuard.ALL) == (len(day), 0)
    await past_traffic.store(house, past_traffic.attack(MIDNIGHT, 600))
    messages, count = await stopped(PumpingGuard.ALL)
    assert messages == len(day) + 600
    assert 600 - TRICKLE <= count <= 600
    assert await stopped(PumpingGuard.CODES) == (len(day) + 600, 0)


async def test_codes_that_nobody_types_in_shut_their_range(house: House) -> None:
    chance = random.Random(18)  # noqa: S311 as above
    scattered = [
        past_traffic.Sent(f"+37255{chance.randrange(300_000, 310_000)}", one.at, Lane.OTP)
        for one in past_traffic.attack(MIDNIGHT, 300)
    ]
    people = list(past_traffic.codes(chance, MIDNIGHT))
    await past_traffic.store(house, [*people, *scattered])
    replay = await dry_run.replay(
        house.database, house.account.sid, MIDNIGHT, mode=PumpingGuard.CODES
    )
    assert [stop.prefix for stop in replay.stops] == ["3725530"]
    assert 300 - TRICKLE <= replay.stopped <= 300
