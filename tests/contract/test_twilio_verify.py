"""Verify v2: services, verifications by SMS and their checks, by Twilio's own SDK."""

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta

import asyncpg
import pytest
from twilio.rest import Client
from twilio.rest.verify.v2.service import ServiceInstance

from smsc.db import Database
from smsc.messaging.verification import verify, verify_texts
from tests.contract.refusals import refusal
from tests.contract.running_api import HANDSET, Customer, run


@pytest.fixture
def service(client: Client) -> ServiceInstance:
    return client.verify.v2.services.create(friendly_name="Clinic")


def texts(customer: Customer) -> list[tuple[str, int]]:
    """Return the messages, oldest first: what they say and their lane."""

    async def read() -> list[tuple[str, int]]:
        async with await Database.from_settings(customer.settings, size=1) as database:
            async with database.single() as connection:
                rows = await connection.fetch(
                    "SELECT sid, key_id, body, sealed_body, lane FROM messages ORDER BY sid"
                )
            keys = await database.sealer.known(row["key_id"] for row in rows)
        return [(keys.open_text(*facts)[0] or "", lane) for *facts, lane in rows]

    return asyncio.run(read())


def code_in(text: str) -> str:
    (code,) = re.findall(r"[0-9]{4,10}", text)
    return str(code)


def start(service: ServiceInstance, **parameters: str) -> str:
    made = service.verifications.create(to=HANDSET, channel="sms", **parameters)
    return made.sid or ""


def test_a_service_is_made_changed_listed_and_deleted(client: Client) -> None:
    made = client.verify.v2.services.create(friendly_name="Clinic", code_length=8)
    assert re.fullmatch(r"VA[0-9a-f]{32}", made.sid or "")
    assert (made.friendly_name, made.code_length) == ("Clinic", 8)
    assert made.update(code_length=4).code_length == 4
    assert [s.sid for s in client.verify.v2.services.list()] == [made.sid]
    assert made.delete()
    assert refusal(client.verify.v2.services(made.sid or "").fetch) == (404, 20404)


def test_a_code_is_sent_in_the_otp_lane_and_approved_once(
    customer: Customer, service: ServiceInstance
) -> None:
    made = service.verifications.create(to=HANDSET, channel="sms")
    assert re.fullmatch(r"VE[0-9a-f]{32}", made.sid or "")
    assert (made.status, made.valid, made.to, made.channel) == ("pending", False, HANDSET, "sms")
    assert len(made.send_code_attempts or []) == 1
    ((text, lane),) = texts(customer)
    code = code_in(text)
    assert text == f"Your Clinic verification code is: {code}"
    assert (len(code), lane) == (6, 1)
    wrong = "000000" if code != "000000" else "111111"
    checked = service.verification_checks.create(to=HANDSET, code=wrong)
    assert (checked.status, checked.valid) == ("pending", False)
    checked = service.verification_checks.create(to=HANDSET, code=code)
    assert (checked.status, checked.valid, checked.sid) == ("approved", True, made.sid)
    again = service.verification_checks
    assert refusal(lambda: again.create(to=HANDSET, code=code)) == (404, 20404)


def test_a_second_sending_repeats_the_code_and_the_sixth_is_refused(
    customer: Customer, service: ServiceInstance
) -> None:
    assert len({start(service) for _ in range(5)}) == 1
    assert len({code_in(text) for text, _ in texts(customer)}) == 1
    assert refusal(lambda: start(service)) == (429, 60203)
    assert len(texts(customer)) == 5


def test_the_sixth_check_is_refused(customer: Customer, service: ServiceInstance) -> None:
    sid = start(service)
    code = code_in(texts(customer)[0][0])
    for _ in range(5):
        service.verification_checks.create(verification_sid=sid, code="0000")
    check = service.verification_checks
    assert refusal(lambda: check.create(verification_sid=sid, code=code)) == (429, 60202)


