"""Inserts accepted messages: the hot statement of the accept."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from smsc.db import Connection, sealer_of
from smsc.messaging.accept.drafts import Accepted
from smsc.unnesting import numbers, octets, sparse, texts, words

_MICROSECOND: Final = timedelta(microseconds=1)


async def insert(connection: Connection, batch: Sequence[Accepted]) -> None:
    """Insert messages, their texts sealed, and their waiting segments, in one statement."""
    keys = await sealer_of(connection).today(
        {(message.account_sid, message.carrier_sid) for message in batch}, connection
    )
    sealed = [
        keys.seal_text(message.account_sid, message.sid, message.body, message.user_data)
        for message in batch
    ]
    first = batch[0].created_at
    await connection.execute(
        _INSERT,
        words([message.sid for message in batch]),
        words([message.carrier_sid for message in batch]),
        words([message.account_sid for message in batch]),
        words([message.direction for message in batch]),
        words([message.to for message in batch]),
        texts([message.from_ for message in batch]),
        sparse([text.body or None for text in sealed]),
        numbers([message.data_coding for message in batch]),
        numbers([message.num_segments for message in batch]),
        sparse([message.num_submits for message in batch]),
        sparse([message.text_style for message in batch]),
        numbers([int(message.lane) for message in batch]),
        words([message.connector_sid for message in batch]),
        sparse([message.smpp_credential_sid for message in batch]),
        numbers([message.registered_delivery for message in batch]),
        texts([message.status_callback for message in batch]),
        sparse([text.user_data for text in sealed]),
        sparse([message.has_udh or None for message in batch]),
        first,
        numbers([(message.created_at - first) // _MICROSECOND for message in batch]),
        sparse([message.submitted_as for message in batch]),
        words([message.status for message in batch]),
        sparse([message.messaging_service_sid for message in batch]),
        sparse([message.validity_seconds for message in batch]),
        sparse([message.action and message.action.url for message in batch]),
        sparse([message.action and message.action.method for message in batch]),
        octets([text.sealed_body for text in sealed]),
        sparse([text.key_id for text in sealed]),
    )


_INSERT: Final = """
WITH draft AS (
  SELECT *, $19::timestamptz + later * interval '1 microsecond' AS at
  FROM unnest(string_to_array($1, ','), string_to_array($2, ','), string_to_array($3, ','),
              string_to_array($4, ','), string_to_array($5, ','), $6::text::text[], $7::text[],
              $8::text::smallint[], $9::text::smallint[], $10::smallint[], $11::text[],
              $12::text::smallint[], string_to_array($13, ','), $14::text[],
              $15::text::smallint[], $16::text::text[], $17::bytea[], $18::boolean[],
              $20::text::bigint[], $21::text[], string_to_array($22, ','), $23::text[],
              $24::integer[], $25::text[], $26::text[], $27::text::bytea[], $28::bigint[])
    AS draft (sid, carrier_sid, account_sid, direction, to_, from_, body, data_coding, num_segments,
              num_submits, text_style, lane, connector_sid, smpp_credential_sid,
              registered_delivery, status_callback, user_data, has_udh, later, submitted_as, status,
              messaging_service_sid, validity_seconds, action_url, action_method, sealed_body,
              key_id)
), message AS (
  INSERT INTO messages (sid, carrier_sid, account_sid, direction, status, to_, from_, body,
                        data_coding, num_segments, num_submits, text_style, lane, connector_sid,
                        smpp_credential_sid, registered_delivery, status_callback, user_data,
                        has_udh, created_at, updated_at, submitted_as, messaging_service_sid,
                        validity_seconds, action_url, action_method, sealed_body, key_id)
  SELECT sid, carrier_sid, account_sid, direction, status, to_, from_, coalesce(body, ''),
         data_coding, num_segments, num_submits, text_style, lane, connector_sid,
         smpp_credential_sid, registered_delivery, status_callback, user_data,
         coalesce(has_udh, false), at, at, submitted_as, messaging_service_sid,
         validity_seconds, action_url, action_method, sealed_body, key_id
  FROM draft
)
INSERT INTO queue (connector_sid, lane, queued_at, message_sid, number, carrier_sid, account_sid)
SELECT connector_sid, lane, at, sid, number, carrier_sid, account_sid
FROM draft, generate_series(1, coalesce(num_submits, num_segments)) AS number
WHERE status = 'queued'
"""
