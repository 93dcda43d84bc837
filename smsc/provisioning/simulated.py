"""Which connectors lead to the simulator that belongs to this installation."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.models import Connector
from smsc.settings import Settings

_THIS_MACHINE: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def is_simulated(connector: Connector, settings: Settings) -> bool:
    """Say whether a connector's remote is our simulator, as far as settings tell."""
    host = urlsplit(settings.simulator_address).hostname or ""
    hosts = _THIS_MACHINE | {host} if host in _THIS_MACHINE else {host}
    is_there = connector.host in hosts and connector.port == settings.simulator_port
    return is_there and not connector.dials_in


async def connectors(db: AsyncSession, carrier_sid: str, settings: Settings) -> Sequence[Connector]:
    """Return the carrier's connectors to the simulator."""
    statement = select(Connector).where(
        col(Connector.carrier_sid) == carrier_sid, col(Connector.port) == settings.simulator_port
    )
    return [one for one in (await db.exec(statement)).all() if is_simulated(one, settings)]
