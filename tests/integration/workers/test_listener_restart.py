"""A listener that is replaced under load, behind one address."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace

from smsc.smpp.pdu import CommandStatus, SubmitSmResp
from tests.chaos import proxy
from tests.integration.conftest import NUMBER, House
from tests.integration.smpp.owners import Customer, bound, config, submit_sm
from tests.integration.workers.parts import PASSWORD, add_credential, listening, until

MESSAGES = 60


async def test_a_rolling_restart_of_listeners_fails_no_submit_and_accepts_each_once(
    house: House, redis_url: str
) -> None:
    await add_credential(house, "clinic")
    customer = Customer()

    async def are_answered(count: int) -> bool:
        return len(customer.results) >= count

    async with (
        listening(house) as second,
        proxy.before("127.0.0.1", 0) as address,
        AsyncExitStack() as old,
    ):
        first = await old.enter_async_context(listening(house))
        address.port = first.port
        settings = replace(
            config(address.own_port), system_id="clinic", password=PASSWORD, throughput=10_000
        )
        async with bound(customer, settings):
            sending = asyncio.create_task(send_slowly(customer))
            await until(lambda: are_answered(MESSAGES // 4))
            address.port = second.port
            await old.aclose()
            await sending
            await until(lambda: are_answered(MESSAGES))
    assert customer.doubtful == []
    statuses = {response.command_status for _, response in customer.results}
    assert statuses == {CommandStatus.ESME_ROK}
    assert all(isinstance(response, SubmitSmResp) for _, response in customer.results)
    bodies = [row[0] for row in await house.rows("SELECT body FROM messages ORDER BY body")]
    assert bodies == sorted(str(number) for number in range(MESSAGES))


async def send_slowly(customer: Customer) -> None:
    """Go on through the restart: what can't be written waits."""
    for number in range(MESSAGES):
        pdu = replace(submit_sm(str(number)), source_addr=NUMBER.removeprefix("+"))
        customer.waiting.append((str(number), pdu))
        customer.pump()
        await asyncio.sleep(0.01)
