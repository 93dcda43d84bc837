"""What a connector's row says reaches its binds."""

from datetime import timedelta

from smsc.smpp.bind import BindConfig, DialIn
from smsc.smpp.pdu import BindType
from tests.integration.conftest import House
from workers.config import read_configs


async def binds(house: House, **columns: object) -> tuple[BindConfig, ...]:
    assignments = ", ".join(f"{column} = ${n}" for n, column in enumerate(columns, start=1))
    await house.value(f"UPDATE connectors SET {assignments}", *columns.values())
    configs = await read_configs(house.database, house.vault, [house.connector_sid])
    return configs[house.connector_sid].binds


async def test_a_bind_is_as_the_row_says(house: House) -> None:
    (bind,) = await binds(
        house,
        system_type="VMS",
        interface_version=0x50,
        address_range="855",
        address_ton=1,
        address_npi=1,
        window_size=7,
        throughput=0.25,
        session_init_seconds=1,
        enquire_link_seconds=2,
        enquire_link_response_seconds=3,
        response_timeout_seconds=4,
        inactivity_seconds=5,
    )
    assert (bind.system_type, bind.interface_version) == ("VMS", 0x50)
    assert (bind.address_range, bind.addr_ton, bind.addr_npi) == ("855", 1, 1)
    assert (bind.window, bind.throughput) == (7, 0.25)
    timers = bind.timers
    assert [
        timers.session_init,
        timers.enquire_link,
        timers.enquire_link_response,
        timers.response,
        timers.inactivity,
    ] == [timedelta(seconds=n) for n in (1, 2, 3, 4, 5)]


async def test_pairs_are_a_transmitter_and_a_receiver_each(house: House) -> None:
    made = await binds(house, bind_type="pair", binds=2)
    assert [bind.bind_type for bind in made] == [BindType.TRANSMITTER, BindType.RECEIVER] * 2


async def test_a_device_that_dials_in_may_bind_as_often_as_we_would(house: House) -> None:
    made = await binds(house, bind_type="pair", binds=2, dials_in=True, dial_in_pdu="submit_sm")
    assert [bind.dial_in for bind in made] == [DialIn.SUBMIT_SM] * 4
