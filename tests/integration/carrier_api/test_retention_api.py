"""How long accounts keep what, and how long their carrier must."""

from tests.integration.carrier_api.conftest import CarrierApi


def test_an_account_s_terms_are_set_shown_and_held_to_the_carrier_s_minimums(
    carrier_api: CarrierApi,
) -> None:
    account = f"accounts/{carrier_api.customer.account_sid}"
    terms = {"texts_days": 30, "numbers_days": 60, "logs_days": 90, "messages_days": 400}
    shown = carrier_api.request("PATCH", account, terms).json()
    assert {name: shown[name] for name in terms} == terms
    minimum = {"texts_days": None, "numbers_days": 180, "logs_days": None, "messages_days": None}
    made = carrier_api.request("PUT", "retention_minimums/all", {"numbers_days": 180})
    assert (made.status_code, made.json()) == (200, {"iso_country": "all", **minimum})
    carrier_api.request("PUT", "retention_minimums/de", {"logs_days": 70})
    listed = carrier_api.request("GET", "retention_minimums").json()["data"]
    assert [one["iso_country"] for one in listed] == ["all", "DE"]
    refused = carrier_api.request("PATCH", account, {"numbers_days": 179})
    assert refused.status_code == 400
    assert refused.json()["message"].startswith("numbers_days is 179, and must be at least 180")
    assert carrier_api.request("GET", account).json()["numbers_days"] == 60
    assert carrier_api.request("DELETE", "retention_minimums/all").status_code == 204
    assert carrier_api.request("PATCH", account, {"numbers_days": 7}).status_code == 200


def test_a_minimum_of_no_country_is_unknown(carrier_api: CarrierApi) -> None:
    for method, country in (("PUT", "XX"), ("DELETE", "XX"), ("DELETE", "FR")):
        body = {"logs_days": 1} if method == "PUT" else None
        answer = carrier_api.request(method, f"retention_minimums/{country}", body)
        assert answer.status_code == 404
