"""Reads what comes by a connector's binds, and knows the way back for its answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from smsc.messaging.receiving.parts import ReceivedPart
from smsc.messaging.receiving.received import read_delivery
from smsc.messaging.results import Delivery
from smsc.messaging.sending.dispatch import Claim
from smsc.messaging.sending.leases import Lease
from smsc.messaging.sending.responses import Answer
from smsc.routing.channel_marks import Selection, channel_of
from smsc.routing.channels import Channel
from smsc.smpp.bind_set import Arrival
from smsc.smpp.pdu import (
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    GenericNack,
    SubmitSmResp,
)
from workers.config import ConnectorConfig
from workers.watch import Watch

Key = tuple[str, int]  # message_sid, number

_RESPONSES: Final[dict[type[DeliverSm | DataSm], type[DeliverSmResp | DataSmResp]]] = {
    DeliverSm: DeliverSmResp,
    DataSm: DataSmResp,
}


@dataclass(frozen=True, slots=True)
class SessionOrigin:
    """One session of a runner's binds. Implements `smsc.messaging.results.Origin`."""

    arrival: Arrival[Key]

    def answer(self, deliveries: Sequence[Delivery], command_status: int) -> None:
        """Answer on the session that they came by, if it still stands."""
        self.arrival.answer(
            [
                _RESPONSES[type(delivery.request)](delivery.request.sequence_number, command_status)
                for delivery in deliveries
            ],
        )


def answer(
    key: Key,
    response: SubmitSmResp | GenericNack,
    at: datetime,
    config: ConnectorConfig,
    lease: Lease,
    claim: Claim | None,
    watch: Watch,
) -> Answer:
    """Return what is to be recorded of a response to a segment, whose claim is still known."""
    plain = claim if claim is not None and claim.is_plain else None
    return Answer(
        config.sid,
        *key,
        lease.epoch,
        response.command_status,
        response.message_id if isinstance(response, SubmitSmResp) else None,
        at,
        watch.answered(key, response),
        config.statuses,
        claim is not None and claim.in_bulk,
        None if plain is None else plain.to,
        None if plain is None else plain.key_id,
    )


def read(
    pdus: Sequence[DeliverSm | DataSm],
    arrival: Arrival[Key],
    bind: int,
    config: ConnectorConfig,
    watch: Watch,
) -> list[Delivery]:
    """Read receipts and inbound parts; `bind` is the index of the bind that they came by."""
    origin = SessionOrigin(arrival)
    deliveries = []
    for pdu in pdus:
        content, raw = read_delivery(
            pdu,
            config.sid,
            config.carrier_sid,
            config.default_alphabet,
            config.receipt_rules,
            packed=config.gsm7_packed,
            addresses=config.submit_rules,
        )
        if config.channels and isinstance(content, ReceivedPart):
            content = _with_channel(content, pdu, bind, config)
        deliveries.append(Delivery(content, raw, pdu, origin, watch.received(pdu)))
    return deliveries


def _with_channel(
    received: ReceivedPart, pdu: DeliverSm | DataSm, bind: int, config: ConnectorConfig
) -> ReceivedPart:
    """Name the channel of an inbound part, where its device says by which it came.

    A device that leaves the destination out means the SIM's own number.
    """
    if config.channel_selection is Selection.BIND:
        channel: Channel | None = config.channels[bind]
    else:
        channel = channel_of(pdu, received.destination_addr, config.channels, config.channel_field)
    if channel is None:
        return received
    destination = received.destination_addr or channel.phone_number or ""
    return replace(received, channel_sid=channel.sid, destination_addr=destination)
