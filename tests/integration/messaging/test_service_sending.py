"""What a messaging service makes of a message that is sent through it."""

import pytest

from smsc import sids
from smsc.errors import GatewayError, MessagingServiceNotFound
from smsc.errors.services import (
    InvalidApplication,
    InvalidServiceSid,
    NoSenderFits,
    PoolEmpty,
    SenderNotInService,
)
from smsc.sms.status import MessageStatus
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.messaging.services import add_sender, add_service, send

KHMER = "+85512999001"
OTHER = "+85512999002"


async def test_the_service_chooses_the_sender_and_says_accepted(house: House) -> None:
    await add_sender(house, KHMER, iso="KH")
    service = await add_service(house, NUMBER, KHMER)
    message = await send(house, service)
    assert (message.from_, message.told_status) == (KHMER, MessageStatus.ACCEPTED)
    assert await house.rows("SELECT status, from_, messaging_service_sid FROM messages") == [
        ("queued", KHMER, service)
    ]
    assert await house.value("SELECT count(*) FROM queue") == 1


async def test_a_recipient_keeps_its_sender_while_that_is_in_the_pool(house: House) -> None:
    await add_sender(house, KHMER, iso="KH")
    await add_sender(house, OTHER, iso="KH")
    service = await add_service(house, KHMER, OTHER)
    first = (await send(house, service)).from_
    for _ in range(4):
        assert (await send(house, service)).from_ == first
    house.directory.clear()  # what the database has is what counts
    assert (await send(house, service)).from_ == first
    assert await house.rows("SELECT to_, sender FROM sticky_senders") == [(HANDSET, first)]
    await house.value(
        "UPDATE phone_numbers SET messaging_service_sid = NULL WHERE phone_number = $1", first
    )
    house.directory.clear()
    assert (await send(house, service)).from_ != first


async def test_without_sticking_load_is_spread(house: House) -> None:
    await add_sender(house, KHMER, iso="KH")
    await add_sender(house, OTHER, iso="KH")
    service = await add_service(house, KHMER, OTHER, sticky_sender=False)
    chosen = [(await send(house, service)).from_ for _ in range(10)]
    assert chosen.count(KHMER) == chosen.count(OTHER) == 5
    assert await house.value("SELECT count(*) FROM sticky_senders") == 0


async def test_many_recipients_are_asked_for_at_once(house: House) -> None:
    await add_sender(house, KHMER, iso="KH")
    await add_sender(house, OTHER, iso="KH")
    service = await add_service(house, KHMER, OTHER)
    first = (await send(house, service)).from_
    house.directory.clear()
    await house.directory.read_sticky([(service, HANDSET), (service, OTHER)])
    await house.value("DELETE FROM sticky_senders")  # what was read is kept for two seconds
    assert await house.directory.sticky(service, HANDSET) == first
    assert await house.directory.sticky(service, OTHER) is None


async def test_a_sender_id_goes_where_names_are_shown(house: House) -> None:
    await add_sender(house, "CLINIC", kind="alphanumeric", iso=None)
    service = await add_service(house)
    await house.value(
        """INSERT INTO alpha_senders (sid, carrier_sid, account_sid, messaging_service_sid,
             alpha_sender) VALUES ($1, $2, $3, $4, 'CLINIC')""",
        sids.make(sids.Prefix.ALPHA_SENDER),
        house.account.carrier_sid,
        house.account.sid,
        service,
    )
    house.directory.clear()
    assert (await send(house, service)).from_ == "CLINIC"
    with pytest.raises(NoSenderFits):
        await send(house, service, to="+15075550199")


async def test_a_carriers_own_rule_goes_before_the_countrys(house: House) -> None:
    await add_sender(house, "CLINIC", kind="alphanumeric", iso=None)
    service = await add_service(house, NUMBER)
    await house.value(
        "INSERT INTO alpha_senders (sid, carrier_sid, account_sid, messaging_service_sid, "
        "alpha_sender) VALUES ('AI1', $1, $2, $3, 'CLINIC')",
        house.account.carrier_sid,
        house.account.sid,
        service,
    )
    house.directory.clear()
    assert (await send(house, service)).from_ == "CLINIC"
    await house.value(
        "INSERT INTO sender_id_countries (carrier_sid, iso_country, rule) "
        "VALUES ($1, 'KH', 'replaced')",
        house.account.carrier_sid,
    )
    await house.value("DELETE FROM sticky_senders")
    house.directory.clear()
    assert (await send(house, service)).from_ == NUMBER
    assert (await house.accept(from_="CLINIC")).from_ == "CLINIC"


async def test_from_beside_a_service_must_be_in_its_pool(house: House) -> None:
    await add_sender(house, KHMER, iso="KH")
    service = await add_service(house, NUMBER)
    message = await house.accept(from_=NUMBER, messaging_service_sid=service)
    assert message.from_ == NUMBER
    with pytest.raises(SenderNotInService):
        await house.accept(from_=KHMER, messaging_service_sid=service)


@pytest.mark.parametrize(
    ("service", "refusal"),
    [("MG1", InvalidServiceSid), ("MG" + "0" * 32, MessagingServiceNotFound)],
)
async def test_no_such_service(house: House, service: str, refusal: type[GatewayError]) -> None:
    with pytest.raises(refusal):
        await send(house, service)


async def test_an_empty_pool_sends_nothing(house: House) -> None:
    with pytest.raises(PoolEmpty):
        await send(house, await add_service(house))


async def test_smart_encoding_is_the_services_unless_the_message_says(house: House) -> None:
    service = await add_service(house, NUMBER)
    assert (await send(house, service, body="“Hi”")).body == '"Hi"'
    assert (await send(house, service, body="“Hi”", smart_encoded=False)).body == "“Hi”"
    plain = await add_service(house, NUMBER, smart_encoding=False)
    assert (await send(house, plain, body="“Hi”")).body == "“Hi”"
    assert (await send(house, plain, body="“Hi”", smart_encoded=True)).body == '"Hi"'
    assert (await house.accept(body="“Hi”")).body == "“Hi”"


async def test_the_services_validity_and_callback_are_defaults(house: House) -> None:
    url = "http://127.0.0.1/service"
    service = await add_service(house, NUMBER, validity_period=60, status_callback=url)
    message = await send(house, service)
    assert (message.validity_seconds, message.status_callback) == (60, url)
    own = await send(house, service, status_callback="http://127.0.0.1/own")
    assert own.status_callback == "http://127.0.0.1/own"
    assert await house.value("SELECT count(*) FROM message_deadlines") == 2


async def test_an_applications_callback_goes_before_the_services(house: House) -> None:
    application = sids.make(sids.Prefix.APPLICATION)
    await house.value(
        """INSERT INTO applications (sid, carrier_sid, account_sid, friendly_name,
             message_status_callback) VALUES ($1, $2, $3, '', 'http://127.0.0.1/app')""",
        application,
        house.account.carrier_sid,
        house.account.sid,
    )
    service = await add_service(house, NUMBER, status_callback="http://127.0.0.1/service")
    message = await send(house, service, application_sid=application)
    assert message.status_callback == "http://127.0.0.1/app"
    with pytest.raises(InvalidApplication):
        await send(house, service, application_sid="AP" + "0" * 32)
