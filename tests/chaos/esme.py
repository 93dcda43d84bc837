"""A customer's ESME on smpplib's codec: it stays bound, submits, and notes all that it is told."""

import asyncio
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from struct import Struct
from typing import Self

from smpplib import smpp
from smpplib.command import Command

_LENGTH = Struct(">I")
_RECEIPT = 0x04  # of esm_class
_INTERNATIONAL = {"source_addr_ton": 1, "source_addr_npi": 1}
_TO_INTERNATIONAL = {"dest_addr_ton": 1, "dest_addr_npi": 1}
BIND_SECONDS = 3.0
REBIND_SECONDS = 0.2
QUIET_SECONDS = 1.0  # before it asks whether the link is alive
DEAD_SECONDS = 4.0  # without an octet: it connects anew
ANSWER_SECONDS = 20.0
FINAL = frozenset({"DELIVRD", "UNDELIV", "REJECTD", "EXPIRED", "DELETED"})


class _Numbers:
    """What smpplib asks its client for: the next sequence_number."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def next_sequence(self) -> int:
        return next(self._numbers)


@dataclass
class Esme:
    """Binds as a transceiver, and binds again whenever that ends: `async with esme`."""

    port: int
    system_id: str
    password: str
    sender: str
    receipts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    inbound: Counter[str] = field(default_factory=Counter)  # by body
    binds: int = 0  # so far
    _numbers: _Numbers = field(default_factory=_Numbers)
    _waiting: dict[int, asyncio.Future[Command]] = field(default_factory=dict)
    _bound: asyncio.Event = field(default_factory=asyncio.Event)
    _reading: asyncio.Event = field(default_factory=asyncio.Event)
    _writer: asyncio.StreamWriter | None = None
    _task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._reading.set()
        self._task = asyncio.create_task(self._stay_bound())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def until_bound(self) -> None:
        """Wait until it is bound."""
        await self._bound.wait()

    def read(self, *, on: bool) -> None:
        """Read nothing more, and so answer nothing, or go on."""
        self._reading.set() if on else self._reading.clear()

    def final_states(self, message_id: str) -> frozenset[str]:
        """Return the final states that receipts told of a message: there can be one only."""
        return FINAL.intersection(self.receipts.get(message_id, ()))

    async def submit(self, to: str, body: str) -> str | None:
        """Submit when bound; return the message_id, or None if it was refused or not answered."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._bound.wait()
                answer = await self._ask(
                    "submit_sm",
                    **_INTERNATIONAL,
                    source_addr=self.sender.lstrip("+"),
                    **_TO_INTERNATIONAL,
                    destination_addr=to.lstrip("+"),
                    short_message=body.encode(),
                    registered_delivery=1,
                )
        except (OSError, TimeoutError):
            return None
        return answer.message_id.decode() if answer.status == 0 else None

    # -- the connection

    async def _stay_bound(self) -> None:
        while True:
            with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                await self._be_bound()
            await asyncio.sleep(REBIND_SECONDS)

    async def _be_bound(self) -> None:
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        reading = asyncio.create_task(self._read(reader))
        tasks = [reading]
        try:
            async with asyncio.timeout(BIND_SECONDS):
                answer = await self._ask(
                    "bind_transceiver", system_id=self.system_id, password=self.password
                )
            if answer.status:
                return
            self.binds += 1
            self._bound.set()
            tasks.append(asyncio.create_task(self._enquire()))
            await reading
        finally:
            self._bound.clear()
            self._writer.transport.abort()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(ConnectionResetError("the bind ended"))
            self._waiting.clear()

    async def _enquire(self) -> None:
        """Ask, while nothing else is said, and end the connection when nothing comes."""
        while True:
            await asyncio.sleep(QUIET_SECONDS)
            await self._reading.wait()
            try:
                async with asyncio.timeout(DEAD_SECONDS):
                    await self._ask("enquire_link")
            except (OSError, TimeoutError):
                assert self._writer is not None
                self._writer.transport.abort()
                return

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while True:
            head = await reader.readexactly(_LENGTH.size)
            octets = head + await reader.readexactly(_LENGTH.unpack(head)[0] - len(head))
            await self._reading.wait()
            self._take(smpp.parse_pdu(octets, client=self._numbers, allow_unknown_opt_params=True))

    async def _ask(self, name: str, **fields: object) -> Command:
        pdu = smpp.make_pdu(name, client=self._numbers, **fields)
        answer = self._waiting[pdu.sequence] = asyncio.get_running_loop().create_future()
        self._write(pdu)
        try:
            return await answer
        finally:
            self._waiting.pop(pdu.sequence, None)

    def _write(self, pdu: Command) -> None:
        assert self._writer is not None
        self._writer.write(pdu.generate())

    def _answer(self, pdu: Command) -> None:
        answer = smpp.make_pdu(f"{pdu.command}_resp", client=self._numbers)
        answer.sequence = pdu.sequence
        self._write(answer)

    def _take(self, pdu: Command) -> None:
        match pdu.command:
            case "deliver_sm":
                self._note(pdu)
                self._answer(pdu)
            case "unbind":
                self._bound.clear()  # answers still come; who submits waits for the next bind
                self._answer(pdu)
            case "enquire_link":
                self._answer(pdu)
            case _:
                answered = self._waiting.get(pdu.sequence)
                if answered is not None and not answered.done():
                    answered.set_result(pdu)

    def _note(self, pdu: Command) -> None:
        text = (pdu.short_message or b"").decode()
        if pdu.esm_class & _RECEIPT:
            words = dict(word.split(":", 1) for word in text.split() if ":" in word)
            self.receipts[words["id"]][words["stat"]] += 1
        else:
            self.inbound[text] += 1
