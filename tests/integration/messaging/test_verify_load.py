"""Many verifications at once leave each other the connections that they need."""

import asyncio

from smsc import sids
from smsc.messaging.verification.asked import Asked
from smsc.messaging.verification.verify import Verifier
from smsc.models import VerifyService
from tests.integration.conftest import House


async def test_more_verifications_at_once_than_connections_all_begin(house: House) -> None:
    service = VerifyService(
        sid=sids.make(sids.Prefix.VERIFY_SERVICE),
        carrier_sid=house.account.carrier_sid,
        account_sid=house.account.sid,
        friendly_name="Clinic",
    )
    async with house.database.session() as db:
        db.add(service)
        await db.commit()
    house.directory.clear()  # each has to look up sender, route and price while it holds one
    verifier = Verifier(house.database, house.vault, house.outbound)
    async with asyncio.timeout(30):
        await asyncio.gather(
            *(
                verifier.start(house.account, service, Asked(to=f"+8551200{number:02}000"))
                for number in range(24)
            )
        )
    assert await house.value("SELECT count(*) FROM messages") == 24
