"""Channels in the database: claims that only ready ones can take, and what each has sent."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from smsc.db import Connection, Database
from smsc.messaging.sending.dispatch import CLAIMED_COLUMNS, Claim, read_claims
from smsc.messaging.sending.leases import Lease
from smsc.models import Lane
from smsc.routing.channels import Channel, Period, Span, Used, parse_hours

WAITS_FOR_CHANNEL: Final = "a channel: "  # begins `queue.waiting_for`


async def read_channels(
    connection: Connection, connector_sids: Iterable[str]
) -> dict[str, tuple[Channel, ...]]:
    """Return the channels of each connector, in the device's order."""
    rows = await connection.fetch(
        "SELECT * FROM channels WHERE connector_sid = ANY($1::text[]) ORDER BY number",
        list(connector_sids),
    )
    found: dict[str, list[Channel]] = {}
    for row in rows:
        found.setdefault(row["connector_sid"], []).append(_channel(row))
    return {sid: tuple(channels) for sid, channels in found.items()}


def _channel(row: Mapping[str, Any]) -> Channel:
    throughput = row["throughput"]
    return Channel(
        sid=row["sid"],
        number=row["number"],
        value=row["value"],
        phone_number=row["phone_number"],
        throughput=None if throughput is None else float(throughput),
        segment_quotas={Span.DAY: row["day_segments"], Span.MONTH: row["month_segments"]},
        recipient_quotas={Span.DAY: row["day_recipients"], Span.MONTH: row["month_recipients"]},
        month_starts_on=row["month_starts_on"],
        time_zone=row["time_zone"],
        hours=parse_hours(json.loads(row["working_hours"])),
        paused=row["paused"],
    )


async def claim(
    database: Database,
    lease: Lease,
    owner: str,
    channels: Sequence[Channel],
    ready: Sequence[Channel],
    lanes: Sequence[Lane],
    most: int,
) -> list[tuple[Claim, str | None]]:
    """Move up to `most` waiting segments to `in_flight` that one of the ready channels may take.

    Each comes with the channel that its message goes by already, if it does. A message whose
    sender is a channel's number goes by that channel and no other. Committed on return.
    """
    async with database.single() as connection:
        rows = await connection.fetch(
            _CLAIM,
            lease.connector_sid,
            owner,
            lease.epoch,
            most,
            [int(lane) for lane in lanes],
            [channel.sid for channel in ready],
            [channel.phone_number for channel in ready if channel.phone_number],
            [channel.phone_number for channel in channels if channel.phone_number],
        )
    claims = await read_claims(database, [row[:-1] for row in map(tuple, rows)])
    pairs = [(claim, row[-1]) for claim, row in zip(claims, rows, strict=True)]
    return sorted(pairs, key=lambda pair: pair[0].place)


@dataclass(frozen=True, slots=True)
class Given:
    """A segment that a channel is given."""

    channel: Channel
    message_sid: str
    recipient: str
    first: bool  # of its message


async def known_recipients(
    connection: Connection, periods: Mapping[str, Sequence[Period]], recipients: Sequence[str]
) -> set[tuple[str, Span, str]]:
    """Return (channel, span, recipient) of those that a channel has written to in its periods."""
    asked = [(sid, period) for sid, mine in periods.items() for period in mine]
    rows = await connection.fetch(
        """
        SELECT r.channel_sid, r.period, r.recipient
        FROM unnest($1::text[], $2::text[], $3::date[]) AS now (channel_sid, period, starts_on)
        JOIN channel_recipients r USING (channel_sid, period, starts_on)
        WHERE r.recipient = ANY($4::text[])
        """,
        [sid for sid, _ in asked],
        [period.span.value for _, period in asked],
        [period.starts_on for _, period in asked],
        list(recipients),
    )
    return {(row[0], Span(row[1]), row[2]) for row in rows}


async def read_usage(
    connection: Connection, channels: Sequence[Channel], now: datetime
) -> dict[str, dict[Span, Used]]:
    """Return what each channel was given today and this month, by its own calendar."""
    asked = [(channel.sid, channel.period(span, now)) for channel in channels for span in Span]
    rows = await connection.fetch(
        """
        SELECT now.channel_sid, now.period, coalesce(u.segments, 0), coalesce(u.recipients, 0)
        FROM unnest($1::text[], $2::text[], $3::date[]) AS now (channel_sid, period, starts_on)
        LEFT JOIN channel_usage u USING (channel_sid, period, starts_on)
        """,
        [sid for sid, _ in asked],
        [period.span.value for _, period in asked],
        [period.starts_on for _, period in asked],
    )
    usage: dict[str, dict[Span, Used]] = {}
    for sid, span, segments, recipients in rows:
        usage.setdefault(sid, {})[Span(span)] = Used(segments, recipients)
    return usage


