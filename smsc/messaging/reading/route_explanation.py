"""How a number would go now, and why: each route that fits it, in the order of the choice."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import asyncpg

from smsc.billing.prices import PriceList
from smsc.db import Database
from smsc.models import TariffDirection
from smsc.sms.address import parse_destination
from smsc.sms.number_facts import iso_country_of


class Verdict(StrEnum):
    """Why a route is taken, or isn't."""

    TAKEN = "taken"
    PAUSED = "paused"  # its connector is, so it is as if there were no such route
    DRAINING = "draining"  # its connector is: it sends what waits, and gets nothing new
    SHORTER = "shorter"  # a longer prefix fits, too
    UNBOUND = "unbound"  # another of its prefix is bound
    LATER = "later"  # another of its prefix has a lesser priority number


@dataclass(frozen=True, slots=True)
class Candidate:
    """A route whose prefix fits."""

    route_sid: str
    prefix: str
    priority: int
    connector_sid: str
    connector_name: str
    is_bound: bool
    state: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would become of a message of one segment to a number."""

    number: str
    iso_country: str | None
    candidates: Sequence[Candidate]
    price: Decimal | None
    price_unit: str

    @property
    def taken(self) -> Candidate | None:
        """The route that a message would be given; None: it would be refused (21612)."""
        return next((one for one in self.candidates if one.verdict is Verdict.TAKEN), None)


async def explain(database: Database, prices: PriceList, carrier_sid: str, to: str) -> Explanation:
    """Say how a number would go.

    Raises:
        InvalidDestination: it is no number.
    """
    number = parse_destination(to).value
    async with database.single() as connection:
        rows = await connection.fetch(_FITTING, carrier_sid, number.removeprefix("+"))
    best = next((row for row in rows if not row["paused"] and not row["draining"]), None)
    price = prices.of(TariffDirection.OUTBOUND, number, 1)
    return Explanation(
        number,
        iso_country_of(number),
        [
            Candidate(
                row["sid"],
                row["prefix"],
                row["priority"],
                row["connector_sid"],
                row["name"],
                row["bound"],
                row["state"],
                _verdict(row, best),
            )
            for row in rows
        ],
        None if price is None else price.amount,
        prices.unit,
    )


def _verdict(row: asyncpg.Record, best: asyncpg.Record | None) -> Verdict:
    if row["paused"]:
        return Verdict.PAUSED
    if row["draining"] or best is None:
        return Verdict.DRAINING
    if row["sid"] == best["sid"]:
        return Verdict.TAKEN
    if len(row["prefix"]) < len(best["prefix"]):
        return Verdict.SHORTER
    return Verdict.UNBOUND if best["bound"] and not row["bound"] else Verdict.LATER


# As smsc.routing.table orders them; the paused ones, which it never sees, behind their prefix.
_FITTING = """
SELECT r.sid, r.prefix, r.priority, r.connector_sid, c.name, c.paused, c.draining, l.state,
       l.state = 'bound' AND l.expires_at > now() AS bound
FROM routes r
JOIN connectors c ON c.sid = r.connector_sid
JOIN connector_leases l ON l.connector_sid = r.connector_sid
WHERE r.carrier_sid = $1 AND starts_with($2, r.prefix)
ORDER BY length(r.prefix) DESC, c.paused OR c.draining,
         NOT (l.state = 'bound' AND l.expires_at > now()), r.priority, r.connector_sid
"""
