"""`smsc export` writes what the API shows of an account, and no secret."""

import json
import os
import subprocess
import sys
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests
from twilio.rest import Client

from tests.contract.running_api import HANDSET, Customer


def carrier(customer: Customer, path: str, body: dict[str, str]) -> None:
    bearer = {"Authorization": f"Bearer {customer.bearer}"}
    url = f"{customer.api_url}/carrier/v1{path}"
    assert requests.post(url, json=body, headers=bearer, timeout=10).status_code == 201


def export(customer: Customer, path: Path) -> subprocess.CompletedProcess[str]:
    secret = customer.settings.secret_key
    assert secret is not None
    own = {name: value for name, value in os.environ.items() if not name.startswith("SMSC_")}
    return subprocess.run(
        [sys.executable, "-m", "smsc.cli", "export", customer.account_sid, str(path)],
        env=own
        | {
            "SMSC_DATABASE_URL": customer.database_url,
            "SMSC_SECRET_KEY": secret.get_secret_value(),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_an_exported_account_is_what_the_api_shows_without_its_secrets(
    customer: Customer, client: Client, tmp_path: Path
) -> None:
    carrier(customer, "/tariffs", {"prefix": "855", "price": "0.0075"})
    opt_out = {"account_sid": customer.account_sid, "scope": customer.sender}
    carrier(customer, "/opt_outs", opt_out | {"handset": "+85512345679"})
    carrier(
        customer,
        "/smpp_credentials",
        {"account_sid": customer.account_sid, "system_id": "clinic", "password": "of-esme"},
    )
    key = client.new_keys.create(friendly_name="Nurse")
    for body in ("One", "Two 🙂", "x" * 200):
        client.messages.create(to=HANDSET, from_=customer.sender, body=body)
    path = tmp_path / "account.zip"
    done = export(customer, path)
    assert done.returncode == 0, done.stderr
    again = export(customer, path)
    assert again.returncode == 1
    assert again.stderr == f"error: {path} is there already: name another file.\n"
    with zipfile.ZipFile(path) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    whole = "".join(texts.values())
    for secret in (customer.auth_token, key.secret, customer.bearer, "of-esme", "sealed", "digest"):
        assert secret is not None
        assert secret not in whole

    def lines(name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in texts[f"{name}.jsonl"].splitlines()]

    shown = client.messages.list()
    assert [
        (one["sid"], one["body"], one["status"], str(one["num_segments"]), one["from"], one["to"])
        for one in reversed(lines("messages"))
    ] == [(one.sid, one.body, one.status, one.num_segments, one.from_, one.to) for one in shown]
    (account,) = lines("account")
    assert (account["sid"], account["friendly_name"]) == (customer.account_sid, "Clinic")
    (number,) = lines("phone_numbers")
    assert number["sid"] == client.incoming_phone_numbers.list()[0].sid
    assert [one["handset"] for one in lines("opt_outs")] == ["+85512345679"]
    assert [(one["sid"], one["friendly_name"]) for one in lines("api_keys")] == [(key.sid, "Nurse")]
    (record,) = client.usage.records.all_time.list(category="sms-outbound-longcode")
    (used,) = lines("usage")
    assert (used["messages"], used["segments"]) == (3, 4)
    assert (str(used["segments"]), Decimal(used["price"])) == (
        record.usage,
        Decimal(str(record.price)),
    )
