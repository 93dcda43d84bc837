"""Which bind of a connector is down, and why, is for everybody to see."""

from datetime import UTC, datetime

import pytest

from api.carrier.views import BindStateView, ConnectorView
from smsc.errors import NoRoute
from smsc.messaging.reading.connector_hours import last_day
from smsc.provisioning import connectors
from smsc.provisioning.transaction import reading
from smsc.simulator.behaviour import Behaviour
from smsc.simulator.simbox import SimBox
from tests.integration.conftest import House
from tests.integration.workers.test_gateway_channels import add_channel
from tests.integration.workers.test_gateway_process import point_at, running, until


async def shown(house: House) -> ConnectorView:
    async with reading(house.database) as db:
        live = await connectors.get(db, house.account.carrier_sid, house.connector_sid)
        return ConnectorView.of(live, house.vault)


async def test_a_line_that_is_refused_is_shown_beside_one_that_is_bound(
    house: House, redis_url: str
) -> None:
    async with SimBox(Behaviour(), system_id="user01") as box:
        await point_at(house, box, channel_selection="bind")
        for number in (1, 2):
            await add_channel(house, number)
        async with running(house, redis_url):

            async def both_are_told() -> bool:
                states = (await shown(house)).bind_states
                return [one.state for one in states] == ["bound", "backing_off"]

            await until(both_are_told)
            view = await shown(house)
            assert view.state == "bound"
            assert view.reason.startswith(
                "1 of 2 binds are bound; transceiver user02: bind refused"
            )
            assert view.bind_states[1] == BindStateView(
                system_id="user02",
                bind_type="transceiver",
                state="backing_off",
                reason="bind refused: ESME_RINVPASWD",
            )

        async def nothing_is_claimed() -> bool:
            return (await shown(house)).bind_states == []

        await until(nothing_is_claimed)


async def test_what_a_bind_does_and_what_went_over_it_in_the_hour_is_told(
    house: House, redis_url: str
) -> None:
    async with SimBox(Behaviour()) as box:
        await point_at(house, box, throughput=50)
        async with running(house, redis_url):
            await house.accept()

            async def is_counted() -> bool:
                day = await last_day(
                    house.database,
                    house.account.carrier_sid,
                    datetime.now(UTC),
                    [house.connector_sid],
                )
                hours = day[house.connector_sid]
                assert len(hours) == 24
                return hours[-1].accepted == 1 and hours[-1].received == 1

            await until(is_counted)
            figures = (await shown(house)).bind_figures[0]
            assert figures.rate == 50
            assert figures.window == 10
            assert figures.bound_since is not None
            assert figures.heard_at is not None
            assert figures.heard_at >= figures.bound_since
            assert not figures.is_throttled


async def test_a_connector_that_drains_gets_nothing_new(house: House) -> None:
    await house.value("UPDATE connectors SET draining = true")
    house.directory.clear()
    with pytest.raises(NoRoute):
        await house.accept()
