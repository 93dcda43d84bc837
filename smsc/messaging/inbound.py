"""Takes what handsets sent: joins its parts, stores the message, and owes its webhook."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from smsc import sids
from smsc.db import Connection, Database, storable
from smsc.messaging import kept_pdus
from smsc.messaging.directory import Directory, NumberFacts
from smsc.messaging.statuses import ORDINAL_RECEIVED
from smsc.sms.alphabet import Alphabet
from smsc.sms.concat import Part, join
from smsc.sms.decoding import decode_text

JOIN_TIMEOUT: Final = timedelta(minutes=10)  # then the parts that came are delivered as they are


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedPart:
    """One `deliver_sm` from a handset."""

    connector_sid: str
    carrier_sid: str
    source_addr: str  # E.164 where it can be, see smsc.sms.address.from_smpp
    destination_addr: str
    data_coding: int
    default_alphabet: Alphabet
    part: Part
    pdu: bytes  # as it came, for the quarantine
    channel_sid: str | None = None  # the SIM that it came by, where the device says so

    @property
    def thread(self) -> str | None:
        """What its kept PDU is found by when its message is whole; None: it is that already."""
        return _thread(_key(self)) if self.part.total > 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeMessage:
    """A received message whose parts are all there, or whose time is up."""

    connector_sid: str
    carrier_sid: str
    source_addr: str
    destination_addr: str
    body: str
    num_segments: int
    partial: bool
    pdu: bytes
    channel_sid: str | None
    alone: ReceivedPart | None  # the one part that it is
    thread: str | None  # of its parts


class _StoredPart(NamedTuple):
    """A row of `inbound_parts`; the first six are the key of its message."""

    connector_sid: str
    source_addr: str
    destination_addr: str
    reference: int
    width: int
    total: int
    number: int
    carrier_sid: str
    data_coding: int
    payload: bytes
    channel_sid: str | None
    default_alphabet: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What a batch of parts made."""

    messages: int
    webhooks: int
    esme_credentials: frozenset[str]
    quarantined: int
    placed: Sequence[tuple[WholeMessage, str]]  # with their SIDs

    @property
    def threads(self) -> dict[tuple[str, str], str]:
        """The messages of several parts, by connector and thread."""
        return {
            (message.connector_sid, message.thread): sid
            for message, sid in self.placed
            if message.thread is not None
        }


async def take(
    connection: Connection, directory: Directory, parts: Sequence[ReceivedPart]
) -> Taken:
    """Store parts; what is whole by it becomes a `received` message. The caller commits.

    A part that came before is taken once. A message to a number that no account has goes raw into
    quarantine: its sender's SMSC must not repeat it for ever.
    """
    whole = [_alone(received) for received in parts if received.part.total == 1]
    waiting = [received for received in parts if received.part.total > 1]
    if waiting:
        await _store_parts(connection, waiting)
        whole += await _join(connection, waiting)
    return await _insert(connection, directory, whole)


async def take_overdue(database: Database, directory: Directory) -> Taken:
    """Deliver, flagged partial, the messages whose missing parts did not come in time."""
    async with database.begin() as connection:
        rows = await connection.fetch(
            """
            DELETE FROM inbound_parts p
            USING (
              SELECT connector_sid, source_addr, destination_addr, reference, width, total
              FROM inbound_parts WHERE received_at < now() - $1::interval
              ORDER BY received_at LIMIT 500
            ) AS late
            WHERE p.connector_sid = late.connector_sid AND p.source_addr = late.source_addr
              AND p.destination_addr = late.destination_addr AND p.reference = late.reference
              AND p.width = late.width AND p.total = late.total
            RETURNING p.connector_sid, p.source_addr, p.destination_addr, p.reference, p.width,
                      p.total, p.number, p.carrier_sid, p.data_coding, p.payload, p.channel_sid,
                      (SELECT default_alphabet FROM connectors c WHERE c.sid = p.connector_sid)
            """,
            JOIN_TIMEOUT,
        )
        whole = _assemble([_StoredPart(*row) for row in rows])
        taken = await _insert(connection, directory, whole)
        await kept_pdus.adopt(connection, taken.threads)
        return taken


