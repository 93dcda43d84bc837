"""Parts of inbound messages: kept until all are there or their time is up, then joined."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final, NamedTuple

import structlog

from smsc.db import Connection, sealer_of, storable
from smsc.sms.alphabet import Alphabet
from smsc.sms.concat import Part
from smsc.sms.inbound_text import Piece, Read, read_pieces

log = structlog.get_logger()

# Then the parts that came are delivered as they are. So long, too, joined parts are remembered.
JOIN_TIMEOUT: Final = timedelta(minutes=10)

Key = tuple[str, str, str, int, int, int]


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
    def key(self) -> Key:
        """What it shares with the other parts of its message."""
        return (
            self.connector_sid,
            storable(self.source_addr),
            storable(self.destination_addr),
            *self.part.key,
        )

    @property
    def thread(self) -> str | None:
        """What its kept PDU is found by when its message is whole; None: it is that already."""
        return _thread(self.key) if self.part.total > 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeMessage:
    """A received message whose parts are all there, or whose time is up."""

    connector_sid: str
    carrier_sid: str
    source_addr: str
    destination_addr: str
    content: Read
    num_segments: int
    missing: Sequence[int]  # the numbers of parts that never came
    pdu: bytes
    channel_sid: str | None
    alone: ReceivedPart | None  # the one part that it is
    thread: str | None  # of its parts

    @property
    def why(self) -> str | None:
        """What its history should say about it."""
        if not self.missing:
            return self.content.why
        absent = ", ".join(map(str, self.missing))
        partial = f"Of {self.num_segments + len(self.missing)} parts these never came: {absent}."
        return f"{partial} {self.content.why}" if self.content.why else partial


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
    udh: bytes | None
    channel_sid: str | None
    key_id: int | None
    default_alphabet: str


def alone(received: ReceivedPart) -> WholeMessage:
    """Return the message that is this one part."""
    part = received.part
    pieces = [Piece(part.payload, received.data_coding, part.udh)]
    return WholeMessage(
        connector_sid=received.connector_sid,
        carrier_sid=received.carrier_sid,
        source_addr=received.source_addr,
        destination_addr=received.destination_addr,
        content=_read(pieces, received.default_alphabet, received.connector_sid),
        num_segments=1,
        missing=(),
        pdu=received.pdu,
        channel_sid=received.channel_sid,
        alone=received,
        thread=None,
    )


async def store_and_join(
    connection: Connection, parts: Sequence[ReceivedPart]
) -> list[WholeMessage]:
    """Store parts; return the messages that have all of theirs now, or lost their reference.

    A part that came before changes nothing, also when its message was joined a while ago. One that
    contradicts what is stored under its number belongs to a newer message: a reference of 8 bits
    comes round soon. What waited under it is then delivered as it is, and what seemed to be a
    joined message's part come again belongs to the newer one, too.
    """
    whole: list[WholeMessage] = []
    for wave in _waves(parts):
        whole += await _oust(connection, wave)
        await _store(connection, wave)
        whole += await _join(connection, wave)
    return whole


async def overdue(connection: Connection) -> list[WholeMessage]:
    """Take out the messages whose missing parts did not come in time, and forget joined ones."""
    rows = await connection.fetch(OVERDUE, JOIN_TIMEOUT)
    return _assemble(await _opened(connection, rows))


def _waves(parts: Sequence[ReceivedPart]) -> Iterator[list[ReceivedPart]]:
    """Part a batch where two messages of one reference meet in it; a part comes once a wave."""
    wave: dict[tuple[Key, int], ReceivedPart] = {}
    for received in parts:
        place = (received.key, received.part.number)
        if wave.setdefault(place, received).part.payload != received.part.payload:
            yield list(wave.values())
            wave = {place: received}
    yield list(wave.values())


def _places(parts: Sequence[ReceivedPart]) -> list[list[object]]:
    """Return columns: the six of the key, then the number."""
    rows = [(*one.key, one.part.number) for one in parts]
    return [list(column) for column in zip(*rows, strict=True)]


async def _opened(connection: Connection, rows: Sequence[Sequence[Any]]) -> list[_StoredPart]:
    """Return rows of `_STORED` with their payloads as they came."""
    stored = [_StoredPart(*row) for row in rows]
    keys = await sealer_of(connection).known(part.key_id for part in stored)
    return [
        part._replace(payload=keys.open(part.key_id, part.carrier_sid, part.payload) or b"")
        for part in stored
    ]


async def _oust(connection: Connection, parts: Sequence[ReceivedPart]) -> list[WholeMessage]:
    sealer = sealer_of(connection)
    rows = await connection.fetch(
        OUST,
        *_places(parts),
        [sealer.digest(received.part.payload) for received in parts],
        [sha256(received.part.payload).digest() for received in parts],
    )
    if not rows:
        return []
    whole = _assemble(await _opened(connection, rows))
    log.warning("parts.reference_reused", connector=parts[0].connector_sid, partial=len(whole))
    return whole


async def _store(connection: Connection, parts: Sequence[ReceivedPart]) -> None:
    sealer = sealer_of(connection)
    keys = await sealer.today({(part.carrier_sid, part.carrier_sid) for part in parts})
    key_ids = [keys.today(received.carrier_sid) for received in parts]
    await connection.execute(
        STORE,
        *_places(parts),
        [
            keys.seal(key_id, received.carrier_sid, received.part.payload)
            for key_id, received in zip(key_ids, parts, strict=True)
        ],
        [received.carrier_sid for received in parts],
        [received.data_coding for received in parts],
        [received.part.udh or None for received in parts],
        [received.channel_sid for received in parts],
        key_ids,
        [sealer.digest(received.part.payload) for received in parts],
    )


async def _join(connection: Connection, parts: Sequence[ReceivedPart]) -> list[WholeMessage]:
    keys = {received.key for received in parts}
    rows = await connection.fetch(JOIN, *(list(column) for column in zip(*keys, strict=True)))
    return _assemble(await _opened(connection, rows))


def _assemble(parts: Sequence[_StoredPart]) -> list[WholeMessage]:
    groups: dict[Key, list[_StoredPart]] = {}
    for part in parts:
        groups.setdefault(part[:6], []).append(part)
    whole = []
    for key, group in groups.items():
        group.sort(key=lambda part: part.number)
        first = group[0]
        pieces = [Piece(part.payload, part.data_coding, part.udh or b"") for part in group]
        present = {part.number for part in group}
        whole.append(
            WholeMessage(
                connector_sid=first.connector_sid,
                carrier_sid=first.carrier_sid,
                source_addr=first.source_addr,
                destination_addr=first.destination_addr,
                content=_read(pieces, Alphabet(first.default_alphabet), first.connector_sid),
                num_segments=len(group),
                missing=[n for n in range(1, first.total + 1) if n not in present],
                pdu=b"".join(part.payload for part in group),
                channel_sid=first.channel_sid,
                alone=None,
                thread=_thread(key),
            )
        )
    return whole


def _read(pieces: Sequence[Piece], default: Alphabet, connector_sid: str) -> Read:
    content = read_pieces(pieces, default)
    if content.little_endian:
        log.warning("text.little_endian", connector_sid=connector_sid)
    return content


def _thread(key: Key) -> str:
    _, source_addr, destination_addr, reference, width, total = key
    return f"part {source_addr} {destination_addr} {reference}/{width}/{total}"


_CAME: Final = """
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::smallint[],
                       $6::smallint[], $7::smallint[], $8::bytea[], $9::bytea[])
    AS came (connector_sid, source_addr, destination_addr, reference, width, total, number, digest,
             plain_digest)
