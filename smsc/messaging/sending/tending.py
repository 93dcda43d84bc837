"""What a gateway process asks each two seconds, in one question: leases, changes, its share."""

from time import monotonic
from typing import Final, NamedTuple

from smsc.db import Database
from smsc.messaging.sending.leases import LEASE_SECONDS, Lease


class Tended(NamedTuple):
    """How the connectors of a process stand."""

    leases: list[Lease]  # those it still has, renewed
    fingerprint: object  # see `fingerprint`
    share: int  # how many connectors that we bind to it should run at most


async def tend(database: Database, owner: str) -> Tended:
    """Renew all leases of this process; say what it still has, and what is new."""
    asked_at = monotonic()
    async with database.single() as connection:
        row = await connection.fetchrow(TEND, owner, LEASE_SECONDS)
    assert row is not None  # noqa: S101 one row, always
    ends_at = asked_at + LEASE_SECONDS
    renewed = zip(row["sids"], row["carrier_sids"], row["epochs"], strict=True)
    return Tended(
        [Lease(sid, carrier_sid, epoch, ends_at) for sid, carrier_sid, epoch in renewed],
        row["fingerprint"],
        row["share"],
    )


async def fingerprint(database: Database, owner: str) -> object:
    """Return what differs once any connector that a process holds, or a channel of one, does.

    A thousand rows are read, opened and parsed only when there is something new in them. None: it
    holds none.
    """
    async with database.single() as connection:
        return await connection.fetchval(_FINGERPRINT, owner)


# A row that was updated has another xmin, whoever updated it and whatever it says of the time.
# The end of a trace is no update.
_FINGERPRINT: Final = """
WITH held AS MATERIALIZED (
  SELECT connector_sid AS sid FROM connector_leases WHERE owner = $1
), rows AS (
  SELECT c.sid || c.xmin::text || coalesce(c.traced_until > now(), false)::text AS version
  FROM connectors c JOIN held USING (sid)
  UNION ALL
  SELECT c.sid || c.xmin::text FROM channels c JOIN held ON held.sid = c.connector_sid
)
SELECT sum(hashtextextended(version, 0)) FROM rows
"""
# All that are to be run, divided among the gateway processes that live, rounded up.
_SHARE: Final = """
SELECT ceil((SELECT count(*) FROM connectors
             WHERE NOT paused AND NOT dials_in
               AND (lent_until IS NULL OR lent_until <= now()))::numeric
            / greatest(count(*) FILTER (WHERE sid = $1 OR (
                'gateway' = ANY(string_to_array(kinds, ','))
                AND seen_at > now() - make_interval(secs => $2))), 1))::integer
FROM worker_processes
"""
TEND: Final = f"""
WITH renewed AS (
  UPDATE connector_leases SET expires_at = now() + make_interval(secs => $2)
  WHERE owner = $1 AND expires_at > now()
  RETURNING connector_sid, carrier_sid, epoch
)
SELECT coalesce(array_agg(connector_sid), '{{}}') AS sids,
       coalesce(array_agg(carrier_sid), '{{}}') AS carrier_sids,
       coalesce(array_agg(epoch), '{{}}') AS epochs,
       ({_FINGERPRINT}) AS fingerprint, ({_SHARE}) AS share
FROM renewed
"""  # noqa: S608 built of the constants above
