"""A messaging service of the fixture's account, with as many senders as a test wants."""

from datetime import UTC, datetime, timedelta

from smsc import sids
from smsc.messaging.accept.drafts import Accepted
from tests.integration.conftest import House

LATER = timedelta(hours=1)


async def add_sender(house: House, sender: str, *, kind: str = "e164", iso: str | None) -> None:
    """Give the account a sender."""
    await house.value(
        """INSERT INTO phone_numbers (sid, carrier_sid, account_sid, phone_number, kind,
             friendly_name, sms_method, sms_fallback_method, iso_country)
           VALUES ($1, $2, $3, $4, $5, '', 'POST', 'POST', $6)""",
        sids.make(sids.Prefix.PHONE_NUMBER),
        house.account.carrier_sid,
        house.account.sid,
        sender,
        kind,
        iso,
    )


async def add_service(house: House, *senders: str, **settings: object) -> str:
    """Make a service with these of the account's senders in its pool."""
    sid = sids.make(sids.Prefix.MESSAGING_SERVICE)
    columns = {
        "sid": sid,
        "carrier_sid": house.account.carrier_sid,
        "account_sid": house.account.sid,
        "friendly_name": "Clinic",
        "sticky_sender": True,
        "smart_encoding": True,
        "area_code_geomatch": True,
        "validity_period": 36_000,
        "mms_converter": True,
        "fallback_to_long_code": True,
    } | settings
    names = ", ".join(columns)
    places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    await house.value(
        f"INSERT INTO messaging_services ({names}) VALUES ({places})",
        *columns.values(),
    )
    await house.value(
        "UPDATE phone_numbers SET messaging_service_sid = $1 WHERE phone_number = ANY($2::text[])",
        sid,
        list(senders),
    )
    house.directory.clear()
    return sid


async def send(house: House, service_sid: str, **changes: object) -> Accepted:
    """Send through a service that chooses the sender."""
    return await house.accept(from_=None, messaging_service_sid=service_sid, **changes)


async def schedule_one(house: House, service_sid: str, **changes: object) -> Accepted:
    """Schedule a message for in an hour."""
    return await send(house, service_sid, send_at=datetime.now(UTC) + LATER, **changes)
