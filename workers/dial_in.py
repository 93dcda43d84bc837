"""Remotes that call us: devices that bind, and SMSCs that ask by OUTBIND to be bound to."""

from collections.abc import Callable, Sequence
from hmac import compare_digest

import structlog

from smsc.db import Database
from smsc.smpp.bind import Asker, BindConfig
from smsc.smpp.pdu import Bind, CommandStatus, Outbind
from smsc.smpp.server import HandedOver, Refused
from smsc.vault import Vault
from workers.config import ConnectorConfig, read_configs
from workers.gateway import Gateway

log = structlog.get_logger()

Expected = Callable[[BindConfig], Asker | None]  # as whom a remote would call for this bind


class DialIns:
    """Knows the connectors' remotes among those who call; this process's gateway serves them."""

    def __init__(self, database: Database, vault: Vault, gateway: Gateway) -> None:
        self._database = database
        self._vault = vault
        self._gateway = gateway

    async def admit(self, bind: Bind, peer: str) -> HandedOver | Refused | None:
        """Examine a bind; None: it is no device's.

        A device has one process to serve all its binds, the first to which it bound. At another
        it is refused until that one has given it up, two seconds after its last session.
        """
        config = await self._find(_DEVICES, bind, _as_device)
        return None if config is None else await self._receive(config, bind, peer)

    async def outbind(self, asked: Outbind, peer: str) -> HandedOver | Refused | None:
        """Examine an OUTBIND, and have the connector bind over its connection; None: nobody's."""
        config = await self._find(_ASKERS, asked, lambda bind: bind.asker)
        return None if config is None else await self._receive(config, asked, peer)

    async def _receive(
        self, config: ConnectorConfig, asked: Bind | Outbind, peer: str
    ) -> HandedOver | Refused:
        runner = await self._gateway.host(config.sid)
        if runner is None:
            log.warning("device.refused", connector=config.name, peer=peer, why="runs elsewhere")
            return Refused(CommandStatus.ESME_RALYBND)
        log.info("device.dialled_in", connector=config.name, peer=peer)
        return HandedOver(lambda session, on_end: runner.adopt(asked, session, on_end))

    async def _find(
        self, query: str, asked: Bind | Outbind, expected: Expected
    ) -> ConnectorConfig | None:
        """Return the connector whose name and password these are, a channel's name too."""
        async with self._database.single() as connection:
            rows = await connection.fetch(query, asked.system_id)
        if not rows:
            return None
        configs = await read_configs(self._database, self._vault, [row["sid"] for row in rows])
        for config in configs.values():
            if _knows(asked, [expected(bind) for bind in config.binds]):
                return config
        return None


_DEVICES = """
SELECT sid FROM connectors
WHERE dials_in AND NOT outbind AND NOT paused AND starts_with($1, system_id) ORDER BY sid
"""
_ASKERS = """
SELECT sid FROM connectors
WHERE dials_in AND outbind AND NOT paused
  AND (outbind_system_id = $1 OR outbind_system_id IS NULL AND starts_with($1, system_id))
ORDER BY sid
"""


def _as_device(bind: BindConfig) -> Asker:
    return Asker(bind.system_id, bind.password)


def _knows(asked: Bind | Outbind, expected: Sequence[Asker | None]) -> bool:
    return any(
        one is not None
        and one.system_id == asked.system_id
        and compare_digest(one.password.encode(), asked.password.encode())
        for one in expected
    )
