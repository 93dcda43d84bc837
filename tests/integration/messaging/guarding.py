"""An account whose protection a test decides, over the parts of one process."""

from smsc.messaging.directory import AccountFacts
from tests.integration.conftest import House


async def protect(house: House, **columns: object) -> AccountFacts:
    """Set columns of the house's account, and return what the doors then know of it."""
    names = list(columns)
    changes = ", ".join(f"{name} = ${place}" for place, name in enumerate(names, 2))
    await house.value(
        f"UPDATE accounts SET {changes} WHERE sid = $1",
        house.account.sid,
        *columns.values(),
    )
    return await look_again(house)


async def look_again(house: House) -> AccountFacts:
    """Drop the caches; the house's account is as the database has it."""
    house.directory.clear()
    facts = await house.directory.account(house.account.sid)
    assert facts is not None
    house.account = facts
    return facts