def _alone(received: ReceivedPart) -> WholeMessage:
    return WholeMessage(
        connector_sid=received.connector_sid,
        carrier_sid=received.carrier_sid,
        source_addr=received.source_addr,
        destination_addr=received.destination_addr,
        body=decode_text(received.part.payload, received.data_coding, received.default_alphabet),
        num_segments=1,
        partial=False,
        pdu=received.pdu,
        channel_sid=received.channel_sid,
        alone=received,
        thread=None,
    )


async def _store_parts(connection: Connection, parts: Sequence[ReceivedPart]) -> None:
    await connection.executemany(
        """
        INSERT INTO inbound_parts (connector_sid, source_addr, destination_addr, reference, width,
                                   total, number, carrier_sid, data_coding, payload, channel_sid)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING
        """,
        [
            (
                *_key(received),
                received.part.number,
                received.carrier_sid,
                received.data_coding,
                received.part.payload,
                received.channel_sid,
            )
            for received in parts
        ],
    )


def _key(received: ReceivedPart) -> tuple[str, str, str, int, int, int]:
    return (
        received.connector_sid,
        storable(received.source_addr),
        storable(received.destination_addr),
        *received.part.key,
    )


def _thread(key: tuple[str, str, str, int, int, int]) -> str:
    _, source_addr, destination_addr, reference, width, total = key
    return f"part {source_addr} {destination_addr} {reference}/{width}/{total}"


async def _join(connection: Connection, parts: Sequence[ReceivedPart]) -> list[WholeMessage]:
    """Take out the messages whose last part has just been stored."""
    keys = list({_key(received) for received in parts})
    rows = await connection.fetch(
        """
        WITH asked AS (
          SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::smallint[],
                               $6::smallint[])
            AS asked (connector_sid, source_addr, destination_addr, reference, width, total)
        ), whole AS (
          SELECT a.* FROM asked a JOIN inbound_parts p
            USING (connector_sid, source_addr, destination_addr, reference, width, total)
          GROUP BY a.connector_sid, a.source_addr, a.destination_addr, a.reference, a.width, a.total
          HAVING count(*) = a.total
        )
        DELETE FROM inbound_parts p USING whole w
        WHERE p.connector_sid = w.connector_sid AND p.source_addr = w.source_addr
          AND p.destination_addr = w.destination_addr AND p.reference = w.reference
          AND p.width = w.width AND p.total = w.total
        RETURNING p.connector_sid, p.source_addr, p.destination_addr, p.reference, p.width,
                  p.total, p.number, p.carrier_sid, p.data_coding, p.payload, p.channel_sid
        """,
        *(list(column) for column in zip(*keys, strict=True)),
    )
    alphabets = {received.connector_sid: received.default_alphabet for received in parts}
    return _assemble(
        [_StoredPart(**row, default_alphabet=alphabets[row["connector_sid"]]) for row in rows]
    )


def _assemble(parts: Sequence[_StoredPart]) -> list[WholeMessage]:
    """Join parts by their key; the first one's data_coding is the message's."""
    groups: dict[tuple[str, str, str, int, int, int], list[_StoredPart]] = {}
    for part in parts:
        groups.setdefault(part[:6], []).append(part)
    whole = []
    for key, group in groups.items():
        first = min(group, key=lambda part: part.number)
        octets, missing = join({part.number: part.payload for part in group}, first.total)
        whole.append(
            WholeMessage(
                connector_sid=first.connector_sid,
                carrier_sid=first.carrier_sid,
                source_addr=first.source_addr,
                destination_addr=first.destination_addr,
                body=decode_text(octets, first.data_coding, Alphabet(first.default_alphabet)),
                num_segments=len(group),
                partial=bool(missing),
                pdu=octets,
                channel_sid=first.channel_sid,
                alone=None,
                thread=_thread(key),
            )
        )
    return whole


