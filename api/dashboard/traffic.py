"""Traffic in charts: the last day by hour, country and operator; a month by day; speed, spend."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, cast

from starlette.requests import Request
from starlette.responses import Response

from api.dashboard import charts, writing
from api.dashboard.charts import Chart
from api.dashboard.languages import gettext as _
from api.dashboard.remembered import Remembered
from api.dashboard.rendering import render, zone_of
from api.dashboard.visitors import Visitor
from api.deps import Services, services
from smsc.messaging.reading.charts import Day, LastDay, last_day, last_days
from smsc.provisioning import accounts
from smsc.provisioning.reach import Reach
from smsc.provisioning.transaction import reading

_MOST_ROWS: Final = 30  # of a table


@dataclass(frozen=True, slots=True)
class Counted:
    """What the page draws, and when it was counted."""

    at: datetime
    last_day: LastDay
    days: Sequence[Day]


async def show(request: Request, visitor: Visitor) -> Response:
    """Show it: a page of its own, and a part of the first page."""
    house, reach = services(request), visitor.reach
    counted = await remembered_in(request).get(
        (reach.carrier_sid, None if reach.account_sids is None else tuple(reach.account_sids)),
        lambda: _count(house, reach),
    )
    seen, days = counted.last_day, counted.days
    unit = (await house.directory.prices(visitor.reach.carrier_sid)).unit
    zone = zone_of(visitor)
    hours = [(f"{one.begins.astimezone(zone):%H}", one.sent, one.received) for one in seen.hours]
    counts = [(f"{day.date.day}", day.sent, day.received) for day in days]
    sent, received = _("To be sent"), _("Received")
    return render(
        "traffic.html",
        visitor,
        seconds=seen.seconds_to_deliver,
        counted_at=counted.at,
        spent_today=f"{days[-1].spent:f} {unit}",
        spent=f"{sum((day.spent for day in days), Decimal(0)):f} {unit}",
        charts=[
            Chart(
                _("The last 24 hours, by hour"),
                charts.columns([(label, count) for label, count, _in in hours]),
                (_("Hour"), sent, received),
                hours,
            ),
            Chart(
                _("The last 30 days, by day"),
                charts.columns([(label, count) for label, count, _in in counts]),
                (_("Day"), sent, received),
                counts,
            ),
            *_places(seen, sent),
        ],
    )


def _places(seen: LastDay, sent: str) -> Sequence[Chart]:
    if not seen.countries:
        return ()
    unknown = _("unknown")
    countries = [(writing.country(iso) or unknown, count) for iso, count in seen.countries]
    operators = [(name or unknown, count) for name, count in seen.operators]
    return (
        Chart(
            _("The last 24 hours, by country"),
            charts.bars(countries),
            (_("Country"), sent),
            countries[:_MOST_ROWS],
        ),
        Chart(
            _("The last 24 hours, by operator of the number"),
            charts.bars(operators),
            (_("Operator"), sent),
            operators[:_MOST_ROWS],
        ),
    )


def remembered_in(request: Request) -> Remembered[Counted]:
    """Return what this process has counted of late: it is never waited for twice."""
    return cast("Remembered[Counted]", request.app.state.counted)


async def _count(house: Services, reach: Reach) -> Counted:
    now = datetime.now(UTC)
    seen = await last_day(house.confined, reach, now)
    return Counted(now, seen, await _days(house, reach, now))


async def _days(house: Services, reach: Reach, now: datetime) -> Sequence[Day]:
    async with reading(house.database) as db:
        seen = reach.account_sids or await accounts.sids_of(db, reach.carrier_sid)
    return await last_days(house.confined, seen, now.date())
