"""When an ESME wants a message to be delivered, and until when; and how it is refused."""

from datetime import datetime, timedelta
from typing import Final

from smsc.errors import GatewayError
from smsc.messaging.accept.draft_rules import LATEST
from smsc.messaging.accept.drafts import LONGEST_VALIDITY
from smsc.smpp.pdu import CommandStatus, status_name
from smsc.smpp.times import parse_time

SHORTEST_VALIDITY: Final = timedelta(seconds=1)


class Unacceptable(GatewayError):
    """What an ESME asks for and may not, or not so."""

    def __init__(self, command_status: CommandStatus, why: str) -> None:
        super().__init__(f"{status_name(command_status)}: {why}")
        self.command_status = command_status


def read_send_at(schedule_delivery_time: str, now: datetime) -> datetime | None:
    """Return when a message is to be sent; None: at once.

    Raises:
        Unacceptable: the time is malformed, over, or more than 35 days ahead.
    """
    if not schedule_delivery_time:
        return None
    try:
        send_at = parse_time(schedule_delivery_time, now)
    except ValueError as fault:
        raise Unacceptable(CommandStatus.ESME_RINVSCHED, str(fault)) from None
    if not now < send_at <= now + LATEST:
        why = f"{send_at} is over, or more than {LATEST.days} days ahead"
        raise Unacceptable(CommandStatus.ESME_RINVSCHED, why)
    return send_at


def read_validity(
    validity_period: str, now: datetime, send_at: datetime | None = None
) -> timedelta | None:
    """Return how long a message may wait, from its time of delivery if it has one.

    Ten hours at most, which is how long any message may.

    Raises:
        Unacceptable: the time is malformed, or over before it begins.
    """
    if not validity_period:
        return None
    try:
        validity = parse_time(validity_period, now) - (send_at or now)
    except ValueError as fault:
        raise Unacceptable(CommandStatus.ESME_RINVEXPIRY, str(fault)) from None
    if validity < SHORTEST_VALIDITY:
        raise Unacceptable(CommandStatus.ESME_RINVEXPIRY, "the validity period is over")
    return min(validity, LONGEST_VALIDITY)
