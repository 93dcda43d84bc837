"""Scheduled messages: released when they are due, or canceled before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import asyncpg
import structlog

from smsc.db import UNAVAILABLE, Connection, Database
from smsc.errors import GatewayError
from smsc.errors.messages import BalanceUsedUp
from smsc.messaging.accept import beside
from smsc.messaging.accept.drafts import Accepted, Draft
from smsc.messaging.accept.outbound import Outbound
from smsc.messaging.directory import AccountFacts, Directory
from smsc.messaging.statuses import Advance, advance
from smsc.models import AccountStatus, Lane
from smsc.routing.table import Way
from smsc.sms.receipt_errors import UNKNOWN_ERROR

log = structlog.get_logger()

MOST_AT_ONCE: Final = 500
SUSPENDED: Final = 30002


@dataclass(frozen=True, slots=True)
class Released:
    """What became of messages that were due."""

    queued: int
    failed: int


async def release(database: Database, directory: Directory, outbound: Outbound) -> Released:
    """Queue up to 500 messages that are due, and ring; committed on return.

    Sender, opt-out and route are looked at now: what can't be sent any more fails with the code
    that its accept would have been refused with.
    """
    queued: list[tuple[Accepted, Way]] = []
    failed: list[Advance] = []
    async with database.begin() as connection:
        rows = await connection.fetch(_TAKE, MOST_AT_ONCE)
        of_services = {
            (row["messaging_service_sid"], row["to_"])
            for row in rows
            if row["messaging_service_sid"] is not None
        }
        if of_services:
            await directory.read_sticky(list(of_services))
        for row in rows:
            account = await directory.account(row["account_sid"])
            if account is None or account.status != AccountStatus.ACTIVE:
                failed.append(_failed(row, SUSPENDED, "its account is not active"))
                continue
            try:
                message, way = await outbound.check(_draft(row, account))
            except GatewayError as refusal:
                failed.append(_failed(row, refusal.code, refusal.message))
            except UNAVAILABLE:
                raise
            except Exception:
                # A door: one that can't be looked at must not hold up all that is due behind it.
                log.exception("release.broken", message_sid=row["sid"])
                failed.append(_failed(row, UNKNOWN_ERROR, "it could not be prepared for sending"))
            else:
                queued.append((message, way))
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
        await advance(connection, failed)
    for way in {way.connector_sid: way for _, way in queued}.values():
        outbound.ring(way)
    return Released(len(paid), len(failed))


async def cancel(database: Database, account_sid: str, sid: str) -> bool:
    """Cancel a message that is still scheduled; say whether it was."""
    async with database.begin() as connection:
        rows = await connection.fetch(_UNSCHEDULE, sid, account_sid)
        changed = await advance(
            connection, [Advance(message_sid=row[0], canceled=True) for row in rows]
        )
    return bool(changed)


async def _queue(connection: Connection, messages: Sequence[Accepted]) -> None:
    if not messages:
        return
    await connection.execute(
        _QUEUE,
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


def _draft(row: asyncpg.Record, account: AccountFacts) -> Draft:
    return Draft(
        account=account,
        sid=row["sid"],
        to=row["to_"],
        from_=row["from_"],
        body=row["body"],
        messaging_service_sid=row["messaging_service_sid"],
        status_callback=row["status_callback"],
        validity=_validity(row),
        lane=Lane(row["lane"]),
        smart_encoded=False,  # it was, if wanted, when it was scheduled
    )


def _failed(row: asyncpg.Record, code: int, why: str) -> Advance:
    return Advance(message_sid=row["sid"], failed=row["num_submits"], error_code=code, why=why)


def _validity(row: asyncpg.Record) -> timedelta | None:
    seconds = row["validity_seconds"]
    return None if seconds is None else timedelta(seconds=seconds)


_TAKE: Final = """
WITH due AS MATERIALIZED (
  SELECT message_sid FROM scheduled_messages
  WHERE send_at <= now() ORDER BY send_at, message_sid LIMIT $1 FOR UPDATE SKIP LOCKED
), gone AS (
  DELETE FROM scheduled_messages s USING due WHERE s.message_sid = due.message_sid
)
SELECT m.sid, m.account_sid, m.to_, m.from_, m.body, m.messaging_service_sid, m.status_callback,
       m.validity_seconds, m.lane, coalesce(m.num_submits, m.num_segments) AS num_submits
FROM due JOIN messages m ON m.sid = due.message_sid
WHERE m.status = 'scheduled'
"""

# The guard is the status: what was canceled meanwhile stays so.
_QUEUE: Final = """
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
), noted AS (
  INSERT INTO message_events (message_sid, carrier_sid, account_sid, event)
  SELECT sid, carrier_sid, account_sid, 'queued' FROM moved
)
INSERT INTO queue (connector_sid, lane, queued_at, message_sid, number, carrier_sid, account_sid)
SELECT connector_sid, lane, queued_at, sid, number, carrier_sid, account_sid
FROM moved, generate_series(1, num_submits) AS number
"""

# One that is being released is locked: then this waits, and finds it gone.
_UNSCHEDULE: Final = """
DELETE FROM scheduled_messages WHERE message_sid = $1 AND account_sid = $2 RETURNING message_sid
"""
