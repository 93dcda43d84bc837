"""The lines of a bulk that differ by recipient and text alone have a check of their own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from smsc.messaging.accept.drafts import Draft
from smsc.messaging.directory import AccountFacts
from smsc.messaging.guard.protection import Cap, Protection
from smsc.models import Lane, PumpingGuard
from tests.integration.conftest import NUMBER, House


def alike(house: House, **changes: object) -> Draft:
    """Return what the lines of a bulk of the house have in common."""
    draft: dict[str, object] = {"account": house.account, "from_": NUMBER, "lane": Lane.BULK}
    draft |= {"to": None, "body": None, "in_bulk": True}
    return Draft(**draft | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("to", "body"),
    [
        ("+85512345678", "Dear Sok"),
        ("+855 (0)12 345-678", "x" * 161),
        ("+85512345678", "ជំរាបសួរ"),
        ("+85512345678", "a\x00b"),
    ],
    ids=["plain", "a tidied number, two segments", "UCS-2", "U+0000"],
)
async def test_a_plain_line_makes_the_message_that_the_common_check_makes(
    house: House, to: str, body: str
) -> None:
    common = alike(house, validity=timedelta(hours=1))
    lines = await house.outbound.plain_lines(common)
    assert lines is not None
    made = lines.check(to, body)
    expected, _ = await house.outbound.check(common._replace(to=to, body=body))
    assert made is not None
    assert made == expected._replace(sid=made.sid, created_at=made.created_at, beside=None)


@pytest.mark.parametrize(
    ("to", "body"),
    [("", "Hello"), ("nobody", "Hello"), (NUMBER, "Hello"), ("+85512345678", ""), ("+1", "Hello")],
    ids=["no recipient", "no number", "itself", "no text", "too short"],
)
async def test_a_line_that_may_be_refused_is_left_to_the_common_check(
    house: House, to: str, body: str
) -> None:
    lines = await house.outbound.plain_lines(alike(house))
    assert lines is not None
    assert lines.check(to, body) is None


async def test_a_number_without_a_route_is_left_to_the_common_check(house: House) -> None:
    async with house.database.begin() as connection:
        await connection.execute("UPDATE routes SET prefix = '855'")
    lines = await house.outbound.plain_lines(alike(house))
    assert lines is not None
    assert lines.check("+12025550123", "Hello") is None


def protected(**changes: object) -> Callable[[AccountFacts], AccountFacts]:
    return lambda account: replace(account, protection=Protection(**changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        protected(quarantine="suspected"),
        protected(only_recipients=frozenset()),
        protected(text_prefix="Trial:"),
        protected(caps=(Cap("AC", 10, None, Decimal(1)),)),
        protected(pumping_guard=PumpingGuard.ALL.value),
        lambda account: replace(account, closed_countries=frozenset({"KH"})),
    ],
    ids=["quarantine", "trial", "its prefix", "caps", "guard", "closed countries"],
)
async def test_no_line_is_plain_of_an_account_that_is_limited(
    house: House, change: Callable[[AccountFacts], AccountFacts]
) -> None:
    assert await house.outbound.plain_lines(alike(house, account=change(house.account))) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"from_": None},
        {"from_": "Clinic"},
        {"from_": "+12025550999"},
        {"messaging_service_sid": "MG" + "0" * 32},
        {"smart_encoded": True},
        {"validity": timedelta()},
    ],
    ids=["no sender", "a name", "not its own", "a service", "look-alikes", "no time"],
)
async def test_no_line_is_plain_that_needs_another_look(
    house: House, changes: dict[str, object]
) -> None:
    assert await house.outbound.plain_lines(alike(house, **changes)) is None


@pytest.mark.parametrize(
    "statement",
    [
        """INSERT INTO opt_outs (sid, carrier_sid, account_sid, scope, handset, source)
           SELECT 'OO1', carrier_sid, sid, $1, '+85512000000', 'api' FROM accounts""",
        """INSERT INTO tariffs (sid, carrier_sid, direction, prefix, price)
           SELECT 'TF1', carrier_sid, 'outbound', '', 0.01 FROM accounts
           WHERE $1::text IS NOT NULL""",
    ],
    ids=["opt-outs", "prices"],
)
async def test_no_line_is_plain_while_recipients_opted_out_or_pay(
    house: House, statement: str
) -> None:
    async with house.database.begin() as connection:
        await connection.execute(statement, NUMBER)
    assert await house.outbound.plain_lines(alike(house)) is None