async def give(
    connection: Connection, carrier_sid: str, given: Sequence[Given], now: datetime
) -> None:
    """Note the channel of each message, its recipients, and count the segments."""
    firsts = [one for one in given if one.first]
    await connection.execute(
        """
        UPDATE messages m SET channel_sid = g.channel_sid
        FROM unnest($1::text[], $2::text[]) AS g (sid, channel_sid) WHERE m.sid = g.sid
        """,
        [one.message_sid for one in firsts],
        [one.channel.sid for one in firsts],
    )
    counted = [(one, one.channel.period(span, now)) for one in given for span in Span]
    await connection.execute(
        _COUNT,
        [one.channel.sid for one, _ in counted],
        [period.span.value for _, period in counted],
        [period.starts_on for _, period in counted],
        [one.recipient for one, _ in counted],
        carrier_sid,
    )


async def take_back(
    connection: Connection, unsent: Sequence[tuple[Channel, int]], now: datetime
) -> None:
    """Count segments off again that a channel was given and the device did not accept."""
    counted = [(one, n, one.period(span, now)) for one, n in unsent for span in Span]
    await connection.execute(
        """
        UPDATE channel_usage u SET segments = greatest(u.segments - b.count, 0)
        FROM unnest($1::text[], $2::text[], $3::date[], $4::integer[])
          AS b (channel_sid, period, starts_on, count)
        WHERE u.channel_sid = b.channel_sid AND u.period = b.period AND u.starts_on = b.starts_on
        """,
        [one.sid for one, _, _ in counted],
        [period.span.value for _, _, period in counted],
        [period.starts_on for _, _, period in counted],
        [n for _, n, _ in counted],
    )


async def wake(connection: Connection, connector_sid: str) -> None:
    """Let what waits for a channel be looked at again: quotas or hours have changed."""
    await connection.execute(
        """
        UPDATE queue SET not_before = NULL, waiting_for = NULL
        WHERE connector_sid = $1 AND starts_with(waiting_for, $2)
        """,
        connector_sid,
        WAITS_FOR_CHANNEL,
    )


# Ready channels are few and slow: the queue is read from its front each time. What a resting SIM's
# own numbers sent is passed over, so that it holds up nobody else.
_CLAIM: Final = f"""
WITH lease AS MATERIALIZED (
  SELECT FROM connector_leases
  WHERE connector_sid = $1 AND owner = $2 AND epoch = $3 AND expires_at > now()
), picked AS MATERIALIZED (
  SELECT q.ctid AS place
  FROM queue q JOIN messages m ON m.sid = q.message_sid
  WHERE EXISTS (SELECT FROM lease)
    AND q.connector_sid = $1 AND q.lane = ANY($5::smallint[])
    AND (q.not_before IS NULL OR q.not_before <= now())
    AND (m.channel_sid = ANY($6::text[])
         OR (m.channel_sid IS NULL
             AND (m.from_ = ANY($7::text[]) OR m.from_ <> ALL($8::text[]))))
  ORDER BY q.lane, q.queued_at, q.message_sid, q.number
  LIMIT $4 FOR UPDATE OF q SKIP LOCKED
), moved AS (
  DELETE FROM queue USING picked WHERE queue.ctid = picked.place
  RETURNING queue.*
), noted AS (
  INSERT INTO in_flight (message_sid, number, connector_sid, lane, queued_at, carrier_sid,
                         account_sid, attempts, doubts, epoch, claimed_at)
  SELECT message_sid, number, connector_sid, lane, queued_at, carrier_sid,
         account_sid, attempts, doubts, $3, now()
  FROM moved
)
SELECT {CLAIMED_COLUMNS}, m.channel_sid
FROM moved w JOIN messages m ON m.sid = w.message_sid
"""  # noqa: S608 built of a constant

_COUNT: Final = """
WITH given AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::text[])
    AS given (channel_sid, period, starts_on, recipient)
), met AS (
  INSERT INTO channel_recipients (channel_sid, period, starts_on, recipient, carrier_sid)
  SELECT DISTINCT channel_sid, period, starts_on, recipient, $5::text FROM given
  ON CONFLICT DO NOTHING
  RETURNING channel_sid, period, starts_on
)
INSERT INTO channel_usage AS u (channel_sid, period, starts_on, carrier_sid, segments, recipients)
SELECT channel_sid, period, starts_on, $5, count(*),
       (SELECT count(*) FROM met
        WHERE met.channel_sid = given.channel_sid AND met.period = given.period)
FROM given GROUP BY channel_sid, period, starts_on
ON CONFLICT (channel_sid, period, starts_on)
DO UPDATE SET segments = u.segments + excluded.segments,
              recipients = u.recipients + excluded.recipients
"""
