"""What a carrier sees of its connectors' receipts, and the tables that it can set."""

import pytest

from tests.contract.running_api import run
from tests.integration.carrier_api.conftest import CarrierApi
from tests.integration.carrier_api.test_carrier_api import CONNECTOR


def park(carrier_api: CarrierApi, message_id: str, age: str = "1 h") -> None:
    """Leave a receipt for which there is no segment."""
    customer = carrier_api.customer
    run(
        customer.database_url,
        f"""INSERT INTO parked_receipts (carrier_sid, connector_sid, keys, source_addr,
              destination_addr, message_id, state, raw_state, error_code, raw, parked_at)
            VALUES ('{customer.carrier_sid}', '{customer.connector_sid}', '{{{message_id}}}',
              '+85512345678', '+15075550123', '{message_id}', 5, 'UNDELIV', '001',
              'id:{message_id} stat:UNDELIV err:001', now() - interval '{age}')""",
    )


def count(carrier_api: CarrierApi, **counts: int) -> None:
    customer = carrier_api.customer
    names = ("matched", "parked", "id_same", "id_folded", "id_hexadecimal", "id_decimal")
    values = ", ".join(str(counts.get(name, 0)) for name in (*names, "id_ascii"))
    run(
        customer.database_url,
        f"""INSERT INTO connector_receipts (connector_sid, carrier_sid, {", ".join(names)},
              id_ascii)
            VALUES ('{customer.connector_sid}', '{customer.carrier_sid}', {values})""",
    )


def test_before_its_first_receipt_a_connector_has_no_hit_rate(carrier_api: CarrierApi) -> None:
    made = carrier_api.make("connectors", **CONNECTOR)
    assert made["receipts"] == {
        "matched": 0,
        "unmatched": 0,
        "hit_rate": None,
        "id_base": None,
        "ids": {},
    }
    shown = carrier_api.request("GET", f"connectors/{made['sid']}/receipts").json()
    assert (shown["waiting"], shown["orphans"], shown["data"]) == (0, 0, [])


def test_a_connector_shows_its_hit_rate_and_the_base_of_its_ids(carrier_api: CarrierApi) -> None:
    count(carrier_api, matched=197, parked=3, id_hexadecimal=190, id_same=7)
    path = f"connectors/{carrier_api.customer.connector_sid}"
    shown = carrier_api.request("GET", path).json()["receipts"]
    assert (shown["matched"], shown["unmatched"], shown["hit_rate"]) == (197, 3, 0.985)
    assert (shown["id_base"], shown["ids"]["same"]) == ("hexadecimal", 7)
    assert carrier_api.request("GET", f"{path}/receipts").json()["receipts"] == shown


@pytest.mark.parametrize(
    ("matched", "parked", "warns"),
    [(15, 4, False), (97, 3, False), (90, 10, True)],
    ids=["too few to judge by", "a good rate", "a bad rate"],
)
def test_a_connector_warns_of_receipts_that_find_no_segment(
    carrier_api: CarrierApi, matched: int, parked: int, *, warns: bool
) -> None:
    count(carrier_api, matched=matched, parked=parked)
    path = f"connectors/{carrier_api.customer.connector_sid}"
    warnings = carrier_api.request("GET", path).json()["warnings"]
    assert any("found no segment" in warning for warning in warnings) == warns


def test_a_transmitter_warns_that_it_gets_no_receipts(carrier_api: CarrierApi) -> None:
    made = carrier_api.make("connectors", **CONNECTOR, bind_type="transmitter")
    assert "transmitter gets no receipts" in str(made["warnings"])


def test_receipts_without_a_segment_are_listed_and_walked_to_the_end(
    carrier_api: CarrierApi,
) -> None:
    for number in range(4):
        park(carrier_api, f"m{number}")
    park(carrier_api, "young", age="1 s")
    customer = carrier_api.customer
    url: str | None = f"connectors/{customer.connector_sid}/receipts?limit=2"
    seen = []
    while url is not None:
        page = carrier_api.request("GET", url).json()
        assert (page["waiting"], page["orphans"]) == (1, 4)
        assert len(page["data"]) <= 2
        seen += page["data"]
        url = page["next"] and page["next"].partition("/carrier/v1/")[2]
    assert [one["message_id"] for one in seen] == ["m0", "m1", "m2", "m3", "young"]
    assert [one["state"] for one in seen] == ["orphan"] * 4 + ["waiting"]
    assert (seen[0]["stat"], seen[0]["err"]) == ("UNDELIV", "001")
    assert bytes.fromhex(seen[0]["raw"]) == b"id:m0 stat:UNDELIV err:001"


def test_a_cursor_of_another_list_is_refused(carrier_api: CarrierApi) -> None:
    path = f"connectors/{carrier_api.customer.connector_sid}/receipts"
    assert carrier_api.request("GET", f"{path}?cursor=Q04x").status_code == 400


def test_another_carriers_receipts_are_not_there(carrier_api: CarrierApi) -> None:
    customer = carrier_api.customer
    run(customer.database_url, "INSERT INTO carriers (sid, name) VALUES ('CR2', 'Other')")
    run(customer.database_url, "UPDATE connectors SET carrier_sid = 'CR2'")
    path = f"connectors/{customer.connector_sid}/receipts"
    assert carrier_api.request("GET", path).status_code == 404


TABLES = {
    "unmarked_receipts": True,
    "receipt_rollup": "first",
    "receipt_errors": {"21b": 30007, "500-599": 30006, "*": 30008},
    "command_verdicts": [{"status": "0x0400-0x04FF", "verdict": "temporary", "error_code": 30017}],
}


def test_the_tables_of_a_connector_are_set_shown_and_cleared(carrier_api: CarrierApi) -> None:
    made = carrier_api.make("connectors", **CONNECTOR, **TABLES)
    assert {name: made[name] for name in TABLES} == TABLES
    cleared: dict[str, object] = {"receipt_errors": {}, "command_verdicts": []}
    changed = carrier_api.request("PATCH", f"connectors/{made['sid']}", cleared).json()
    assert {name: changed[name] for name in TABLES} == TABLES | cleared


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("receipt_rollup", "most", "'receipt_rollup'"),
        ("receipt_errors", {"001": 12}, "'001' is mapped to 12"),
        ("receipt_errors", {"9-1": 30005}, "'9-1' is no err"),
        ("command_verdicts", [{"status": "0"}], "says nothing"),
        ("command_verdicts", [{"status": "0", "verdict": "ok"}], "0 is success"),
        ("command_verdicts", [{"status": 5, "verdict": "maybe"}], "none of ok"),
        ("command_verdicts", {"5": "ok"}, "'command_verdicts'"),
    ],
    ids=str,
)
def test_a_table_that_makes_no_sense_is_refused_with_the_reason(
    idle_carrier_api: CarrierApi, field: str, value: object, words: str
) -> None:
    answer = idle_carrier_api.request("POST", "connectors", CONNECTOR | {field: value})
    assert answer.status_code == 400, answer.text
    assert words in answer.json()["message"]
