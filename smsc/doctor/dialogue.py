"""One SMPP session driven step by step: a request, its answer, and how long that took."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final, Self

from smsc.doctor.report import Target
from smsc.smpp.connection import Connection
from smsc.smpp.pdu import (
    RESPONSE_BIT,
    CommandStatus,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    Pdu,
    Unbind,
    UnbindResp,
    encode,
)

Message = DeliverSm | DataSm

_CLOSE_SECONDS: Final = 1.0


class NoAnswer(Exception):
    """The remote did not answer in time, or ended the connection; the words say which."""


class Dialogue:
    """A connection of the doctor's: no window, no reconnects, nothing retried.

    `is_ours` tells the messages that we wait for. All others are answered ESME_RX_T_APPN, so that
    the remote keeps them for the gateway whom they are meant for.
    """

    def __init__(self, is_ours: Callable[[Message], bool] | None = None) -> None:
        self.ended_because: str | None = None
        self.put_off = 0  # messages that were not ours
        self.enquired_at: list[float] = []  # when the remote asked after the link
        self.ours: asyncio.Queue[Message] = asyncio.Queue()
        self._held: list[Message] | None = None  # None: each is decided at once
        self._is_ours = is_ours or (lambda _message: False)
        self.transport: asyncio.BaseTransport | None = None
        self._connection = Connection(self)
        self._over = asyncio.Event()
        self._sequence_number = 0
        self._answers: dict[int, asyncio.Future[Pdu]] = {}

    @classmethod
    async def open(
        cls,
        target: Target,
        is_ours: Callable[[Message], bool] | None = None,
    ) -> Self:
        """Connect, over TLS if the target wants it.

        Raises:
            OSError: it can't be reached; TimeoutError and ssl.SSLError among them.
        """
        dialogue = cls(is_ours)
        async with asyncio.timeout(target.patience.total_seconds()):
            dialogue.transport, _ = await asyncio.get_running_loop().create_connection(
                lambda: dialogue._connection,
                target.host,
                target.port,
                ssl=target.ssl_context,
                server_hostname=target.server_hostname,
            )
        return dialogue

    async def ask(self, pdu: Pdu, patience: timedelta) -> tuple[Pdu, float]:
        """Send a request; return the answer, which may be a refusal, and the seconds it took.

        Raises:
            NoAnswer: there is none.
        """
        loop = asyncio.get_running_loop()
        self._sequence_number += 1
        answer = self._answers[self._sequence_number] = loop.create_future()
        begun = loop.time()
        try:
            if self.ended_because is not None:
                raise NoAnswer(self.ended_because)
            self._connection.write(encode(pdu, self._sequence_number))
            async with asyncio.timeout(patience.total_seconds()):
                return await answer, loop.time() - begun
        except TimeoutError:
            raise NoAnswer(f"no answer within {patience.total_seconds():g} s") from None
        finally:
            self._answers.pop(self._sequence_number, None)

    def hold(self) -> None:
        """Decide on no message until `release`: whether it is ours depends on an answer to come."""
        self._held = []

    def release(self) -> None:
        """Decide on the messages held, and on all others at once again."""
        held, self._held = self._held or [], None
        if held:
            self._connection.send([self._decide(message) for message in held])

    async def await_end(self, within: timedelta) -> bool:
        """Wait for the remote to end the connection; say whether it did."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within.total_seconds()):
                await self._over.wait()
        return self._over.is_set()

    async def close(self) -> None:
        """Close, and wait for the end for a moment."""
        self._connection.close("the examination is over")
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._over.wait()

    # -- what the connection calls

    def opened(self) -> None:
        """Do nothing: `open` returns by itself."""

    def received(self, pdus: list[Pdu]) -> None:
        """Sort what came: answers to us, and requests of the remote's own."""
        responses: list[Pdu] = []
        for pdu in pdus:
            if isinstance(pdu, EnquireLink):
                self.enquired_at.append(asyncio.get_running_loop().time())
                responses.append(EnquireLinkResp(pdu.sequence_number))
            elif isinstance(pdu, Unbind):
                responses.append(UnbindResp(pdu.sequence_number))
            elif isinstance(pdu, DeliverSm | DataSm):
                if self._held is None:
                    responses.append(self._decide(pdu))
                else:
                    self._held.append(pdu)
            elif _is_response(pdu):
                waiting = self._answers.get(pdu.sequence_number)
                if waiting is not None and not waiting.done():
                    waiting.set_result(pdu)
        if responses:
            self._connection.send(responses)

    def writable_again(self) -> None:
        """Do nothing: so little is written that the remote need not read it at once."""

    def ended(self, reason: str) -> None:
        """Tell whoever waits."""
        self.ended_because = reason
        self._over.set()
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_exception(NoAnswer(reason))

    # -- inside

    def _decide(self, message: Message) -> Pdu:
        response = DeliverSmResp if isinstance(message, DeliverSm) else DataSmResp
        if self._is_ours(message):
            self.ours.put_nowait(message)
            return response(message.sequence_number)
        self.put_off += 1
        return response(message.sequence_number, CommandStatus.ESME_RX_T_APPN)


def _is_response(pdu: Pdu) -> bool:
    command_id: int = getattr(pdu, "command_id", 0)
    return bool(command_id & RESPONSE_BIT)