def test_a_code_for_one_payment_approves_no_other(
    customer: Customer, service: ServiceInstance
) -> None:
    start(service, amount="12.50", payee="Acme")
    code = code_in(texts(customer)[0][0].rpartition(": ")[2])
    check = service.verification_checks.create
    assert not check(to=HANDSET, code=code, amount="999", payee="Acme").valid
    assert not check(to=HANDSET, code=code, amount="12.50", payee="Other").valid
    assert check(to=HANDSET, code=code, amount="12.50", payee="Acme").valid


def test_a_landline_gets_no_code_where_the_service_skips_them(
    customer: Customer, service: ServiceInstance
) -> None:
    london = "+442071838750"
    service.update(skip_sms_to_landlines=True)
    create = service.verifications.create
    assert refusal(lambda: create(to=london, channel="sms")) == (403, 60205)
    assert texts(customer) == []
    service.update(skip_sms_to_landlines=False)
    assert create(to=london, channel="sms").status == "pending"


def test_who_begins_a_verification_beside_another_is_told_so(
    customer: Customer, service: ServiceInstance
) -> None:
    async def both() -> tuple[int, int]:
        first = await asyncpg.connect(customer.database_url)
        transaction = first.transaction()
        await transaction.start()
        await first.execute(
            """INSERT INTO verifications (sid, carrier_sid, account_sid, service_sid, to_, sends,
                 expires_at, status)
               VALUES ($1, $2, $3, $4, $5, '[]', now() + interval '10 minutes', 'pending')""",
            "VE" + "1" * 32,
            customer.carrier_sid,
            customer.account_sid,
            service.sid,
            HANDSET,
        )
        second = asyncio.create_task(asyncio.to_thread(refusal, lambda: start(service)))
        async with asyncio.timeout(10):
            while not await first.fetchval(
                "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"
            ):
                await asyncio.sleep(0.01)
        await transaction.commit()
        told = await second
        await first.close()
        return told

    assert asyncio.run(both()) == (429, 60212)


def test_after_ten_minutes_a_code_is_no_more(customer: Customer, service: ServiceInstance) -> None:
    first = start(service)
    code = code_in(texts(customer)[0][0])
    run(
        customer.database_url,
        "UPDATE verifications SET expires_at = now() - interval '1 second'",
    )
    check = service.verification_checks
    assert refusal(lambda: check.create(to=HANDSET, code=code)) == (404, 20404)
    assert start(service) != first
    assert timedelta(minutes=10) == verify.LIFE


def test_a_verification_is_canceled_and_approved_by_hand(service: ServiceInstance) -> None:
    sid = start(service)
    assert service.verifications(sid).fetch().status == "pending"
    assert service.verifications(HANDSET).fetch().sid == sid
    assert service.verifications(sid).update(status="canceled").status == "canceled"
    assert refusal(service.verifications(sid).fetch) == (404, 20404)
    sid = start(service)
    approved = service.verifications(sid).update(status="approved")
    assert (approved.status, approved.valid) == ("approved", True)


@pytest.mark.parametrize("ended", ["approved", "expired"])
def test_the_text_with_the_code_is_emptied_when_it_is_over(
    customer: Customer, service: ServiceInstance, ended: str
) -> None:
    start(service)
    code = code_in(texts(customer)[0][0])
    run(customer.database_url, "UPDATE messages SET status = 'sent', sent_at = now()")
    if ended == "approved":
        service.verification_checks.create(to=HANDSET, code=code)
    else:
        run(
            customer.database_url,
            "UPDATE verifications SET expires_at = now() - interval '1 second'",
        )

        async def expire() -> int:
            async with await Database.connect(customer.database_url) as database:
                return await verify.expire(database)

        assert asyncio.run(expire()) == 1
    assert [text for text, _ in texts(customer)] == [""]


