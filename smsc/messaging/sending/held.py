"""Segments in doubt under the policy `hold`: they wait for a receipt, then fail (house rule 3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from smsc.db import Connection, Database
from smsc.messaging.receiving.matching import Candidate, ReceivedReceipt
from smsc.messaging.sending.responses import NEVER_ANSWERED
from smsc.messaging.statuses import Advance, Changed, advance
from smsc.sms.address import same_handset
from smsc.sms.correlation import stored_key

PROVIDER_TIMEOUT: Final = 30410  # Twilio: failed and not retried, to avoid doubles
WAIT: Final = timedelta(hours=1)
WHY: Final = "no answer came, and no receipt within an hour of it"


@dataclass(slots=True)
class Adopted:
    """Receipts that have found a held segment, and those that have not."""

    matched: list[tuple[ReceivedReceipt, Candidate]] = field(default_factory=list)
    left: list[ReceivedReceipt] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    undecided: set[str] = field(default_factory=set)  # connectors where a response may decide


async def adopt(connection: Connection, receipts: Sequence[ReceivedReceipt]) -> Adopted:
    """Give receipts of unknown ids to held segments, where only one can be meant.

    The receipt proves that the segment was taken, and tells its id: it is `sent` from then on. Of
    several held segments to one handset none is chosen: that would be a guess. So would it be while
    another one to that handset awaits its response, which the receipt may have overtaken.
    """
    adopted = Adopted()
    if not receipts:
        return adopted
    in_flight = await connection.fetch(
        _OF_CONNECTORS_THAT_HOLD, list({receipt.connector_sid for receipt in receipts})
    )
    held = [row for row in in_flight if row["is_held"]]
    awaited = [row for row in in_flight if not row["is_held"]]
    taken: set[tuple[str, int]] = set()
    for receipt in receipts:
        fitting = [
            row
            for row in held
            if (row["message_sid"], row["number"]) not in taken and _fits(receipt, row)
        ]
        if len(fitting) != 1 or not receipt.message_id:
            adopted.left.append(receipt)
            continue
        if any(_fits(receipt, row) for row in awaited):
            adopted.left.append(receipt)
            adopted.undecided.add(receipt.connector_sid)
            continue
        row = fitting[0]
        taken.add((row["message_sid"], row["number"]))
        answered_at = await connection.fetchval(
            _ADOPT,
            row["message_sid"],
            row["number"],
            receipt.message_id,
            stored_key(receipt.message_id),
        )
        adopted.matched.append(
            (
                receipt,
                Candidate(
                    row["message_sid"],
                    row["number"],
                    receipt.message_id,
                    stored_key(receipt.message_id),
                    None,
                    row["claimed_at"],
                    answered_at,
                    row["to_"],
                    row["account_sid"],
                    row["count"],
                    row["key_id"],
                    row["is_redacted"],
                ),
            )
        )
    adopted.changed = await advance(
        connection,
        [
            Advance(
                message_sid=sid, sent=1, number=number, why="its receipt shows that it was taken"
            )
            for sid, number in sorted(taken)
        ],
    )
    return adopted


async def give_up(database: Database) -> list[Changed]:
    """Fail what was held for an hour in vain."""
    async with database.begin() as connection:
        rows = await connection.fetch(_GIVE_UP, WAIT, NEVER_ANSWERED)
        return await advance(
            connection,
            [
                Advance(
                    message_sid=sid, failed=1, number=number, error_code=PROVIDER_TIMEOUT, why=WHY
                )
                for sid, number in rows
            ],
        )


def _fits(receipt: ReceivedReceipt, row: Mapping[str, Any]) -> bool:
    """Say whether a receipt may be about a segment in flight, as far as can be told without ids."""
    return (
        row["connector_sid"] == receipt.connector_sid
        and same_handset(row["to_"], receipt.source_addr or receipt.destination_addr)
        and (receipt.parked_at is None or row["claimed_at"] <= receipt.parked_at)
    )


# Nearly always nothing is held: then this reads an empty index, however much is in flight.
_OF_CONNECTORS_THAT_HOLD: Final = """
SELECT f.connector_sid, f.message_sid, f.number, m.to_, f.account_sid, f.claimed_at,
       coalesce(m.num_submits, m.num_segments) AS count, m.key_id,
       m.key_id IS NOT NULL AND m.sealed_body IS NULL AS is_redacted,
       f.held_at IS NOT NULL AS is_held
FROM (
  SELECT DISTINCT connector_sid FROM in_flight
  WHERE held_at IS NOT NULL AND connector_sid = ANY($1::text[])
) AS holding
JOIN in_flight f ON f.connector_sid = holding.connector_sid
JOIN messages m ON m.sid = f.message_sid
"""

_ADOPT: Final = """
WITH gone AS (
  DELETE FROM in_flight WHERE message_sid = $1 AND number = $2 AND held_at IS NOT NULL RETURNING *
)
INSERT INTO segments (message_sid, number, carrier_sid, account_sid, connector_sid,
                      command_status, smsc_message_id, receipt_key, submitted_at, answered_at)
SELECT message_sid, number, carrier_sid, account_sid, connector_sid, 0, $3, $4, claimed_at, now()
FROM gone
RETURNING answered_at
"""

_GIVE_UP: Final = """
WITH gone AS (
  DELETE FROM in_flight WHERE held_at < now() - $1::interval RETURNING *
)
INSERT INTO segments (message_sid, number, carrier_sid, account_sid, connector_sid,
                      command_status, submitted_at, answered_at)
SELECT message_sid, number, carrier_sid, account_sid, connector_sid, $2, claimed_at, now()
FROM gone
RETURNING message_sid, number
"""
