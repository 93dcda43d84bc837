"""Inserts accepted messages: the hot statement of the accept."""

from collections.abc import Sequence
from typing import Any, Final

from smsc.db import Connection, sealer_of
from smsc.messaging.accept.drafts import Accepted
from smsc.unnesting import numbers, octets, since, sparse, texts, words


async def insert(connection: Connection, batch: Sequence[Accepted]) -> None:
    """Insert messages, their texts sealed, and their waiting segments, in one statement."""
    keys = await sealer_of(connection).today(
        {(message.account_sid, message.carrier_sid) for message in batch}, connection
    )
    sealed = [
        keys.seal_text(message.account_sid, message.sid, message.body, message.user_data)
        for message in batch
    ]
    of = _columns(batch)
    first = batch[0].created_at
    await connection.execute(
        _INSERT,
        words(of["sid"]),
        words(of["carrier_sid"]),
        words(of["account_sid"]),
        words(of["direction"]),
        words(of["to"]),
        texts(of["from_"]),
        sparse([text.body or None for text in sealed]),
        numbers(of["data_coding"]),
        numbers(of["num_segments"]),
        sparse(of["num_submits"]),
        sparse(of["text_style"]),
        numbers(map(int, of["lane"])),
        words(of["connector_sid"]),
        sparse(of["smpp_credential_sid"]),
        numbers(of["registered_delivery"]),
        texts(of["status_callback"]),
        sparse([text.user_data for text in sealed]),
        sparse([has_udh or None for has_udh in of["has_udh"]]),
        first,
        since(first, of["created_at"]),
        sparse(of["submitted_as"]),
        words(of["status"]),
        sparse(of["messaging_service_sid"]),
        sparse(of["validity_seconds"]),
        sparse([action and action.url for action in of["action"]]),
        sparse([action and action.method for action in of["action"]]),
        octets([text.sealed_body for text in sealed]),
        numbers([text.key_id for text in sealed]),
    )


def _columns(batch: Sequence[Accepted]) -> dict[str, Sequence[Any]]:
    """Return the fields of a batch, each as a column: all in one step, of C."""
    return dict(zip(Accepted._fields, zip(*batch, strict=True), strict=True))


_INSERT: Final = """
WITH draft AS (
  SELECT *, $19::timestamptz + later * interval '1 microsecond' AS at
  FROM unnest(string_to_array($1, ','), string_to_array($2, ','), string_to_array($3, ','),
              string_to_array($4, ','), string_to_array($5, ','), $6::text::text[], $7::text[],
              $8::text::smallint[], $9::text::smallint[], $10::smallint[], $11::text[],
              $12::text::smallint[], string_to_array($13, ','), $14::text[],
              $15::text::smallint[], $16::text::text[], $17::bytea[], $18::boolean[],
              $20::text::bigint[], $21::text[], string_to_array($22, ','), $23::text[],
              $24::integer[], $25::text[], $26::text[], $27::text::bytea[], $28::text::bigint[])
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