"""
_SAME: Final = """
  p.connector_sid = w.connector_sid AND p.source_addr = w.source_addr
  AND p.destination_addr = w.destination_addr AND p.reference = w.reference
  AND p.width = w.width AND p.total = w.total
"""
# The columns of a `_StoredPart`, of the row `p`.
_STORED: Final = """
  p.connector_sid, p.source_addr, p.destination_addr, p.reference, p.width, p.total, p.number,
  p.carrier_sid, p.data_coding, p.payload, p.udh, p.channel_sid, p.key_id,
  coalesce((SELECT c.default_alphabet FROM connectors c WHERE c.sid = p.connector_sid), 'gsm7')
"""

# Parts of an older release have no digest but, once they are joined, in the place of their payload.
_CONTRADICTS: Final = """
  p.connector_sid = came.connector_sid AND p.source_addr = came.source_addr
  AND p.destination_addr = came.destination_addr AND p.reference = came.reference
  AND p.width = came.width AND p.total = came.total AND p.number = came.number
  AND CASE WHEN p.digest IS NOT NULL THEN p.digest <> came.digest
           WHEN p.joined_at IS NULL OR p.again THEN sha256(p.payload) <> came.plain_digest
           ELSE p.payload <> came.plain_digest END
"""

OUST: Final = f"""
WITH came AS MATERIALIZED ({_CAME}), w AS MATERIALIZED (
  SELECT DISTINCT connector_sid, source_addr, destination_addr, reference, width, total
  FROM came WHERE EXISTS (SELECT FROM inbound_parts p WHERE {_CONTRADICTS})
), gone AS (
  DELETE FROM inbound_parts p USING w
  WHERE {_SAME} AND (NOT p.again OR EXISTS (SELECT FROM came WHERE {_CONTRADICTS}))
  RETURNING p.*
), kept AS (
  UPDATE inbound_parts p SET joined_at = NULL, again = false, received_at = now() FROM w
  WHERE {_SAME} AND p.again AND NOT EXISTS (SELECT FROM came WHERE {_CONTRADICTS})
)
SELECT {_STORED} FROM gone p WHERE p.joined_at IS NULL
"""  # noqa: S608 built of constants

STORE: Final = """
INSERT INTO inbound_parts (connector_sid, source_addr, destination_addr, reference, width, total,
                           number, payload, carrier_sid, data_coding, udh, channel_sid, key_id,
                           digest)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::smallint[],
                     $6::smallint[], $7::smallint[], $8::bytea[], $9::text[], $10::smallint[],
                     $11::bytea[], $12::text[], $13::bigint[], $14::bytea[])
