"""Connectors: configured links to remotes, with what their owners say of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import func, insert
from sqlmodel import col, delete, exists, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select

from smsc import sids
from smsc.errors import Conflict
from smsc.models import Connector, ConnectorLease, ConnectorReceipts, QueuedSegment, SegmentInFlight
from smsc.provisioning.connector_fields import ConnectorChange, ConnectorDraft, InterfaceVersion
from smsc.provisioning.connector_receipts import NO_RECEIPTS, ReceiptHealth, health_of
from smsc.provisioning.listing import Slice, cut, found
from smsc.smpp.bind import LONGEST_PASSWORD_OCTETS, SINCE_TLVS
from smsc.sms.text_style import NEED_TLVS
from smsc.vault import Vault

_INTERFACE_VERSIONS: Final[dict[InterfaceVersion, int]] = {"3.3": 0x33, "3.4": 0x34, "5.0": 0x50}
_VERSION_NAMES: Final = {number: name for name, number in _INTERFACE_VERSIONS.items()}
UNOWNED: Final = "unowned"


@dataclass(frozen=True, slots=True)
class LiveConnector:
    """A connector, and its state as its owner last said it; `unowned` when nobody runs it."""

    connector: Connector
    state: str
    reason: str
    state_at: datetime | None
    bound_since: datetime | None
    receipts: ReceiptHealth = NO_RECEIPTS
    bind_states: Sequence[Mapping[str, str]] = ()  # system_id, bind_type, state, reason of each
    figures: Sequence[Mapping[str, object]] = ()  # of each, as it was within two seconds

    @property
    def sid(self) -> str:
        """The connector's."""
        return self.connector.sid

    @property
    def interface_version(self) -> str:
        """As people write it."""
        number = self.connector.interface_version
        return _VERSION_NAMES.get(number, f"{number:#04x}")

    def warnings(self, vault: Vault) -> list[str]:
        """Say what of its settings may go wrong, and how to mend it."""
        noted = []
        octets = len(vault.open(self.connector.password_sealed).encode())
        if octets > LONGEST_PASSWORD_OCTETS:
            noted.append(
                f"The password has {octets} octets; SMPP 3.4 allows {LONGEST_PASSWORD_OCTETS}. "
                "If the remote refuses the bind, agree on a shorter one."
            )
        concatenation = self.connector.concatenation
        if self.connector.interface_version < SINCE_TLVS and concatenation in NEED_TLVS:
            noted.append(
                "A session bound as SMPP 3.3 has no optional parameters, which concatenation "
                f"{concatenation!r} needs: udh8 is used instead. Take interface_version 3.4."
            )
        if self.connector.bind_type == "transmitter":
            noted.append(
                "A transmitter gets no receipts and no inbound messages. "
                "Take bind_type transceiver, or pair."
            )
        if (warning := self.receipts.warning) is not None:
            noted.append(warning)
        return noted


async def create(
    db: AsyncSession, vault: Vault, carrier_sid: str, draft: ConnectorDraft
) -> LiveConnector:
    """Make a connector and the lease by which one process will run it."""
    sid = sids.make(sids.Prefix.CONNECTOR)
    columns = _columns(vault, draft.model_dump())
    await db.exec(insert(Connector).values(sid=sid, carrier_sid=carrier_sid, **columns))
    db.add(ConnectorLease(connector_sid=sid, carrier_sid=carrier_sid))
    await db.flush()
    return await get(db, carrier_sid, sid)


async def get(db: AsyncSession, carrier_sid: str, sid: str) -> LiveConnector:
    """Return a connector with its state.

    Raises:
        NotFound: the carrier has no such connector.
    """
    statement = _with_state(carrier_sid).where(col(Connector.sid) == sid)
    row = found((await db.exec(statement)).first(), sid)
    return _live(row)


