"""What a message would take and cost, before anybody sends it."""

from dataclasses import dataclass

from smsc.billing.prices import Price
from smsc.errors import InvalidDestination
from smsc.messaging.directory import Directory
from smsc.models import TariffDirection
from smsc.routing.table import Way
from smsc.sms import segments, smart_encoding
from smsc.sms.address import parse_destination
from smsc.sms.text_style import DEFAULT as DEFAULT_STYLE


@dataclass(frozen=True, slots=True)
class Reckoning:
    """A text as it would be sent, with what is known of its way; `to` may be half typed."""

    body: str  # with its look-alikes replaced, if so asked
    num_segments: int
    to: str | None  # None: no number yet
    way: Way | None = None
    price: Price | None = None  # None: nothing is charged, or nobody knows yet


async def reckon(
    directory: Directory, carrier_sid: str, *, to: str, body: str, smart_encoded: bool
) -> Reckoning:
    """Cut a text as the accept would, and look up way and price; nothing is checked or stored.

    Raises:
        ValueError: the text needs more than 255 segments.
    """
    if smart_encoded:
        body = smart_encoding.simplify(body, segments.MAX_BODY_CHARACTERS)
    try:
        number = parse_destination(to).value
    except InvalidDestination:
        return Reckoning(body, segments.plan(body, DEFAULT_STYLE).count if body else 0, None)
    way = (await directory.routes(carrier_sid)).find(number)
    style = DEFAULT_STYLE if way is None else way.style
    count = segments.plan(body, style).count if body else 0
    prices = await directory.prices(carrier_sid)
    price = prices.of(TariffDirection.OUTBOUND, number, count) if count else None
    return Reckoning(body, count, number, way, price)
