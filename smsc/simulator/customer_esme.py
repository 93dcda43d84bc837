"""A customer's ESME on aiosmpplib: an engine that is not ours, so that no fault of ours can hide.

Some of it is replaced. Its correlator walks over all that it holds at each message, and holds for
three days what it sent; its throttle handler stops for minutes after a few refusals; it leaves its
connections unclosed.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from struct import Struct
from typing import Final

from aiosmpplib import (
    ESME,
    NPI,
    TON,
    AbstractCorrelator,
    AbstractHook,
    AbstractThrottleHandler,
    DeliverSm,
    PhoneNumber,
    SmppMessage,
    SmppSessionState,
    SubmitSm,
    SubmitSmResp,
)

from smsc.errors import GatewayError
from smsc.simulator import numbers
from smsc.smpp.pdu import CommandId, status_name

_MOST_UNANSWERED: Final = 10_000
_LOG_NOTHING_BELOW: Final = "CRITICAL"
_IDS: Final = Struct(">II")  # command_id and command_status, after command_length
_POLL_SECONDS: Final = 0.01  # aiosmpplib tells nobody when it is bound


class CustomerNotBound(GatewayError):
    """The ESME's bind is refused, or nobody listens."""

    retryable = True


class NewsKind(StrEnum):
    """What an ESME hears of."""

    RESPONSE = "response"
    RECEIPT = "receipt"
    MESSAGE = "message"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class News:
    """One thing that the ESME was told, as aiosmpplib read it."""

    kind: NewsKind
    status: str = ""  # command_status by name, a receipt's `stat`, or what went wrong
    message_id: str = ""
    source_addr: str = ""
    destination_addr: str = ""
    text: str = ""


class _Correlator(AbstractCorrelator):  # type: ignore[misc]  # aiosmpplib ships no types
    """Remembers the requests that wait for a response, and nothing of them after it."""

    def __init__(self) -> None:
        self._requests: OrderedDict[int, SmppMessage] = OrderedDict()

    def get_cumulated_status(self, ref_num: int) -> int:  # noqa: ARG002 aiosmpplib's signature
        return 0

    async def expired(self, smpp_message: SmppMessage) -> None:
        """Let it be: the oldest requests fall out by themselves."""

    async def put(self, smpp_message: SmppMessage) -> None:
        self._requests[smpp_message.sequence_num] = smpp_message
        if len(self._requests) > _MOST_UNANSWERED:
            self._requests.popitem(last=False)

    async def get(self, response: SmppMessage) -> SmppMessage | None:
        return self._requests.pop(response.sequence_num, None)

    async def put_delivery(self, smsc_message_id: str, submit_sm: SubmitSm) -> None:
        """Let it be: a receipt names its message_id."""

    async def get_delivery(self, receipt: DeliverSm) -> SubmitSm | None:  # noqa: ARG002 the same
        return None

    async def get_segmented(
        self,
        smpp_seq_num: int,  # noqa: ARG002 aiosmpplib's signature
        remove: bool = False,  # noqa: ARG002, FBT001, FBT002 the same
    ) -> tuple[None, int]:
        return None, 0

    async def put_delivery_segmented(self, deliver_sm: DeliverSm) -> DeliverSm:
        return deliver_sm  # parts are shown as they come


class _Unthrottled(AbstractThrottleHandler):  # type: ignore[misc]  # aiosmpplib ships no types
    """Sends on whatever the peer says: how it copes with that is to be seen."""

    async def throttled(self) -> None:
        """Let it be."""

    async def not_throttled(self) -> None:
        """Let it be."""

    async def allow_request(self) -> bool:
        return True

    async def throttle_delay(self) -> float:
        return 0.0