async def page(
    db: AsyncSession, carrier_sid: str, *, limit: int, after: str | None = None
) -> Slice[LiveConnector]:
    """Return some of the carrier's connectors with their states."""
    statement = _with_state(carrier_sid)
    if after is not None:
        statement = statement.where(col(Connector.sid) > after)
    rows = (await db.exec(statement.order_by(col(Connector.sid)).limit(limit + 1))).all()
    return cut([_live(row) for row in rows], limit)


async def change(
    db: AsyncSession, vault: Vault, carrier_sid: str, sid: str, asked: ConnectorChange
) -> LiveConnector:
    """Change a connector; its owner binds anew if it must.

    Raises:
        NotFound: the carrier has no such connector.
    """
    statement = (
        update(Connector)
        .where(col(Connector.sid) == sid, col(Connector.carrier_sid) == carrier_sid)
        .values(**_columns(vault, asked.asked()), updated_at=func.now())
        .returning(col(Connector.sid))
    )
    found((await db.exec(statement)).first(), sid)
    return await get(db, carrier_sid, sid)


async def remove(db: AsyncSession, carrier_sid: str, sid: str) -> None:
    """Delete a connector and the routes that lead to it.

    Raises:
        NotFound: the carrier has no such connector.
        Conflict: segments wait for it or are on their way; they would be lost.
    """
    has_queued = exists().where(col(QueuedSegment.connector_sid) == sid)
    has_in_flight = exists().where(col(SegmentInFlight.connector_sid) == sid)
    statement = (
        delete(Connector)
        .where(
            col(Connector.sid) == sid,
            col(Connector.carrier_sid) == carrier_sid,
            ~has_queued,
            ~has_in_flight,
        )
        .returning(col(Connector.sid))
    )
    if (await db.exec(statement)).first() is None:
        connector = (await get(db, carrier_sid, sid)).connector
        raise Conflict(
            f"Messages wait for connector {connector.name!r} or are on their way through it. "
            "Delete its routes, let it send what waits, then delete it."
        )


def _columns(vault: Vault, fields: dict[str, object]) -> dict[str, object]:
    """Turn the fields of a draft or a change into the table's columns."""
    columns = dict(fields)
    if "window" in columns:
        columns["window_size"] = columns.pop("window")
    if "password" in columns:
        columns["password_sealed"] = vault.seal(str(columns.pop("password")))
    for name in ("tls_key", "outbind_password"):
        if name in columns:
            secret = columns.pop(name)
            columns[f"{name}_sealed"] = None if secret is None else vault.seal(str(secret))
    for name, number in _INTERFACE_VERSIONS.items():
        if columns.get("interface_version") == name:
            columns["interface_version"] = number
    for word in ("in_doubt_policy", "receipt_rollup"):
        if word in columns:
            columns[word] = str(columns[word])
    return columns


def _with_state(
    carrier_sid: str,
) -> Select[Connector, ConnectorLease, bool, ConnectorReceipts | None]:
    return (
        select(
            Connector,
            ConnectorLease,
            col(ConnectorLease.expires_at) > func.now(),
            ConnectorReceipts,
        )
        .join(ConnectorLease, col(ConnectorLease.connector_sid) == col(Connector.sid))
        .outerjoin(ConnectorReceipts, col(ConnectorReceipts.connector_sid) == col(Connector.sid))
        .where(col(Connector.carrier_sid) == carrier_sid)
        .execution_options(populate_existing=True)
    )


def _live(row: tuple[Connector, ConnectorLease, bool, ConnectorReceipts | None]) -> LiveConnector:
    connector, lease, is_held, counts = row
    receipts = health_of(counts)
    if lease.owner is None or not is_held:
        is_lent = connector.lent_until is not None and connector.lent_until > datetime.now(UTC)
        why = "no gateway process runs it"
        if connector.paused or is_lent:
            why = "it is paused" if connector.paused else "it is lent to a probe"
        return LiveConnector(connector, UNOWNED, why, None, None, receipts)
    return LiveConnector(
        connector,
        lease.state,
        lease.reason,
        lease.state_at,
        lease.bound_since,
        receipts,
        lease.bind_states,
        lease.figures,
    )
