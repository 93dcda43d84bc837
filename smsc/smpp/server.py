"""The SMSC's side of SMPP: listens, and holds the sessions of the ESMEs that bind."""

import asyncio
import ssl
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Generic, TypeVar

from smsc.smpp.connection import Connection
from smsc.smpp.guest import Guest, Outbinds
from smsc.smpp.misdeeds import Misdeed
from smsc.smpp.pdu import Outbind
from smsc.smpp.server_session import (
    Accepted,
    HandedOver,
    Refused,
    ServerOwner,
    ServerSession,
    ServerSettings,
)
from smsc.smpp.session_owner import Ancillary

__all__ = [
    "Accepted",
    "HandedOver",
    "Refused",
    "ServerOwner",
    "ServerSession",
    "ServerSettings",
    "SmppServer",
]

Identity = TypeVar("Identity")
K = TypeVar("K")


class SmppServer(Generic[Identity, K]):
    """Accepts connections and, where its owner says so, binds.

    Identity is what the owner makes of a bind; K names what is delivered until it is answered.
    `asked` takes the rarer operations, each to be answered by `session.answer`; without it they
    are nacked as unknown. `outbind` says whom an OUTBIND concerns; without it their connections
    are closed. `wrap` may put something between a connection and its socket: a simulator does.
    """

    def __init__(
        self,
        owner: ServerOwner[Identity, K],
        settings: ServerSettings | None = None,
        *,
        asked: Callable[[ServerSession[Identity, K], Sequence[Ancillary]], None] | None = None,
        outbind: Outbinds | None = None,
        clock: Callable[[], float] = time.monotonic,
        wrap: Callable[[Connection], asyncio.Protocol] | None = None,
    ) -> None:
        self.settings = settings or ServerSettings()  # of the connections to come
        self._owner = owner
        self.misdeeds: Counter[Misdeed] = Counter()  # of all that ever connected
        self._asked = asked
        self._outbind = outbind
        self._wrap = wrap
        self._clock = clock
        self._listening: list[asyncio.Server] = []
        self._guests: set[Guest[Identity, K]] = set()
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def port(self) -> int:
        """The port that we listened on first; of use where 0 was asked for.

        Raises:
            ValueError: we do not listen.
        """
        if not self._listening:
            raise ValueError("the server is not started")
        return self.ports[0]

    @property
    def ports(self) -> list[int]:
        """The ports that we listen on, in the order of `start`."""
        return [server.sockets[0].getsockname()[1] for server in self._listening]

    @property
    def sessions(self) -> list[ServerSession[Identity, K]]:
        """The bound sessions."""
        return [guest.bound for guest in self._guests if guest.bound is not None]

    @property
    def connections(self) -> int:
        """How many connections stand, bound or not."""
        return len(self._guests)

    async def start(self, host: str, port: int, ssl_context: ssl.SSLContext | None = None) -> None:
        """Listen; again on another port, with or without TLS, if so asked.

        Raises:
            OSError: the address is taken or not ours.
        """
        self._listening.append(
            await asyncio.get_running_loop().create_server(
                self._accept, host, port, ssl=ssl_context
            )
        )

    async def call(
        self, host: str, port: int, outbind: Outbind, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        """Connect to an ESME and ask it to bind; on that connection it is a guest like another.

        Source: SMPP 3.4 §2.2.1.

        Raises:
            OSError: nobody listens there.
        """
        guest, protocol = self._receive()
        await asyncio.get_running_loop().create_connection(
            lambda: protocol, host, port, ssl=ssl_context
        )
        guest.session.connection.send([outbind])

    async def stop(self, drain: timedelta) -> None:
        """Listen no more, unbind all, give them `drain` to leave, then close."""
        if not self._listening and not self._guests:
            return
        for server in self._listening:
            server.close()
        for guest in list(self._guests):
            if guest.is_handed_over:
                continue  # whoever serves it unbinds it
            if guest.bound is None:
                guest.session.close("the server stops")
            else:
                guest.session.unbind()
        try:
            await asyncio.wait_for(self._empty.wait(), drain.total_seconds())
        except TimeoutError:
            for guest in list(self._guests):
                guest.session.abort("the server stops")
            await self._empty.wait()
        for server in self._listening:
            await server.wait_closed()
        self._listening.clear()

    def _accept(self) -> asyncio.Protocol:
        return self._receive()[1]

    def _receive(self) -> tuple[Guest[Identity, K], asyncio.Protocol]:
        guest = Guest(
            self._owner,
            self.settings,
            self._clock,
            self._opened,
            self._over,
            self._asked,
            self.misdeeds,
            self._outbind,
        )
        connection = guest.session.connection
        return guest, connection if self._wrap is None else self._wrap(connection)

    def _opened(self, guest: Guest[Identity, K]) -> None:
        self._guests.add(guest)
        self._empty.clear()

    def _over(self, guest: Guest[Identity, K]) -> None:
        self._guests.discard(guest)
        if not self._guests:
            self._empty.set()
