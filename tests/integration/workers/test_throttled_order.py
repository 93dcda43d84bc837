"""A remote that throttles: everything arrives once, each recipient's messages in order."""

from collections import Counter, defaultdict

from smsc.simulator.behaviour import Behaviour
from smsc.simulator.simbox import SimBox
from smsc.smpp.pdu import CommandStatus
from tests.integration.conftest import House
from tests.integration.workers.test_gateway_process import point_at, running, until

HANDSETS = [f"+8551234000{n}" for n in range(3)]


async def test_under_a_hidden_rate_all_arrive_once(house: House, redis_url: str) -> None:
    async with SimBox(Behaviour(throughput=60, receipts=False)) as box:
        await point_at(house, box, window_size=20)
        await send(house, 90)
        async with running(house, redis_url):
            await until(lambda: all_are_sent(house, 90))
    assert CommandStatus.ESME_RTHROTTLED in {submit.command_status for submit in box.submits}
    arrived = Counter(text for texts in accepted(box).values() for text in texts)
    assert arrived == Counter(str(number) for number in range(90))


async def test_a_refusal_in_the_midst_of_a_window_lets_nothing_pass_to_its_recipient(
    house: House, redis_url: str
) -> None:
    """Half of the very first are refused, by chance; others of their window are accepted."""
    throttled = CommandStatus.ESME_RTHROTTLED
    fickle = Behaviour(reject_rate=0.5, reject_status=throttled, receipts=False, seed=3)
    async with SimBox(fickle) as box:
        await point_at(house, box, window_size=20)
        sent = await send(house, 40)

        async def has_refused() -> bool:
            return box.totals.throttled + box.totals.rejected > 0

        async with running(house, redis_url):
            await until(has_refused)
            box.change({"reject_rate": 0})
            await until(lambda: all_are_sent(house, 40))
    assert throttled in {submit.command_status for submit in box.submits}
    assert accepted(box) == sent


async def send(house: House, count: int) -> dict[str, list[str]]:
    """Accept so many messages, numbered; return those of each handset in their order."""
    sent: dict[str, list[str]] = defaultdict(list)
    for number in range(count):
        handset = HANDSETS[number * number % 3]
        await house.accept(to=handset, body=str(number))
        sent[handset].append(str(number))
    return sent


async def all_are_sent(house: House, count: int) -> bool:
    return await house.value("SELECT count(*) FROM segments") == count


def accepted(box: SimBox) -> dict[str, list[str]]:
    """Return what the box took for each handset, in its order."""
    taken: dict[str, list[str]] = defaultdict(list)
    for submit in box.submits:
        if submit.command_status == CommandStatus.ESME_ROK:
            taken["+" + submit.pdu.destination_addr].append(submit.pdu.message_octets.decode())
    return taken
