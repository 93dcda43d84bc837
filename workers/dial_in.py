"""Remotes that call us: devices that dial in, and SMSCs that ask by OUTBIND to be bound to."""

import asyncio
from hmac import compare_digest

import structlog

from smsc.db import UNAVAILABLE, Database
from smsc.messaging.sending import leases
from smsc.smpp.pdu import Bind, CommandStatus, Outbind
from smsc.smpp.server import HandedOver, Refused
from smsc.vault import Vault
from workers.config import ConnectorConfig, read_configs
from workers.gateway import Gateway

log = structlog.get_logger()


class DialIns:
    """Knows the devices among those who bind, and has this process's gateway serve them."""

    def __init__(self, database: Database, vault: Vault, gateway: Gateway) -> None:
        self._database = database
        self._vault = vault
        self._gateway = gateway

    async def admit(self, bind: Bind, peer: str) -> HandedOver | Refused | None:
        """Examine a bind; None: it is no device's.

        A device has one process to serve all its binds, the first to which it bound. At another
        it is refused until that one has given it up, two seconds after its last session.
        """
        config = await self._find(bind)
        if config is None:
            return None
        runner = await self._gateway.host(config.sid)
        if runner is None:
            log.warning("device.refused", connector=config.name, peer=peer, why="runs elsewhere")
            return Refused(CommandStatus.ESME_RALYBND)
        log.info("device.dialled_in", connector=config.name, peer=peer)
        return HandedOver(lambda session, on_end: runner.adopt(bind, session, on_end))

    async def outbind(self, asked: Outbind, peer: str) -> None:
        """Let the connectors to this host bind now, by connections of their own.

        It is a wish, and no proof of anything: what is bound stays so, and who was refused waits.
        """
        address = peer.rpartition(":")[0]
        try:
            async with self._database.single() as connection:
                rows = await connection.fetch(
                    "SELECT sid, host FROM connectors WHERE NOT dials_in AND NOT paused"
                )
            hosts = {row["host"] for row in rows}
            theirs = {host for host in hosts if await _is_at(host, address)}
            sids = [row["sid"] for row in rows if row["host"] in theirs]
            await leases.note_outbind(self._database, sids)
        except UNAVAILABLE as error:
            log.warning("outbind.unheard", peer=peer, error=str(error))
            return
        log.info("outbind.heard", system_id=asked.system_id, peer=peer, connectors=len(sids))

    async def _find(self, bind: Bind) -> ConnectorConfig | None:
        """Return the connector whose name and password these are, a channel's name too."""
        async with self._database.single() as connection:
            rows = await connection.fetch(
                "SELECT sid FROM connectors "
                "WHERE dials_in AND NOT paused AND starts_with($1, system_id) ORDER BY sid",
                bind.system_id,
            )
        if not rows:
            return None
        configs = await read_configs(self._database, self._vault, [row["sid"] for row in rows])
        for config in configs.values():
            for one in config.binds:
                is_it = one.system_id == bind.system_id and compare_digest(
                    one.password.encode(), bind.password.encode()
                )
                if is_it:
                    return config
        return None


async def _is_at(host: str, address: str) -> bool:
    """Say whether a connector's host is this address, or a name of it."""
    if host == address:
        return True
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None)
    except OSError:
        return False
    return any(place[0] == address for *_, place in found)
