"""An SMSC that takes connections and says nothing for an hour, by a clock that leaps."""

import asyncio

from smsc.smpp.bind import BindState
from smsc.smpp.pdu import BindResp, EnquireLink, EnquireLinkResp, SubmitSm, SubmitSmResp
from tests.integration.smpp.owners import Customer
from tests.integration.smpp.raw_peer import RawPeer, answering
from tests.integration.smpp.test_binds_over_hours import HOUR, kept_up
from tests.integration.smpp.time_travel import TimeTravelLoop, travel


async def serve(peer: RawPeer, customer: Customer) -> None:
    """Welcome a bind, and answer all that comes until the customer has its result."""
    bind = await peer.read()
    peer.write(BindResp(bind.sequence_number))
    while not customer.results:
        pdu = await peer.read()
        if isinstance(pdu, EnquireLink):
            peer.write(EnquireLinkResp(pdu.sequence_number))
        elif isinstance(pdu, SubmitSm):
            peer.write(SubmitSmResp(pdu.sequence_number, 0, "1"))
        await asyncio.sleep(0.1)


def test_an_smsc_that_is_silent_for_an_hour_is_tried_at_most_once_a_minute_and_gets_all() -> None:
    async def journey(loop: TimeTravelLoop) -> tuple[int, Customer]:
        customer = Customer()
        async with answering() as (port, peers), kept_up(loop, customer, port) as esme:
            customer.send("flood warning")
            await asyncio.sleep(HOUR)
            tried = peers.qsize()
            assert esme.state is not BindState.BOUND
            while not peers.empty():
                peers.get_nowait()
            await serve(await peers.get(), customer)
            return tried, customer

    tried, customer = travel(journey)
    assert 40 <= tried <= 65
    assert customer.doubtful == []
    assert [key for key, _ in customer.results] == ["flood warning"]