class _Hook(AbstractHook):  # type: ignore[misc]  # aiosmpplib ships no types
    """Turns what aiosmpplib has read into news."""

    def __init__(self, tell: Callable[[News], None]) -> None:
        self.refusal: str | None = None  # the last bind's command_status, if it was refused
        self._tell = tell

    async def sending(self, smpp_message: SmppMessage, pdu: bytes, client_id: str) -> None:
        """Let it be."""

    async def received(
        self,
        smpp_message: SmppMessage | None,
        pdu: bytes,
        client_id: str,  # noqa: ARG002 aiosmpplib's signature
    ) -> None:
        command_id, command_status = _IDS.unpack_from(pdu, 4)
        if command_id == CommandId.BIND_TRANSCEIVER_RESP:
            # It may not be able to read it: a refusal has no body.
            self.refusal = status_name(command_status) if command_status else None
        elif isinstance(smpp_message, SubmitSmResp):
            status = smpp_message.command_status.name
            self._tell(News(NewsKind.RESPONSE, status, smpp_message.message_id))
        elif isinstance(smpp_message, DeliverSm):
            self._tell(_read(smpp_message))

    async def send_error(self, smpp_message: SmppMessage, error: Exception, client_id: str) -> None:  # noqa: ARG002 aiosmpplib's signature
        self._tell(News(NewsKind.ERROR, str(error)))


class _Esme(ESME):  # type: ignore[misc]  # aiosmpplib ships no types
    """Closes the connections that its parent opens."""

    _opened: asyncio.StreamWriter | None = None

    async def connect(self) -> None:
        """Close the last connection and open another."""
        self.close_connection()
        try:
            await super().connect()
        finally:
            self._opened = self._writer

    def close_connection(self) -> None:
        """Close the connection, if it is not yet."""
        if self._opened is not None:
            self._opened.close()


class CustomerEsme:
    """Binds, sends, and tells what it hears: `async with CustomerEsme(…) as esme`."""

    def __init__(
        self, host: str, port: int, system_id: str, password: str, tell: Callable[[News], None]
    ) -> None:
        self._where = f"{host}:{port}"
        self._hook = _Hook(tell)
        try:
            self._esme = _Esme(
                smsc_host=host,
                smsc_port=port,
                system_id=system_id,
                password=password,
                log_level=_LOG_NOTHING_BELOW,
                hook=self._hook,
                correlator=_Correlator(),
                throttle_handler=_Unthrottled(),
            )
        except ValueError as error:  # a password of more than 8 octets, say
            raise CustomerNotBound(f"aiosmpplib can't bind so: {error}") from error
        self._running: asyncio.Task[None] | None = None

    async def bind(self, within: timedelta = timedelta(seconds=10)) -> None:
        """Bind, and stay bound until `close`.

        Raises:
            CustomerNotBound: it does not succeed within that time.
        """
        self._running = asyncio.create_task(self._esme.start())
        deadline = time.monotonic() + within.total_seconds()
        while self._esme.session_state is not SmppSessionState.BOUND_TRX:
            if self._hook.refusal is None and time.monotonic() < deadline:
                await asyncio.sleep(_POLL_SECONDS)
                continue
            await self.close()
            why = self._hook.refusal or f"nothing within {within.total_seconds():g} s"
            raise CustomerNotBound(
                f"No bind at {self._where} ({why}): is it the right port, system_id and password?"
            )

    async def send(self, source: str, destination: str, texts: Sequence[str]) -> None:
        """Queue these texts; their responses and receipts come as news.

        A long text goes as message_payload.
        """
        for text in texts:
            await self._esme.broker.enqueue(
                SubmitSm(short_message=text, source=_phone(source), destination=_phone(destination))
            )

    async def close(self) -> None:
        """Unbind."""
        await self._esme.stop()
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})
        self._esme.close_connection()


def _phone(number: str) -> PhoneNumber:
    address = numbers.smpp_address(number)
    return PhoneNumber(address.addr, TON(address.ton), NPI(address.npi))


def _read(pdu: DeliverSm) -> News:
    receipt = pdu.parse_receipt()
    return News(
        NewsKind.RECEIPT if pdu.is_receipt() else NewsKind.MESSAGE,
        str(receipt.get("stat", "")),
        str(receipt.get("id", "")),
        pdu.source.number,
        pdu.destination.number,
        str(receipt.get("text", "")) if pdu.is_receipt() else _text(pdu),
    )


def _text(pdu: DeliverSm) -> str:
    return str(pdu.short_message or pdu.message_payload)
