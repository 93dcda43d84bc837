"""A day's traffic of one account, made from a seed and stored as if it had been sent."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from smsc import sids
from smsc.models import Lane
from tests.integration.conftest import NUMBER, House

# Prefixes of three operators; each has a million numbers.
OPERATORS: Final = ("85512", "85510", "85516", "85597", "85588", "85581", "85515", "85593")


@dataclass(frozen=True, slots=True)
class Sent:
    """One message of the past; a code that was typed in is confirmed after so long."""

    to: str
    at: datetime
    lane: Lane = Lane.NORMAL
    confirmed_after: timedelta | None = None


def some_number(chance: random.Random, numbers: int = 1_000_000) -> str:
    return f"+{chance.choice(OPERATORS)}{chance.randrange(numbers):06}"


def clinic(chance: random.Random, day: datetime) -> Iterator[Sent]:
    """Reminders to 400 patients who live around one mast: their SIMs were sold in one shop."""
    patients = [f"+85512{chance.randrange(20_000):06}" for _ in range(400)]
    for number, patient in enumerate(patients):
        yield Sent(patient, day + timedelta(hours=8, seconds=20 * number))


def codes(chance: random.Random, day: datetime) -> Iterator[Sent]:
    """A ticket sale: 1500 codes in a quarter of an hour, three of four typed in within a minute."""
    for _ in range(1500):
        typed = timedelta(seconds=chance.uniform(8, 60)) if chance.random() < 0.75 else None
        at = day + timedelta(hours=10, seconds=chance.uniform(0, 900))
        yield Sent(some_number(chance), at, Lane.OTP, typed)


def broadcast(chance: random.Random, day: datetime) -> Iterator[Sent]:
    """A warning to 4000 in one province, one by one, a SIM in twenty of its numbers."""
    seen = {some_number(chance, 10_000) for _ in range(4000)}
    for number, to in enumerate(sorted(seen, key=lambda _: chance.random())):
        yield Sent(to, day + timedelta(hours=15, seconds=number / 20))


def attack(day: datetime, count: int, *, lane: Lane = Lane.NORMAL) -> list[Sent]:
    """A pumper's walk through a range of a premium number, ten a second."""
    began = day + timedelta(hours=13)
    return [
        Sent(f"+37255{300_000 + number:06}", began + timedelta(seconds=number / 10), lane)
        for number in range(count)
    ]


async def store(house: House, traffic: list[Sent]) -> None:
    """Write messages, and a verification for each code."""
    carrier, account = house.account.carrier_sid, house.account.sid
    traffic = sorted(traffic, key=lambda one: one.at)
    async with house.database.begin() as connection:
        await connection.copy_records_to_table(
            "messages",
            columns=(
                *("sid", "carrier_sid", "account_sid", "direction", "status", "to_", "from_"),
                *("body", "lane", "data_coding", "num_segments", "created_at", "updated_at"),
            ),
            records=[
                (
                    *(_sid(sids.Prefix.MESSAGE, one, number), carrier, account, "outbound-api"),
                    *("delivered", one.to, NUMBER, "x", int(one.lane), 0, 1, one.at, one.at),
                )
                for number, one in enumerate(traffic)
            ],
        )
        service = sids.make(sids.Prefix.VERIFY_SERVICE)
        await connection.execute(
            """INSERT INTO verify_services (sid, carrier_sid, account_sid, friendly_name,
                 code_length) VALUES ($1, $2, $3, '', 6)""",
            service,
            carrier,
            account,
        )
        await connection.copy_records_to_table(
            "verifications",
            columns=(
                *("sid", "carrier_sid", "account_sid", "service_sid", "to_", "status"),
                *("expires_at", "created_at", "updated_at", "redacted_at"),
            ),
            records=[
                (
                    *(_sid(sids.Prefix.VERIFICATION, one, number), carrier, account, service),
                    *(one.to, "expired" if one.confirmed_after is None else "approved"),
                    *(one.at, one.at, one.at + (one.confirmed_after or timedelta(0)), one.at),
                )
                for number, one in enumerate(traffic)
                if one.lane is Lane.OTP
            ],
        )


def _sid(prefix: sids.Prefix, one: Sent, number: int) -> str:
    return f"{sids.first_of(prefix, one.at)[:-12]}{number:012x}"
