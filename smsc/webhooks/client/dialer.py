"""Opens connections, to addresses that were checked and to no others."""

import asyncio
import contextlib
import ssl
from collections.abc import Sequence
from functools import cached_property

import structlog

from smsc.networks import Networks
from smsc.webhooks.client.addresses import may_connect
from smsc.webhooks.client.connection import Connection
from smsc.webhooks.client.resolver import Resolver
from smsc.webhooks.client.target import Origin
from smsc.webhooks.outcome import Failure, WebhookFault

log = structlog.get_logger()

_MOST_ADDRESSES = 6  # of one host; each gets its share of the time


class Dialer:
    """Opens TCP and TLS connections to the outside world.

    A name is resolved once, its addresses are checked, and the connection goes to one of exactly
    those: a name server that answers differently a moment later changes nothing. Proxies that the
    environment names are not used, since they would resolve the name again.
    """

    def __init__(
        self,
        resolver: Resolver,
        *,
        allow_private: bool,
        allowed: Networks,
        ssl_context: ssl.SSLContext | None,
    ) -> None:
        self._resolver = resolver
        self._allow_private = allow_private
        self._allowed = allowed
        self._given_context = ssl_context

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        if self._given_context is not None:
            return self._given_context
        context = ssl.create_default_context()  # 20 ms: the system's roots are read
        context.set_alpn_protocols(["http/1.1"])
        return context

    async def open(self, origin: Origin, until: float) -> Connection:
        """Open a connection to `origin`, by `until` on the loop's clock.

        Raises:
            WebhookFault: there is none to be had.
        """
        try:
            async with asyncio.timeout_at(until):
                addresses = await self._addresses(origin)
                return await self._first(origin, addresses, until)
        except TimeoutError:
            text = "No connection to the server came about in time."
            raise WebhookFault(Failure.CONNECT_TIMED_OUT, text) from None

    async def _addresses(self, origin: Origin) -> Sequence[str]:
        _, host, port = origin
        try:
            found = await self._resolver(host, port)
        except (OSError, UnicodeError):
            found = ()
        if not found:
            text = f"The host name {host} cannot be resolved."
            raise WebhookFault(Failure.UNRESOLVED, text)
        allowed = [
            address
            for address in found
            if may_connect(address, allow_private=self._allow_private, allowed=self._allowed)
        ]
        if not allowed:
            log.warning("webhook.address_refused", host=host, addresses=list(found))
            text = f"The host {host} has no address on the public Internet."
            raise WebhookFault(Failure.ADDRESS_REFUSED, text)
        return allowed[:_MOST_ADDRESSES]

    async def _first(self, origin: Origin, addresses: Sequence[str], until: float) -> Connection:
        """Try the addresses in turn, each for its share of what time is left."""
        loop = asyncio.get_running_loop()
        for position, address in enumerate(addresses[:-1]):
            share = (until - loop.time()) / (len(addresses) - position)
            with contextlib.suppress(TimeoutError, OSError):
                async with asyncio.timeout(share):
                    return await self._connect(origin, address)
        try:
            return await self._connect(origin, addresses[-1])
        except ssl.SSLCertVerificationError as error:
            text = f"The server's certificate is not valid: {error.verify_message}."
            raise WebhookFault(Failure.CERTIFICATE, text) from None
        except ssl.SSLError as error:
            text = f"The TLS handshake failed: {error.reason or 'unknown reason'}."
            raise WebhookFault(Failure.TLS, text) from None
        except TimeoutError:
            raise
        except OSError as error:
            text = f"The server could not be connected to: {error.strerror or 'it hung up'}."
            raise WebhookFault(Failure.UNCONNECTED, text) from None

    async def _connect(self, origin: Origin, address: str) -> Connection:
        scheme, host, port = origin
        loop = asyncio.get_running_loop()
        secure = scheme == "https"
        _, connection = await loop.create_connection(
            lambda: Connection(loop),
            address,
            port,
            ssl=self._ssl_context if secure else None,
            server_hostname=host.removesuffix(".") if secure else None,
        )
        return connection
