"""Takes what handsets sent: joins its parts, stores the message, and owes its webhook."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from smsc import sids
from smsc.billing import ledger
from smsc.billing.ledger import Charge
from smsc.billing.prices import category
from smsc.db import Connection, Database, sealer_of, storable
from smsc.messaging import carrier_events
from smsc.messaging.carrier_events import IS_WANTED
from smsc.messaging.directory import Directory, NumberFacts
from smsc.messaging.receiving.opt_outs import Asked, asked_by, obey
from smsc.messaging.receiving.parts import (
    ReceivedPart,
    WholeMessage,
    alone,
    overdue,
    store_and_join,
)
from smsc.messaging.status_statements import ORDINAL_RECEIVED
from smsc.messaging.tracing import kept_pdus
from smsc.models import TariffDirection


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
    whole = [alone(received) for received in parts if received.part.total == 1]
    waiting = [received for received in parts if received.part.total > 1]
    if waiting:
        whole += await store_and_join(connection, waiting)
    return await _insert(connection, directory, whole)


async def take_overdue(database: Database, directory: Directory) -> Taken:
    """Deliver, flagged partial, the messages whose missing parts did not come in time."""
    async with database.begin() as connection:
        taken = await _insert(connection, directory, await overdue(connection))
        await kept_pdus.adopt(connection, taken.threads)
        return taken


async def _insert(
    connection: Connection, directory: Directory, whole: Sequence[WholeMessage]
) -> Taken:
    placed: list[tuple[WholeMessage, NumberFacts, str]] = []
    asked: list[Asked | None] = []  # of each that is placed
    lost: list[WholeMessage] = []
    for message in whole:
        facts = await directory.number(message.carrier_sid, storable(message.destination_addr))
        if facts is None:
            lost.append(message)
        else:
            placed.append((message, facts, sids.make(sids.Prefix.MESSAGE)))
            handset = storable(message.source_addr)
            asked.append(asked_by(facts, handset, storable(message.content.body)))
    if placed:
        keys = await sealer_of(connection).today(
            {(facts.account_sid, facts.carrier_sid) for _, facts, _ in placed}, connection
        )
        texts = [
            keys.seal_text(
                facts.account_sid, sid, storable(message.content.body), message.content.data
            )
            for message, facts, sid in placed
        ]
        is_wanted = await connection.fetchval(
            INSERT,
            [sid for _, _, sid in placed],
            [message.carrier_sid for message, _, _ in placed],
            [facts.account_sid for _, facts, _ in placed],
            [facts.phone_number for _, facts, _ in placed],
            [storable(message.source_addr) for message, _, _ in placed],
            [text.body for text in texts],
            [message.num_segments for message, _, _ in placed],
            [bool(message.missing) for message, _, _ in placed],
            [message.connector_sid for message, _, _ in placed],
            datetime.now(UTC),
            [facts.sms_url for _, facts, _ in placed],
            [facts.sms_method for _, facts, _ in placed],
            [facts.sms_fallback_url for _, facts, _ in placed],
            [facts.sms_fallback_method for _, facts, _ in placed],
            [message.channel_sid for message, _, _ in placed],
            [message.content.data_coding for message, _, _ in placed],
            [text.user_data for text in texts],
            [message.content.has_udh for message, _, _ in placed],
            [message.why for message, _, _ in placed],
            [facts.messaging_service_sid for _, facts, _ in placed],
            [item and item.told_type for item in asked],
            [text.sealed_body for text in texts],
            [text.key_id for text in texts],
        )
        if is_wanted:
            await carrier_events.tell(connection, [sid for _, _, sid in placed])
        await _charge(connection, directory, placed)
        words = [item for item in asked if item is not None]
        if words:
            await obey(connection, directory, words)
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


async def _charge(
    connection: Connection,
    directory: Directory,
    placed: Sequence[tuple[WholeMessage, NumberFacts, str]],
) -> None:
    """Charge received messages where the carrier has a price for them; none is refused."""
    charges = []
    for message, facts, sid in placed:
        prices = await directory.prices(facts.carrier_sid)
        price = prices.of(TariffDirection.INBOUND, facts.phone_number, message.num_segments)
        if price is not None:
            charges.append(
                Charge(
                    message_sid=sid,
                    account_sid=facts.account_sid,
                    payer_sid=facts.payer_sid,
                    carrier_sid=facts.carrier_sid,
                    category=category("inbound", facts.phone_number),
                    price=price,
                )
            )
    await ledger.book(connection, charges)


async def quarantine(
    connection: Connection, *, carrier_sid: str, connector_sid: str, why: str, pdu: bytes
) -> None:
    """Keep a PDU that we answered and could not place."""
    keys = await sealer_of(connection).today([(carrier_sid, carrier_sid)])
    key_id = keys.today(carrier_sid)
    await connection.execute(
        "INSERT INTO quarantine (carrier_sid, connector_sid, why, pdu, key_id) "
        "VALUES ($1, $2, $3, $4, $5)",
        carrier_sid,
        connector_sid,
        storable(why),
        keys.seal(key_id, carrier_sid, pdu),
        key_id,
    )


PART_MISSING: Final = 30009  # Twilio's code of a message of which a segment never came

INSERT: Final = f"""
WITH received AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                       $7::smallint[], $8::boolean[], $9::text[], $11::text[], $12::text[],
                       $13::text[], $14::text[], $15::text[], $16::smallint[], $17::bytea[],
                       $18::boolean[], $19::text[], $20::text[], $21::text[], $22::bytea[],
                       $23::bigint[])
    AS received (sid, carrier_sid, account_sid, to_, from_, body, num_segments, partial,
                 connector_sid, url, method, fallback_url, fallback_method, channel_sid,
                 data_coding, user_data, has_udh, why, messaging_service_sid,
                 opt_out_type, sealed_body, key_id)
), stored AS (
  INSERT INTO messages (sid, carrier_sid, account_sid, direction, status, to_, from_, body,
                        data_coding, user_data, has_udh, num_segments, lane, partial,
                        connector_sid, channel_sid, created_at, updated_at, sent_at,
                        messaging_service_sid, sealed_body, key_id, error_code)
  SELECT sid, carrier_sid, account_sid, 'inbound', 'received', to_, from_, body,
         data_coding, user_data, has_udh, num_segments, 2, partial,
         connector_sid, channel_sid, $10, $10, $10, messaging_service_sid,
         sealed_body, key_id, CASE WHEN partial THEN {PART_MISSING} END
  FROM received
), noted AS (
  INSERT INTO message_events (message_sid, carrier_sid, account_sid, event, why)
  SELECT sid, carrier_sid, account_sid, 'received', why FROM received WHERE why IS NOT NULL
), owed AS (
  INSERT INTO webhooks (message_sid, ordinal, event, carrier_sid, account_sid, url, method,
                        fallback_url, fallback_method, opt_out_type)
  SELECT sid, {ORDINAL_RECEIVED}, 'received', carrier_sid, account_sid, url, method,
         fallback_url, fallback_method, opt_out_type
  FROM received WHERE url IS NOT NULL
)
SELECT {IS_WANTED}
"""  # noqa: S608 built of constants
