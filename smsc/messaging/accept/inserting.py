"""Inserts accepted messages: the hot statement of the accept."""

from collections.abc import Sequence
from typing import Final

from smsc.db import Connection, sealer_of
from smsc.messaging.accept.drafts import Accepted


async def insert(connection: Connection, batch: Sequence[Accepted]) -> None:
    """Insert messages, their texts sealed, and their waiting segments, in one statement."""
    keys = await sealer_of(connection).today(
        {(message.account_sid, message.carrier_sid) for message in batch}
    )
    texts = [
        keys.seal_text(message.account_sid, message.sid, message.body, message.user_data)
        for message in batch
    ]
    await connection.execute(
        _INSERT,
        [message.sid for message in batch],
        [message.carrier_sid for message in batch],
        [message.account_sid for message in batch],
        [message.direction.value for message in batch],
        [message.to for message in batch],
        [message.from_ for message in batch],
        [text.body for text in texts],
        [message.data_coding for message in batch],
        [message.num_segments for message in batch],
        [message.num_submits for message in batch],
        [message.text_style for message in batch],
        [int(message.lane) for message in batch],
        [message.connector_sid for message in batch],
        [message.smpp_credential_sid for message in batch],
        [message.registered_delivery for message in batch],
        [message.status_callback for message in batch],
        [text.user_data for text in texts],
        [message.has_udh for message in batch],
        [message.created_at for message in batch],
        [message.submitted_as for message in batch],
        [message.status.value for message in batch],
        [message.messaging_service_sid for message in batch],
        [message.validity_seconds for message in batch],
        [message.action and message.action.url for message in batch],
        [message.action and message.action.method for message in batch],
        [text.sealed_body for text in texts],
        [text.key_id for text in texts],
    )


_INSERT: Final = """
WITH draft AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                       $7::text[], $8::smallint[], $9::smallint[], $10::smallint[], $11::text[],
                       $12::smallint[], $13::text[], $14::text[], $15::smallint[], $16::text[],
                       $17::bytea[], $18::boolean[], $19::timestamptz[], $20::text[], $21::text[],
                       $22::text[], $23::integer[], $24::text[], $25::text[], $26::bytea[],
                       $27::bigint[])
    AS draft (sid, carrier_sid, account_sid, direction, to_, from_, body, data_coding, num_segments,
              num_submits, text_style, lane, connector_sid, smpp_credential_sid,
              registered_delivery, status_callback, user_data, has_udh, at, submitted_as, status,
              messaging_service_sid, validity_seconds, action_url, action_method, sealed_body,
              key_id)
), message AS (
  INSERT INTO messages (sid, carrier_sid, account_sid, direction, status, to_, from_, body,
                        data_coding, num_segments, num_submits, text_style, lane, connector_sid,
                        smpp_credential_sid, registered_delivery, status_callback, user_data,
                        has_udh, created_at, updated_at, submitted_as, messaging_service_sid,
                        validity_seconds, action_url, action_method, sealed_body, key_id)
  SELECT sid, carrier_sid, account_sid, direction, status, to_, from_, body,
         data_coding, num_segments, num_submits, text_style, lane, connector_sid,
         smpp_credential_sid, registered_delivery, status_callback, user_data,
         has_udh, at, at, submitted_as, messaging_service_sid,
         validity_seconds, action_url, action_method, sealed_body, key_id
  FROM draft
)
INSERT INTO queue (connector_sid, lane, queued_at, message_sid, number, carrier_sid, account_sid)
SELECT connector_sid, lane, at, sid, number, carrier_sid, account_sid
FROM draft, generate_series(1, coalesce(num_submits, num_segments)) AS number
WHERE status = 'queued'
"""
