"""How a message tells a device its channel, and how a device tells us the channel of one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from smsc.routing.channels import Channel
from smsc.smpp.pdu import DataSm, DeliverSm, SubmitSm
from smsc.sms.address import same_handset

_FEWEST_DIGITS: Final = 7  # fewer at the end of a number are no proof that it is the same
DEFAULT_FORMAT: Final = "{system_id}{number:02}"  # as GoIP names its lines: user01 to user32


class Selection(StrEnum):
    """How the channel of a message is chosen on a connector's device."""

    NONE = "none"  # it has no channels that we know of
    BIND = "bind"  # one bind a channel
    FIELD = "field"  # a field of each message
    DEVICE = "device"  # the device picks; channels only tell where a message came in


class Mark(StrEnum):
    """The field that names the channel."""

    SERVICE_TYPE = "service_type"
    SOURCE_ADDR = "source_addr"
    DESTINATION_PREFIX = "destination_prefix"
    TLV = "tlv"


class InvalidChannelField(ValueError):
    """The name of a field can't be understood; says which are."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r} is no field that can name a channel. There are: service_type, source_addr, "
            "destination_prefix, and tlv:0x1400 to tlv:0x3FFF."
        )


@dataclass(frozen=True, slots=True)
class ChannelField:
    """A field that names the channel; `tag` is of a TLV."""

    mark: Mark
    tag: int = 0

    def write(self, submit: SubmitSm, channel: Channel) -> SubmitSm:
        """Return the message, marked for a channel."""
        value = self.value_of(channel)
        match self.mark:
            case Mark.SERVICE_TYPE:
                return replace(submit, service_type=value)
            case Mark.SOURCE_ADDR:
                return replace(submit, source_addr=value)
            case Mark.DESTINATION_PREFIX:
                return replace(submit, destination_addr=value + submit.destination_addr)
            case Mark.TLV:
                return replace(submit, tlvs={**submit.tlvs, self.tag: value.encode("latin-1")})

    def read(self, pdu: DeliverSm | DataSm, channels: Sequence[Channel]) -> Channel | None:
        """Return the channel that a received message names by this field, if it does."""
        if self.mark is Mark.SERVICE_TYPE:
            told = pdu.service_type
        elif self.mark is Mark.TLV:
            told = pdu.tlvs.get(self.tag, b"").rstrip(b"\0").decode("latin-1")
        else:
            return None  # the addresses are read by every connector, see `channel_of`
        return next((one for one in channels if told and self.value_of(one) == told), None)

    def value_of(self, channel: Channel) -> str:
        """Return what the field holds for a channel: its value, else its number."""
        if channel.value is not None:
            return channel.value
        if self.mark is Mark.SOURCE_ADDR and channel.phone_number:
            return channel.phone_number.removeprefix("+")
        return str(channel.number)


def parse_field(text: str) -> ChannelField:
    """Read `service_type`, `source_addr`, `destination_prefix` or `tlv:0x1401`.

    Raises:
        InvalidChannelField: it is none of them.
    """
    name, colon, tag = text.partition(":")
    if name != Mark.TLV:
        if colon or name not in set(Mark):
            raise InvalidChannelField(text)
        return ChannelField(Mark(name))
    try:
        number = int(tag, 0)
    except ValueError:
        raise InvalidChannelField(text) from None
    if not 0x1400 <= number <= 0x3FFF:  # SMPP 3.4 §5.3.2: for vendors
        raise InvalidChannelField(text)
    return ChannelField(Mark.TLV, number)


def channel_of(
    pdu: DeliverSm | DataSm,
    destination_addr: str,
    channels: Sequence[Channel],
    field: ChannelField | None,
) -> Channel | None:
    """Return the channel that a received message came by, where it tells: by field or number."""
    if field is not None and (found := field.read(pdu, channels)) is not None:
        return found
    digits = sum(map(str.isdecimal, destination_addr))
    return next(
        (
            one
            for one in channels
            if one.phone_number
            and (
                one.phone_number == destination_addr
                or (digits >= _FEWEST_DIGITS and same_handset(one.phone_number, destination_addr))
            )
        ),
        None,
    )
