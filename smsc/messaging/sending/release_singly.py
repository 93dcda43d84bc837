"""Releases scheduled messages one by one, where each has to be looked at by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import asyncpg
import structlog

from smsc.db import UNAVAILABLE, Connection, sealer_of
from smsc.errors import GatewayError
from smsc.errors.messages import BalanceUsedUp
from smsc.messaging.accept import beside
from smsc.messaging.accept.drafts import Accepted, Draft
from smsc.messaging.accept.outbound import Outbound
from smsc.messaging.directory import AccountFacts, Directory
from smsc.messaging.sending.alike import AccountNotActive
from smsc.messaging.statuses import Advance
from smsc.models import AccountStatus, Lane
from smsc.routing.table import Way
from smsc.sealing import Keys
from smsc.sms.receipt_errors import UNKNOWN_ERROR

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Singly:
    """What became of messages that were looked at one by one."""

    ways: list[Way]  # of those that were queued
    failed: list[Advance]


async def release(
    connection: Connection, directory: Directory, outbound: Outbound, sids: Sequence[str]
) -> Singly:
    """Check each message as its accept would, cut its text anew, and queue it."""
    rows = await connection.fetch(_READ, sids)
    keys = await sealer_of(connection).known(row["key_id"] for row in rows)
    of_services = {
        (row["messaging_service_sid"], row["to_"])
        for row in rows
        if row["messaging_service_sid"] is not None
    }
    if of_services:
        await directory.read_sticky(list(of_services))
    queued: list[tuple[Accepted, Way]] = []
    failed: list[Advance] = []
    for row in rows:
        try:
            account = await directory.account(row["account_sid"])
            if account is None or account.status != AccountStatus.ACTIVE:
                raise AccountNotActive  # noqa: TRY301 told as other refusals are
            queued.append(await outbound.check(_draft(row, account, keys)))
        except GatewayError as refusal:
            failed.append(_failed(row, refusal.code, refusal.message))
        except UNAVAILABLE:
            raise
        except Exception:
            # A door: one that can't be looked at must not hold up all that is due behind it.
            log.exception("release.broken", message_sid=row["sid"])
            failed.append(_failed(row, UNKNOWN_ERROR, "it could not be prepared for sending"))
    paid = await beside.charge(connection, [message for message, _ in queued])
    affordable = {message.sid for message in paid}
    failed += [
        Advance(
            message_sid=message.sid,
            failed=message.num_submits or message.num_segments,
            error_code=BalanceUsedUp.code,
            why="the account's balance is used up",
        )
        for message, _ in queued
        if message.sid not in affordable
    ]
    await _queue(connection, paid)
    return Singly([way for message, way in queued if message.sid in affordable], failed)


async def _queue(connection: Connection, messages: Sequence[Accepted]) -> None:
    if not messages:
        return
    await connection.execute(
        QUEUE,
        [message.sid for message in messages],
        [message.from_ for message in messages],
        [message.connector_sid for message in messages],
        [message.data_coding for message in messages],
        [message.num_segments for message in messages],
        [message.num_submits for message in messages],
        [message.text_style for message in messages],
        [message.created_at for message in messages],
    )
    await beside.write(connection, messages)


def _draft(row: asyncpg.Record, account: AccountFacts, keys: Keys) -> Draft:
    body, _ = keys.open_text(row["sid"], row["key_id"], row["body"], row["sealed_body"])
    seconds = row["validity_seconds"]
    return Draft(
        account=account,
        sid=row["sid"],
        to=row["to_"],
        from_=row["from_"],
        body=body,
        messaging_service_sid=row["messaging_service_sid"],
        status_callback=row["status_callback"],
        validity=None if seconds is None else timedelta(seconds=seconds),
        lane=Lane(row["lane"]),
        smart_encoded=False,  # it was, if wanted, when it was scheduled
        is_trusted=True,  # it was looked at then
    )


def _failed(row: asyncpg.Record, code: int, why: str) -> Advance:
    return Advance(message_sid=row["sid"], failed=row["num_submits"], error_code=code, why=why)


_READ: Final = """
SELECT sid, account_sid, to_, from_, body, sealed_body, key_id, messaging_service_sid,
       status_callback, validity_seconds, lane, coalesce(num_submits, num_segments) AS num_submits
FROM messages WHERE sid = ANY($1::text[]) AND status = 'scheduled' ORDER BY sid
"""

# The guard is the status: what was canceled meanwhile stays so.
QUEUE: Final = """
WITH due AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::smallint[], $5::smallint[],
                       $6::smallint[], $7::text[], $8::timestamptz[])
    AS due (sid, from_, connector_sid, data_coding, num_segments, num_submits, text_style, at)
), moved AS (
  UPDATE messages m
  SET status = 'queued', from_ = d.from_, connector_sid = d.connector_sid,
      data_coding = d.data_coding, num_segments = d.num_segments, num_submits = d.num_submits,
      text_style = d.text_style, queued_at = d.at, updated_at = d.at
  FROM due d WHERE m.sid = d.sid AND m.status = 'scheduled'
  RETURNING m.sid, m.carrier_sid, m.account_sid, m.connector_sid, m.lane, m.queued_at,
            coalesce(m.num_submits, m.num_segments) AS num_submits
)
INSERT INTO queue (connector_sid, lane, queued_at, message_sid, number, carrier_sid, account_sid)
SELECT connector_sid, lane, queued_at, sid, number, carrier_sid, account_sid
FROM moved, generate_series(1, num_submits) AS number
"""
