import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contract.running_api import HANDSET
from tests.integration.carrier_api.conftest import CarrierApi
from tests.integration.carrier_api.test_connector_receipts import count, park

Smsc = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def smsc(carrier_api: CarrierApi, tmp_path: Path) -> Smsc:
    customer = carrier_api.customer
    env = {
        **os.environ,
        "SMSC_HOME": str(tmp_path),
        "SMSC_API_URL": customer.api_url,
        "SMSC_CARRIER_API_KEY": customer.bearer,
        "SMSC_ACCOUNT_SID": customer.account_sid,
        "SMSC_AUTH_TOKEN": customer.auth_token,
        "COLUMNS": "200",
    }

    def run(*words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "smsc.cli", *words],
            env=env | variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def made(run: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    assert run.returncode == 0, run.stderr
    value: dict[str, Any] = json.loads(run.stdout)
    return value


def test_a_platform_is_set_up_by_commands(smsc: Smsc) -> None:
    account = made(smsc("account", "create", "--name", "Clinic", "--json"))
    terms = ("--set", "numbers_days=90", "--set", "messages_days=null")
    changed = made(smsc("account", "change", account["sid"], *terms, "--json"))
    assert (changed["numbers_days"], changed["messages_days"]) == (90, None)
    made(smsc("number", "create", "+15075550177", "--account", account["sid"], "--json"))
    connector = made(
        smsc(
            *("connector", "create", "--name", "goip", "--host", "10.0.0.8", "--json"),
            *("--system-id", "goip", "--throughput", "0.5"),
            SMSC_CONNECTOR_PASSWORD="secret",
        )
    )
    made(smsc("route", "create", "--connector", connector["sid"], "--prefix", "+855", "--json"))
    credential = made(
        smsc(
            *("credential", "create", account["sid"], "--system-id", "clinic", "--json"),
            *("--network", "192.0.2.0/24", "--network", "10.0.0.0/8", "--lane", "otp"),
        )
    )
    assert credential["allowed_networks"] == ["192.0.2.0/24", "10.0.0.0/8"]
    changed = made(
        smsc(
            *("credential", "change", credential["sid"], "--max-binds", "3", "--json"),
            *("--set", "allowed_networks=[]"),
        )
    )
    assert (changed["max_binds"], changed["allowed_networks"]) == (3, [])
    assert "clinic" in smsc("credential", "list").stdout
    listed = smsc("connector", "list")
    assert "goip" in listed.stdout
    assert "no gateway process runs it" in listed.stdout
    moved = made(smsc("number", "change", "+15075550177", "--for-sale", "--json"))
    assert moved["account_sid"] is None
    paused = made(smsc("connector", "change", "goip", "--pause", "--json"))
    assert paused["paused"] is True
    assert smsc("connector", "delete", "goip").returncode == 0
    assert smsc("account", "delete", account["sid"], "--yes").returncode == 0
    assert smsc("account", "show", account["sid"]).returncode == 1


def test_a_connectors_receipts_are_shown_with_those_that_found_no_segment(
    smsc: Smsc, carrier_api: CarrierApi
) -> None:
    sid = carrier_api.customer.connector_sid
    assert "Every receipt has found its segment." in smsc("connector", "receipts", sid).stdout
    park(carrier_api, "m1")
    count(carrier_api, matched=3, parked=1, id_decimal=3)
    shown = made(smsc("connector", "receipts", "sim box", "--json"))
    assert (shown["hit_rate"], shown["id_base"], shown["orphans"]) == (0.75, "decimal", 1)
    assert [one["message_id"] for one in shown["data"]] == ["m1"]
    table = smsc("connector", "receipts", sid).stdout
    assert "m1" in table
    assert "orphan" in table


def test_a_connectors_tables_are_set_by_command(smsc: Smsc, carrier_api: CarrierApi) -> None:
    sid = carrier_api.customer.connector_sid
    changed = made(
        smsc(
            *("connector", "change", sid, "--json", "--set", "receipt_rollup=last"),
            *("--set", 'receipt_errors={"21b": 30007}'),
            *("--set", 'command_verdicts=[{"status": "0x0401", "verdict": "throttled"}]'),
        )
    )
    assert changed["receipt_rollup"] == "last"
    assert changed["receipt_errors"] == {"21b": 30007}
    assert changed["command_verdicts"] == [{"status": "0x0401", "verdict": "throttled"}]
    refused = smsc("connector", "change", sid, "--set", 'receipt_errors={"x y": 1}')
    assert refused.returncode == 1
    assert "'x y' is mapped to 1" in refused.stderr


def test_a_message_is_sent_and_its_way_shown(smsc: Smsc, carrier_api: CarrierApi) -> None:
    sender = carrier_api.customer.sender
    sent = smsc("send", "hello", "--to", HANDSET, "--from", sender)
    assert sent.returncode == 0
    assert "queued" in sent.stdout
    waited = smsc(
        *("send", "hello", "--to", HANDSET, "--from", sender, "--wait", "--timeout", "0.1")
    )
    assert waited.returncode == 1
    assert "waits for connector" in waited.stdout


@pytest.mark.parametrize(
    ("words", "variables", "says"),
    [
        (("account", "show", "AC1"), {}, "AC1 was not found"),
        (("account", "list"), {"SMSC_CARRIER_API_KEY": "x"}, "not valid"),
        (("account", "list"), {"SMSC_CARRIER_API_KEY": ""}, "smsc up"),
        (("account", "list"), {"SMSC_API_URL": "http://127.0.0.1:1"}, "can't be reached"),
        (("account", "list"), {"SMSC_API_URL": "nowhere"}, "SMSC_API_URL"),
        (("send", "x", "--to", HANDSET), {}, "--from"),
        (("send", "x", "--to", "12", "--from", "+15075550123"), {}, "21211"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_an_error_is_one_line_that_says_what_to_do(
    smsc: Smsc, words: tuple[str, ...], variables: dict[str, str], says: str
) -> None:
    run = smsc(*words, **variables)
    assert run.returncode == 1
    assert run.stderr.startswith("error: ")
    assert run.stderr.count("\n") == 1
    assert says in run.stderr


def test_prices_balances_and_keys_are_managed_by_commands(
    smsc: Smsc, carrier_api: CarrierApi
) -> None:
    account = carrier_api.customer.account_sid
    assert "nothing is charged" in smsc("tariff", "list").stdout
    assert made(smsc("tariff", "currency", "EUR", "--json"))["price_unit"] == "EUR"
    price = made(smsc("tariff", "create", "0.02", "--prefix", "855", "--json"))
    changed = made(smsc("tariff", "change", price["sid"], "--price", "0.03", "--json"))
    assert changed["price"] == "0.030000"
    made(smsc("tariff", "credit", account, "5", "--note", "cash", "--json"))
    limited = made(smsc("tariff", "limit", account, "0", "--json"))
    assert (limited["balance"], limited["floor"]) == ("5.000000", "0.000000")
    assert made(smsc("tariff", "limit", account, "none", "--json"))["floor"] is None
    lowered = made(smsc("tariff", "credit", "--json", account, "--", "-2"))
    assert lowered["balance"] == "3.000000"
    assert made(smsc("tariff", "balance", account, "--json"))["price_unit"] == "EUR"
    made(smsc("tariff", "delete", price["sid"], "--json"))
    key = made(
        smsc(
            *("key", "create", account, "--kind", "restricted", "--json"),
            *("--permission", "/twilio/messaging/messages/create"),
        )
    )
    assert key["secret"]
    assert key["sid"] in smsc("key", "list", "--account", account).stdout
    made(smsc("key", "delete", account, key["sid"], "--json"))
    assert "There are no keys" in smsc("key", "list").stdout


def test_numbers_are_imported_from_a_file(smsc: Smsc, tmp_path: Path) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text(
        "phone_number,number_type,iso_country,region\n"
        "+15075550188,,,MN\n+15075550188,,,MN\n+85512345999,mobile,KH,\n1294,,KH,\n",
        encoding="utf-8",
    )
    assert made(smsc("number", "import", str(file), "--json")) == {"read": 4, "created": 3}
    assert made(smsc("number", "import", str(file), "--json")) == {"read": 4, "created": 0}
    shown = made(smsc("number", "show", "1294", "--json"))
    assert (shown["number_type"], shown["sid"][:2]) == ("shortcode", "SC")
    file.write_text("phone\n1\n", encoding="utf-8")
    refused = smsc("number", "import", str(file))
    assert refused.returncode == 1
    assert "no column phone_number" in refused.stderr