def test_a_text_that_is_still_to_be_sent_is_emptied_afterwards(
    customer: Customer, service: ServiceInstance
) -> None:
    start(service)
    service.verifications(HANDSET).update(status="canceled")
    assert texts(customer)[0][0] != ""

    async def expire() -> int:
        async with await Database.connect(customer.database_url) as database:
            return await verify.expire(database)

    past = "UPDATE verifications SET expires_at = now() - interval '1 second'"
    run(customer.database_url, past)
    assert asyncio.run(expire()) == 0
    run(customer.database_url, "UPDATE messages SET status = 'sent', sent_at = now()")
    run(customer.database_url, past)
    assert asyncio.run(expire()) == 1
    assert texts(customer)[0][0] == ""


def test_a_code_is_nowhere_in_the_verification_s_row(
    customer: Customer, service: ServiceInstance
) -> None:
    service.update(custom_code_enabled=True)
    start(service, custom_code="ABC123XYZ")

    async def row() -> str:
        connection = await asyncpg.connect(customer.database_url)
        found = await connection.fetchval("SELECT v::text FROM verifications v")
        await connection.close()
        return str(found)

    assert "ABC123XYZ" in texts(customer)[0][0]
    assert "ABC123XYZ" not in asyncio.run(row())
    assert service.verification_checks.create(to=HANDSET, code="ABC123XYZ").valid


@pytest.mark.parametrize(
    ("locale", "beginning"),
    [("km", "លេខកូដ"), ("de-AT", "Ihr "), ("pt-BR", "Seu "), ("zh-HK", "您的")],
)
def test_a_code_is_sent_in_the_language_that_is_asked_for(
    customer: Customer, service: ServiceInstance, locale: str, beginning: str
) -> None:
    start(service, locale=locale, custom_friendly_name="Hospital")
    text = texts(customer)[0][0]
    assert text.startswith(beginning)
    assert "Hospital" in text


def test_there_are_templates_in_more_than_twenty_languages(client: Client) -> None:
    (template,) = client.verify.v2.templates.list()
    assert client.verify.v2.templates.list(friendly_name="another") == []
    assert template.channels == ["sms"]
    translations = template.translations or {}
    assert len(translations) > 20
    for locale, (sentence, warning) in verify_texts.TEXTS.items():
        assert (sentence.count("{code}"), sentence.count("{name}")) == (1, 1), locale
        assert warning


def test_a_service_may_add_a_warning(customer: Customer, service: ServiceInstance) -> None:
    service.update(do_not_share_warning_enabled=True)
    start(service)
    assert texts(customer)[0][0].endswith(". Don't share it with anyone.")


@pytest.mark.parametrize(
    ("parameters", "refused"),
    [
        ({"to": "12", "channel": "sms"}, (400, 60200)),
        ({"to": HANDSET, "channel": "call"}, (400, 60200)),
        ({"to": HANDSET, "channel": "sms", "locale": "xx"}, (400, 60200)),
        ({"to": HANDSET, "channel": "sms", "custom_code": "123456"}, (400, 60200)),
        ({"to": HANDSET, "channel": "sms", "custom_message": "Hi"}, (400, 60200)),
        ({"to": HANDSET, "channel": "sms", "app_hash": "FA+9qCX9VSu"}, (400, 60200)),
        ({"to": HANDSET, "channel": "sms", "rate_limits": '{"ip": "1"}'}, (400, 60200)),
        ({"to": HANDSET, "channel": "sms", "risk_check": "perhaps"}, (400, 60200)),
    ],
    ids=lambda value: str(list(value.items())[-1]) if isinstance(value, dict) else "",
)
def test_a_bad_parameter_is_refused_and_nothing_is_sent(
    customer: Customer,
    service: ServiceInstance,
    parameters: dict[str, str],
    refused: tuple[int, int],
) -> None:
    create: Callable[..., object] = service.verifications.create
    assert refusal(lambda: create(**parameters)) == refused
    assert texts(customer) == []
    assert refusal(service.verifications(HANDSET).fetch) == (404, 20404)


def test_a_service_that_is_not_the_account_s_is_not_found(client: Client) -> None:
    other = client.verify.v2.services("VA" + "0" * 32)
    assert refusal(lambda: other.verifications.create(to=HANDSET, channel="sms")) == (404, 20404)
