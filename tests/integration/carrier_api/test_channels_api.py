"""`/carrier/v1/channels` and `/connector_profiles`: quotas, hours, use, and clear refusals."""

import pytest

from tests.integration.carrier_api.conftest import CarrierApi

CONNECTOR = {
    "name": "box",
    "host": "127.0.0.1",
    "system_id": "user",
    "password": "secret",
    "profile": "goip",
}


def test_a_channel_is_made_read_changed_and_deleted(carrier_api: CarrierApi) -> None:
    connector = carrier_api.make("connectors", **CONNECTOR)
    assert connector["channel_selection"] == "bind"
    made = carrier_api.make(
        "channels",
        connector_sid=connector["sid"],
        number=1,
        phone_number="+855 10 000 001",
        throughput=0.1,
        day_segments=100,
        working_hours={"mon": ["08:00", "18:00"]},
        time_zone="Asia/Phnom_Penh",
    )
    assert made["phone_number"] == "+85510000001"
    assert made["used_today"] == {"segments": 0, "recipients": 0}
    path = f"channels/{made['sid']}"
    changed = carrier_api.request("PATCH", path, {"paused": True, "working_hours": {}}).json()
    assert (changed["state"], changed["reason"]) == ("resting", "it is paused")
    resumed = carrier_api.request("PATCH", path, {"paused": False, "day_segments": 0}).json()
    assert resumed["reason"] == "its quota of 0 segments a day is used up"
    assert resumed["resting_until"]
    assert carrier_api.sids(f"channels?connector_sid={connector['sid']}") == [made["sid"]]
    assert carrier_api.request("DELETE", path).status_code == 204
    assert carrier_api.request("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"time_zone": "Mars/Olympus"}, "no time zone"),
        ({"working_hours": {"mon": ["18:00", "08:00"]}}, "end before they begin"),
        ({"number": -1}, "number"),
        ({"day_segments": -1}, "day_segments"),
        ({"phone_number": "not a number!"}, "phone_number"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_channel_that_cannot_be_is_refused_with_its_reason(
    carrier_api: CarrierApi, fields: dict[str, object], why: str
) -> None:
    connector = carrier_api.make("connectors", **CONNECTOR)
    draft = {"connector_sid": connector["sid"], "number": 1} | fields
    answer = carrier_api.request("POST", "channels", draft)
    assert answer.status_code == 400, answer.text
    assert why in answer.json()["message"]


def test_a_line_is_a_channel_once(carrier_api: CarrierApi) -> None:
    connector = carrier_api.make("connectors", **CONNECTOR)
    carrier_api.make("channels", connector_sid=connector["sid"], number=3)
    again = carrier_api.request(
        "POST", "channels", {"connector_sid": connector["sid"], "number": 3}
    )
    assert again.status_code == 409
    assert "has a channel 3 already" in again.json()["message"]


def test_profiles_are_listed_with_what_they_set(carrier_api: CarrierApi) -> None:
    profiles = carrier_api.request("GET", "connector_profiles").json()["data"]
    goip = next(profile for profile in profiles if profile["name"] == "goip")
    assert goip["settings"]["channel_selection"] == "bind"
    assert any("Channel number" in note for note in goip["notes"])


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"channel_selection": "field"}, "needs a channel_field"),
        ({"channel_field": "colour"}, "no field that can name a channel"),
        ({"channel_field": "tlv:0x1E"}, "no field that can name a channel"),
        ({"channel_format": "{system_id}"}, "must contain {number}"),
        ({"profile": "goip9000"}, "no profile 'goip9000'"),
        ({"destination_rules": {"rewrite": [{"prefix": "+855"}]}}, "a 'prefix' and a 'to'"),
    ],
)
def test_a_connector_that_cannot_be_is_refused_with_its_reason(
    carrier_api: CarrierApi, fields: dict[str, object], why: str
) -> None:
    answer = carrier_api.request("POST", "connectors", CONNECTOR | fields)
    assert answer.status_code == 400, answer.text
    assert why in answer.json()["message"]


def test_a_connector_says_what_may_go_wrong(carrier_api: CarrierApi) -> None:
    made = carrier_api.make("connectors", **CONNECTOR | {"password": "longer than eight"})
    warnings = made["warnings"]
    assert isinstance(warnings, list)
    (warning,) = warnings
    assert warning.startswith("The password has 17 octets; SMPP 3.4 allows 8.")
