"""Numbers bought, used, moved and given back; applications and short codes; by Twilio's SDK."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from twilio.rest import Client

from tests.contract.refusals import refusal
from tests.contract.running_api import Customer

LOCAL = "+15075550111"
TOLL_FREE = "+18005550199"
MOBILE = "+85512345000"


@pytest.fixture
def stock(customer: Customer) -> Callable[..., dict[str, Any]]:
    """Put a number into the carrier's inventory."""

    def put(phone_number: str, **fields: Any) -> dict[str, Any]:
        answer = requests.post(
            f"{customer.api_url}/carrier/v1/phone_numbers",
            json={"phone_number": phone_number} | fields,
            headers={"Authorization": f"Bearer {customer.bearer}"},
            timeout=10,
        )
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    return put


def test_what_is_for_sale_is_found_by_country_and_type(
    client: Client, stock: Callable[..., dict[str, Any]]
) -> None:
    stock(LOCAL, place={"region": "MN", "locality": "Rochester"})
    stock(TOLL_FREE)
    stock(MOBILE)
    stock("1294", iso_country="KH")
    local = client.available_phone_numbers("US").local.list()
    assert [(n.phone_number, n.friendly_name, n.region) for n in local] == [
        (LOCAL, "(507) 555-0111", "MN")
    ]
    able = {"voice": False, "fax": False, "sms": True, "mms": False, "SMS": True, "MMS": False}
    assert local[0].capabilities == able
    assert [n.phone_number for n in client.available_phone_numbers("US").toll_free.list()] == [
        TOLL_FREE
    ]
    assert [n.phone_number for n in client.available_phone_numbers("KH").mobile.list()] == [MOBILE]
    assert client.available_phone_numbers("KH").local.list() == []
    assert client.available_phone_numbers("US").voip.list() == []
    countries = client.available_phone_numbers.list()
    assert {(c.country_code, c.country) for c in countries} == {
        ("KH", "Cambodia"),
        ("US", "United States"),
    }
    here = client.available_phone_numbers("US").fetch()
    assert set(here.subresource_uris or {}) == {"local", "toll_free"}


@pytest.mark.parametrize(
    ("filters", "is_found"),
    [
        ({"area_code": 507}, True),
        ({"area_code": 212}, False),
        ({"contains": "5550111"}, True),
        ({"contains": "507***0111"}, True),
        ({"contains": "JJJ"}, True),
        ({"contains": "999"}, False),
        ({"in_region": "mn"}, True),
        ({"in_region": "NY"}, False),
        ({"in_locality": "Rochester", "sms_enabled": True}, True),
        ({"voice_enabled": True}, False),
        ({"near_lat_long": "44.1,-92.5"}, True),
        ({"near_lat_long": "45.1,-92.5", "distance": 50}, False),
        ({"near_number": LOCAL, "distance": 1}, True),
        ({"near_number": "+12125550100"}, False),
        ({"beta": False}, True),
    ],
    ids=str,
)
def test_numbers_for_sale_are_filtered(
    client: Client,
    stock: Callable[..., dict[str, Any]],
    filters: dict[str, Any],
    *,
    is_found: bool,
) -> None:
    rochester = {"region": "MN", "locality": "Rochester", "latitude": 44.02, "longitude": -92.46}
    stock(LOCAL, place=rochester)
    found = client.available_phone_numbers("US").local.list(**filters)
    assert [n.phone_number for n in found] == ([LOCAL] if is_found else [])


def test_a_number_is_bought_once_changed_and_given_back(
    client: Client, customer: Customer, stock: Callable[..., dict[str, Any]]
) -> None:
    sid = stock(LOCAL)["sid"]
    bought = client.incoming_phone_numbers.create(
        phone_number="+1 (507) 555-0111", sms_url="https://example.org/sms", friendly_name="desk"
    )
    assert (bought.sid, bought.account_sid) == (sid, customer.account_sid)
    assert (bought.sms_url, bought.sms_method, bought.friendly_name) == (
        *("https://example.org/sms", "POST"),
        "desk",
    )
    assert bought.capabilities == {"voice": False, "sms": True, "mms": False, "fax": False}
    assert bought.type == "local"
    again = client.incoming_phone_numbers
    assert refusal(lambda: again.create(phone_number=LOCAL)) == (400, 21422)
    assert client.available_phone_numbers("US").local.list() == []
    changed = bought.update(sms_url="", sms_method="GET", voice_url="https://example.org/voice")
    assert (changed.sms_url, changed.sms_method) == ("", "GET")
    assert changed.voice_url == "https://example.org/voice"
    assert changed.friendly_name == "desk"
    assert client.incoming_phone_numbers(sid).delete()
    assert refusal(client.incoming_phone_numbers(sid).fetch) == (404, 20404)
    assert [n.phone_number for n in client.available_phone_numbers("US").local.list()] == [LOCAL]


def test_a_number_is_bought_by_area_code(
    client: Client, stock: Callable[..., dict[str, Any]]
) -> None:
    stock(LOCAL)
    assert client.incoming_phone_numbers.create(area_code="507").phone_number == LOCAL
    create = client.incoming_phone_numbers.create
    assert refusal(lambda: create(area_code="507")) == (400, 21452)
    assert refusal(lambda: create(area_code="5o7")) == (400, 21451)
    assert refusal(lambda: create(phone_number="12")) == (400, 21421)
    assert refusal(create) == (400, 20001)
    local = client.incoming_phone_numbers.local
    assert refusal(lambda: local.create(phone_number="+15075550112")) == (400, 21422)


