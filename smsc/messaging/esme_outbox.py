"""What waits for customers' ESMEs: receipts and inbound messages, kept until they answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from smsc.db import Connection, Database
from smsc.smpp.pdu import DeliverSm, EsmClass, Tag
from smsc.sms import segments
from smsc.sms.address import Address, AddressKind, to_smpp
from smsc.sms.receipt import format_receipt
from smsc.sms.status import MessageState, MessageStatus

KEPT: Final = timedelta(days=7)  # while the ESME is away
CLAIM_SECONDS: Final = 300  # over the response timeout of a session
RETRY_SECONDS: Final = 30  # after an answer that says "not now"

_STATES: Final = {
    MessageStatus.SENT: MessageState.ENROUTE,
    MessageStatus.DELIVERED: MessageState.DELIVERED,
    MessageStatus.UNDELIVERED: MessageState.UNDELIVERABLE,
    MessageStatus.FAILED: MessageState.REJECTED,
    MessageStatus.CANCELED: MessageState.DELETED,
}


@dataclass(frozen=True, slots=True)
class Owed:
    """A claimed row: one receipt, or one inbound message."""

    id: int
    smpp_credential_sid: str
    message_sid: str
    kind: str
    status: str
    error_code: int | None
    to: str
    from_: str
    body: str
    created_at: datetime
    updated_at: datetime

    def to_pdus(self, most: int) -> list[DeliverSm]:
        """Return its `deliver_sm`s: one for a receipt, one a part for a message.

        A message of more than `most` parts, which would never fit the window, goes as one, in a
        message_payload (SMPP 3.4 §5.3.2.32).

        Raises:
            ValueError: an address or the text does not fit a `deliver_sm`.
        """
        if self.kind == "receipt":
            return [self._receipt()]
        if segments.plan(self.body).count > min(most, segments.MAX_SEGMENTS):
            return [self._whole()]
        parts = segments.split(self.body, reference=int(self.message_sid[-2:], 16))
        return [self._part(part) for part in parts]

    def _receipt(self) -> DeliverSm:
        state = _STATES.get(MessageStatus(self.status), MessageState.UNKNOWN)
        # Appendix B has three characters for `err`: of Twilio's 30008, the last three.
        error_code = f"{(self.error_code or 0) % 1000:03d}"
        return self._deliver(
            source=self.to,
            destination=self.from_,
            esm_class=EsmClass.RECEIPT if state.final else EsmClass.INTERMEDIATE,
            short_message=format_receipt(
                self.message_sid,
                state,
                submit_at=self.created_at,
                done_at=self.updated_at,
                error_code=error_code,
                text=self.body,
            ),
            tlvs={
                Tag.RECEIPTED_MESSAGE_ID: self.message_sid.encode() + b"\0",
                Tag.MESSAGE_STATE: bytes([state]),
            },
        )

    def _part(self, part: segments.Segment) -> DeliverSm:
        return self._deliver(
            source=self.from_,
            destination=self.to,
            esm_class=EsmClass.UDH_INDICATOR if part.has_udh else 0,
            short_message=part.user_data,
            data_coding=part.data_coding,
        )

    def _whole(self) -> DeliverSm:
        return self._deliver(
            source=self.from_,
            destination=self.to,
            esm_class=0,
            short_message=b"",
            data_coding=segments.DataCoding.UCS2,
            tlvs={Tag.MESSAGE_PAYLOAD: segments.encode_ucs2(self.body)},
        )

    def _deliver(
        self,
        *,
        source: str,
        destination: str,
        esm_class: int,
        short_message: bytes,
        data_coding: int = 0,
        tlvs: Mapping[int, bytes] | None = None,
    ) -> DeliverSm:
        source_addr, destination_addr = (
            to_smpp(_address(value)) for value in (source, destination)
        )
        return DeliverSm(
            source_addr=source_addr.addr,
            source_addr_ton=source_addr.ton,
            source_addr_npi=source_addr.npi,
            destination_addr=destination_addr.addr,
            dest_addr_ton=destination_addr.ton,
            dest_addr_npi=destination_addr.npi,
            esm_class=esm_class,
            data_coding=data_coding,
            short_message=short_message,
            tlvs=tlvs or {},
        )


async def claim(database: Database, owner: str, room: Mapping[str, int]) -> list[Owed]:
    """Claim what waits for bound ESMEs: for each credential as many rows as it has room for."""
    async with database.single() as connection:
        rows = await connection.fetch(_CLAIM, owner, list(room), list(room.values()), CLAIM_SECONDS)
    return sorted((Owed(*row) for row in rows), key=lambda owed: owed.id)


async def settle(
    connection: Connection, done: Sequence[int], later: Sequence[int], now: Sequence[int]
) -> None:
    """Delete what was answered OK or refused for good; put the rest back for later, or for now.

    What is put back for now takes its old place.
    """
    await connection.execute(
        """
        WITH done AS (DELETE FROM esme_deliveries WHERE id = ANY($1::bigint[]))
        UPDATE esme_deliveries d
        SET claimed_by = NULL, due_at = coalesce(now() + make_interval(secs => r.seconds),
                                                 d.created_at)
        FROM (SELECT unnest($2::bigint[]) AS id, $4::integer AS seconds
              UNION ALL SELECT unnest($3::bigint[]), NULL) AS r
        WHERE d.id = r.id
        """,
        done,
        later,
        now,
        RETRY_SECONDS,
    )


async def forget_old(database: Database) -> int:
    """Delete what no ESME came for in seven days; return how many rows."""
    async with database.single() as connection:
        status = await connection.execute(
            "DELETE FROM esme_deliveries WHERE created_at < now() - $1::interval", KEPT
        )
    return int(status.rpartition(" ")[2])


def _address(value: str) -> Address:
    if value.startswith("+"):
        return Address(value, AddressKind.E164)
    if value.isdecimal():
        return Address(value, AddressKind.SHORT_CODE)
    return Address(value, AddressKind.ALPHANUMERIC)


_CLAIM: Final = """
WITH due AS MATERIALIZED (
  SELECT waiting.id, waiting.message_sid
  FROM unnest($2::text[], $3::integer[]) AS room (sid, places),
       LATERAL (
         SELECT d.id, d.message_sid FROM esme_deliveries d
         WHERE d.smpp_credential_sid = room.sid AND d.due_at <= now()
         ORDER BY d.due_at, d.id LIMIT room.places FOR UPDATE SKIP LOCKED
       ) AS waiting
)
UPDATE esme_deliveries d SET claimed_by = $1, due_at = now() + make_interval(secs => $4)
FROM due JOIN messages m ON m.sid = due.message_sid
WHERE d.id = due.id
RETURNING d.id, d.smpp_credential_sid, d.message_sid, d.kind, d.status, d.error_code,
          m.to_, m.from_, m.body, m.created_at, m.updated_at
"""