ON CONFLICT (connector_sid, source_addr, destination_addr, reference, width, total, number)
DO UPDATE SET payload = excluded.payload, data_coding = excluded.data_coding, udh = excluded.udh,
              channel_sid = excluded.channel_sid, key_id = excluded.key_id,
              digest = excluded.digest, again = true
WHERE inbound_parts.joined_at IS NOT NULL AND NOT inbound_parts.again
"""

# Of a joined part a digest is remembered: its text may be redacted or deleted at any time.
JOIN: Final = f"""
WITH asked AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::smallint[],
                       $6::smallint[])
    AS asked (connector_sid, source_addr, destination_addr, reference, width, total)
), w AS (
  SELECT a.* FROM asked a,
    LATERAL (SELECT count(*) AS parts, bool_and(joined_at IS NULL) AS fresh FROM inbound_parts p
             WHERE p.connector_sid = a.connector_sid AND p.source_addr = a.source_addr
               AND p.destination_addr = a.destination_addr AND p.reference = a.reference
               AND p.width = a.width AND p.total = a.total) AS found
  WHERE found.parts = a.total AND found.fresh
), joined AS (
  UPDATE inbound_parts j
  SET joined_at = now(), udh = NULL, key_id = NULL,
      payload = CASE WHEN j.digest IS NULL THEN sha256(j.payload) ELSE '' END
  FROM w JOIN inbound_parts p ON {_SAME}
  WHERE j.connector_sid = p.connector_sid AND j.source_addr = p.source_addr
    AND j.destination_addr = p.destination_addr AND j.reference = p.reference
    AND j.width = p.width AND j.total = p.total AND j.number = p.number
  RETURNING p.*
)
SELECT {_STORED} FROM joined p
"""  # noqa: S608 built of constants

# For `workers.glances`: whether `overdue` has anything to do.
ANY_DUE: Final = f"""
SELECT FROM inbound_parts
WHERE received_at < now() - interval '{JOIN_TIMEOUT.total_seconds():.0f} s'
"""

OVERDUE: Final = f"""
WITH w AS (
  SELECT DISTINCT connector_sid, source_addr, destination_addr, reference, width, total
  FROM (SELECT * FROM inbound_parts WHERE received_at < now() - $1::interval
        ORDER BY received_at LIMIT 500) AS late
), gone AS (
  DELETE FROM inbound_parts p USING w WHERE {_SAME} RETURNING p.*
)
SELECT {_STORED} FROM gone p WHERE p.joined_at IS NULL
"""  # noqa: S608 built of constants