def test_numbers_are_listed_by_type_digits_and_name(
    client: Client, customer: Customer, stock: Callable[..., dict[str, Any]]
) -> None:
    stock(TOLL_FREE)
    stock(MOBILE)
    client.incoming_phone_numbers.toll_free.create(phone_number=TOLL_FREE, friendly_name="free")
    client.incoming_phone_numbers.mobile.create(phone_number=MOBILE)
    numbers = client.incoming_phone_numbers
    assert {n.phone_number for n in numbers.list()} == {TOLL_FREE, MOBILE, customer.sender}
    assert [n.phone_number for n in numbers.toll_free.list()] == [TOLL_FREE]
    assert [n.phone_number for n in numbers.mobile.list()] == [MOBILE]
    assert [n.phone_number for n in numbers.local.list()] == [customer.sender]
    assert [n.phone_number for n in numbers.list(phone_number="12345")] == [MOBILE]
    assert [n.phone_number for n in numbers.list(friendly_name="free")] == [TOLL_FREE]
    assert len(numbers.list(origin="twilio", beta=True)) == 3
    assert numbers.list(origin="hosted") == []
    assert refusal(lambda: numbers.list(origin="elsewhere")) == (400, 20001)
    near = client.available_phone_numbers("US").local
    assert refusal(lambda: near.list(near_lat_long="here")) == (400, 20001)
    assert refusal(lambda: near.list(near_lat_long="1,2", distance=501)) == (400, 20001)


def test_an_unusable_webhook_is_refused(
    client: Client, stock: Callable[..., dict[str, Any]]
) -> None:
    stock(LOCAL)
    create = client.incoming_phone_numbers.create
    assert refusal(lambda: create(phone_number=LOCAL, sms_url="nowhere")) == (400, 21402)
    assert refusal(lambda: create(phone_number=LOCAL, sms_method="PUT")) == (400, 20001)
    assert refusal(lambda: create(phone_number=LOCAL, sms_application_sid="AP" + "0" * 32)) == (
        400,
        20001,
    )


def test_a_number_moves_to_a_subaccount_and_back(client: Client, customer: Customer) -> None:
    (number,) = client.incoming_phone_numbers.list()
    below = client.api.v2010.accounts.create(friendly_name="branch").sid or ""
    moved = number.update(account_sid=below)
    assert moved.account_sid == below
    assert client.incoming_phone_numbers.list() == []
    branch = client.api.v2010.accounts(below).incoming_phone_numbers
    assert [n.phone_number for n in branch.list()] == [customer.sender]
    branch(number.sid or "").update(account_sid=customer.account_sid)
    assert len(client.incoming_phone_numbers.list()) == 1
    assert refusal(lambda: number.update(account_sid="AC" + "0" * 32)) == (400, 20001)


def test_an_application_is_made_used_changed_and_deleted(client: Client) -> None:
    made = client.applications.create(
        friendly_name="desk",
        sms_url="https://example.org/sms",
        message_status_callback="https://example.org/status",
        voice_url="https://example.org/voice",
    )
    assert made.message_status_callback == "https://example.org/status"
    assert (made.voice_url, made.sms_method) == ("https://example.org/voice", "POST")
    (number,) = client.incoming_phone_numbers.list()
    assert number.update(sms_application_sid=made.sid).sms_application_sid == made.sid
    changed = client.applications(made.sid or "").update(sms_method="GET")
    assert (changed.sms_method, changed.sms_url) == ("GET", "https://example.org/sms")
    assert [a.sid for a in client.applications.list(friendly_name="desk")] == [made.sid]
    assert client.applications.list(friendly_name="other") == []
    assert client.applications(made.sid or "").delete()
    assert refusal(client.applications(made.sid or "").fetch) == (404, 20404)
    assert client.incoming_phone_numbers(number.sid or "").fetch().sms_application_sid == ""


def test_a_short_code_has_its_own_resource(
    client: Client, customer: Customer, stock: Callable[..., dict[str, Any]]
) -> None:
    sid = stock("1294", iso_country="KH", account_sid=customer.account_sid)["sid"]
    assert sid.startswith("SC")
    (code,) = client.short_codes.list()
    assert (code.sid, code.short_code) == (sid, "1294")
    assert code.update(sms_url="https://example.org/sms").sms_url == "https://example.org/sms"
    assert [c.sid for c in client.short_codes.list(short_code="1294")] == [sid]
    assert refusal(client.incoming_phone_numbers(sid).fetch) == (404, 20404)
    (number,) = client.incoming_phone_numbers.list()
    assert refusal(client.short_codes(number.sid or "").fetch) == (404, 20404)


def test_a_batch_skips_what_is_there_and_is_all_or_none(customer: Customer) -> None:
    def post(*numbers: str) -> requests.Response:
        return requests.post(
            f"{customer.api_url}/carrier/v1/phone_numbers/batch",
            json={"phone_numbers": [{"phone_number": number} for number in numbers]},
            headers={"Authorization": f"Bearer {customer.bearer}"},
            timeout=10,
        )

    made = post(LOCAL, LOCAL, customer.sender, MOBILE).json()["created"]
    assert [number["phone_number"] for number in made] == [LOCAL, MOBILE]
    assert post(TOLL_FREE, "!").status_code == 400
    assert post(TOLL_FREE).json()["created"][0]["number_type"] == "tollfree"