async def _insert(
    connection: Connection, directory: Directory, whole: Sequence[WholeMessage]
) -> Taken:
    placed: list[tuple[WholeMessage, NumberFacts, str]] = []
    lost: list[WholeMessage] = []
    for message in whole:
        facts = await directory.number(message.carrier_sid, storable(message.destination_addr))
        if facts is None:
            lost.append(message)
        else:
            placed.append((message, facts, sids.make(sids.Prefix.MESSAGE)))
    if placed:
        await connection.execute(
            _INSERT,
            [sid for _, _, sid in placed],
            [message.carrier_sid for message, _, _ in placed],
            [facts.account_sid for _, facts, _ in placed],
            [facts.phone_number for _, facts, _ in placed],
            [storable(message.source_addr) for message, _, _ in placed],
            [storable(message.body) for message, _, _ in placed],
            [message.num_segments for message, _, _ in placed],
            [message.partial for message, _, _ in placed],
            [message.connector_sid for message, _, _ in placed],
            datetime.now(UTC),
            [facts.sms_url for _, facts, _ in placed],
            [facts.sms_method for _, facts, _ in placed],
            [facts.sms_fallback_url for _, facts, _ in placed],
            [facts.sms_fallback_method for _, facts, _ in placed],
            [message.channel_sid for message, _, _ in placed],
        )
    owed = [(f, sid, esme) for _, f, sid in placed for esme in f.esme_credentials]
    if owed:
        await connection.execute(
            """
            INSERT INTO esme_deliveries (carrier_sid, account_sid, smpp_credential_sid, message_sid,
                                         kind, status)
            SELECT carrier_sid, account_sid, esme, sid, 'message', 'received'
            FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
              AS owed (carrier_sid, account_sid, esme, sid)
            """,
            [facts.carrier_sid for facts, _, _ in owed],
            [facts.account_sid for facts, _, _ in owed],
            [esme for _, _, esme in owed],
            [sid for _, sid, _ in owed],
        )
    for message in lost:
        await quarantine(
            connection,
            carrier_sid=message.carrier_sid,
            connector_sid=message.connector_sid,
            why=f"no active account has the number {message.destination_addr}",
            pdu=message.pdu,
        )
    return Taken(
        messages=len(placed),
        webhooks=sum(facts.sms_url is not None for _, facts, _ in placed),
        esme_credentials=frozenset(esme for _, _, esme in owed),
        quarantined=len(lost),
        placed=[(message, sid) for message, _, sid in placed],
    )


async def quarantine(
    connection: Connection, *, carrier_sid: str, connector_sid: str, why: str, pdu: bytes
) -> None:
    """Keep a PDU that we answered and could not place."""
    await connection.execute(
        "INSERT INTO quarantine (carrier_sid, connector_sid, why, pdu) VALUES ($1, $2, $3, $4)",
        carrier_sid,
        connector_sid,
        storable(why),
        pdu,
    )


_INSERT: Final = f"""
WITH received AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                       $7::smallint[], $8::boolean[], $9::text[], $11::text[], $12::text[],
                       $13::text[], $14::text[], $15::text[])
    AS received (sid, carrier_sid, account_sid, to_, from_, body, num_segments, partial,
                 connector_sid, url, method, fallback_url, fallback_method, channel_sid)
), stored AS (
  INSERT INTO messages (sid, carrier_sid, account_sid, direction, status, to_, from_, body,
                        data_coding, num_segments, lane, partial, connector_sid, channel_sid,
                        created_at, updated_at, sent_at)
  SELECT sid, carrier_sid, account_sid, 'inbound', 'received', to_, from_, body,
         0, num_segments, 2, partial, connector_sid, channel_sid, $10, $10, $10
  FROM received
)
INSERT INTO webhooks (message_sid, ordinal, event, carrier_sid, account_sid, url, method,
                      fallback_url, fallback_method)
SELECT sid, {ORDINAL_RECEIVED}, 'received', carrier_sid, account_sid, url, method,
       fallback_url, fallback_method
FROM received WHERE url IS NOT NULL
"""  # noqa: S608 built of a constant
