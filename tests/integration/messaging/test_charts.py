import re
from datetime import UTC, datetime, timedelta

import pytest

from smsc.messaging.reading import charts
from smsc.models import Role
from smsc.provisioning.reach import Reach
from tests.integration.conftest import House
from tests.integration.messaging.test_traffic_plans import GROWING, plan


async def test_the_last_day_is_counted_by_hour_country_and_operator(house: House) -> None:
    now = datetime.now(UTC)
    for to in ("+85512345678", "+85512345679", "+33612345678"):
        await house.accept(to=to)
    await house.value(
        """
        UPDATE messages SET status = 'delivered', updated_at = created_at + interval '3 seconds'
        WHERE to_ <> '+33612345678' RETURNING 1
        """
    )
    seen = await charts.last_day(house.database, Reach(house.account.carrier_sid, Role.MEMBER), now)
    assert len(seen.hours) == charts.HOURS
    assert sum(hour.sent for hour in seen.hours) == 3
    assert seen.hours[-1].begins <= now < seen.hours[-1].begins + timedelta(hours=1)
    assert seen.countries == [("KH", 2), ("FR", 1)]
    assert ("Cellcard", 2) in seen.operators
    assert seen.seconds_to_deliver == pytest.approx(3, rel=0.03)


async def test_others_messages_are_not_counted(house: House) -> None:
    await house.accept()
    reach = Reach(house.account.carrier_sid, None, {"AC" + "9" * 32: Role.OWNER})
    seen = await charts.last_day(house.database, reach, datetime.now(UTC))
    assert sum(hour.sent for hour in seen.hours) == 0
    assert seen.seconds_to_deliver is None


async def test_the_count_walks_the_index_of_each_account(house: House) -> None:
    reach = Reach(house.account.carrier_sid, Role.MEMBER)
    async with house.database.begin() as connection:
        text = await plan(connection, charts.statement(reach)[0])
    assert [name for name in re.findall(r"Seq Scan on (\w+)", text) if name in GROWING] == [], text
