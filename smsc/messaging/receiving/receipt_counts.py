"""How well a connector's receipts find their segments: counted a batch a statement."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from smsc.db import Connection
from smsc.sms.correlation import Spelling


@dataclass(slots=True)
class Counts:
    """What a batch adds to one connector's counts."""

    matched: int = 0
    parked: int = 0  # less those that were parked and are matched now
    spellings: Counter[Spelling] = field(default_factory=Counter)


async def add(connection: Connection, counts: dict[str, Counts]) -> None:
    """Add to the counts of connectors, by SID; those that are gone are passed over."""
    if not counts:
        return
    batch = [counts[sid] for sid in sorted(counts)]  # one order for all processes: no deadlock
    await connection.execute(
        _ADD,
        sorted(counts),
        [one.matched for one in batch],
        [one.parked for one in batch],
        *(_column(batch, spelling) for spelling in Spelling),
    )


def _column(batch: Iterable[Counts], spelling: Spelling) -> list[int]:
    return [one.spellings[spelling] for one in batch]


_ADD: Final = """
INSERT INTO connector_receipts AS known (connector_sid, carrier_sid, matched, parked, id_same,
                                         id_folded, id_hexadecimal, id_decimal, id_ascii)
SELECT c.sid, c.carrier_sid, r.matched, r.parked, r.same, r.folded, r.hexadecimal,
       r.decimal, r.ascii
FROM unnest($1::text[], $2::integer[], $3::integer[], $4::integer[], $5::integer[], $6::integer[],
            $7::integer[], $8::integer[])
  AS r (sid, matched, parked, same, folded, hexadecimal, decimal, ascii)
JOIN connectors c ON c.sid = r.sid
ON CONFLICT (connector_sid) DO UPDATE
SET matched = known.matched + excluded.matched,
    parked = greatest(known.parked + excluded.parked, 0),
    id_same = known.id_same + excluded.id_same,
    id_folded = known.id_folded + excluded.id_folded,
    id_hexadecimal = known.id_hexadecimal + excluded.id_hexadecimal,
    id_decimal = known.id_decimal + excluded.id_decimal,
    id_ascii = known.id_ascii + excluded.id_ascii,
    updated_at = now()
"""
