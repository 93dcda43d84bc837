"""Probes of connectors: asked for here, carried out by a gateway process, read here again."""

from collections.abc import Mapping, Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.errors import Conflict
from smsc.models import Probe
from smsc.provisioning import connectors
from smsc.provisioning.listing import Slice, cut, found


async def create(
    db: AsyncSession, carrier_sid: str, connector_sid: str, asked: Mapping[str, object]
) -> Probe:
    """Ask for a probe. Of a connector that has an open one, the commit refuses another.

    Raises:
        NotFound: the carrier has no such connector.
        Conflict: the connector dials in: there is nothing to dial.
    """
    connector = (await connectors.get(db, carrier_sid, connector_sid)).connector
    if connector.dials_in:
        raise Conflict(
            f"Connector {connector.name!r} dials in: its device binds to us, and can't be probed."
        )
    probe = Probe(
        sid=sids.make(sids.Prefix.PROBE),
        carrier_sid=carrier_sid,
        connector_sid=connector_sid,
        asked=dict(asked),
    )
    db.add(probe)
    await db.flush()
    return await get(db, carrier_sid, connector_sid, probe.sid)


async def get(db: AsyncSession, carrier_sid: str, connector_sid: str, sid: str) -> Probe:
    """Return a probe with its report so far.

    Raises:
        NotFound: the connector has no such probe.
    """
    statement = select(Probe).where(
        col(Probe.sid) == sid,
        col(Probe.connector_sid) == connector_sid,
        col(Probe.carrier_sid) == carrier_sid,
    )
    return found((await db.exec(statement)).first(), sid)


async def find(db: AsyncSession, carrier_sid: str, sid: str) -> Probe:
    """Return a probe of any of the carrier's connectors.

    Raises:
        NotFound: the carrier has no such probe.
    """
    statement = select(Probe).where(col(Probe.sid) == sid, col(Probe.carrier_sid) == carrier_sid)
    return found((await db.exec(statement)).first(), sid)


async def latest(
    db: AsyncSession, carrier_sid: str, connector_sid: str, *, limit: int
) -> Sequence[Probe]:
    """Return the latest probes of a connector, newest first."""
    statement = (
        select(Probe)
        .where(col(Probe.connector_sid) == connector_sid, col(Probe.carrier_sid) == carrier_sid)
        .order_by(col(Probe.sid).desc())
        .limit(limit)
    )
    return (await db.exec(statement)).all()


async def page(
    db: AsyncSession, carrier_sid: str, connector_sid: str, *, limit: int, after: str | None = None
) -> Slice[Probe]:
    """Return some of a connector's probes.

    Raises:
        NotFound: the carrier has no such connector.
    """
    await connectors.get(db, carrier_sid, connector_sid)
    statement = select(Probe).where(
        col(Probe.connector_sid) == connector_sid, col(Probe.carrier_sid) == carrier_sid
    )
    if after is not None:
        statement = statement.where(col(Probe.sid) > after)
    rows = (await db.exec(statement.order_by(col(Probe.sid)).limit(limit + 1))).all()
    return cut(list(rows), limit)
