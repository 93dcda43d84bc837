"""Every changing route of the Carrier API and of the dashboard leaves an entry that says all."""

import asyncio
import csv
import io
import json
import re
from collections.abc import Mapping
from typing import Any

import asyncpg
import pytest
import requests

from api.dashboard.routing import FORMS
from smsc import sids
from smsc.models import Role, metadata
from tests.contract.audited_calls import (
    CARRIER_CALLS,
    FORM_CALLS,
    TRAFFIC_OF_CARRIER,
    TRAFFIC_OF_DASHBOARD,
)
from tests.contract.dashboard_browser import Browser, make_person
from tests.contract.dashboard_house import House, code_now

SECRET = re.compile(r"sealed|digest|hash|secret|wrapped")
# Tables that nobody sets up: traffic, what workers keep, what has entries of another kind.
UNAUDITED = {
    *("alerts", "api_requests", "audit_entries", "blocked_prefixes", "bulk_batches"),
    *("bulk_rejections", "bulks", "capped_days", "carrier_logos", "channel_recipients"),
    *("carrier_events", "channel_notices", "connector_states"),
    *("delivery_buckets", "event_attempts", "event_deliveries", "incidents"),
    *(
        "channel_usage",
        "connector_hours",
        "released_spans",
        "sent_spans",
        "sent_through",
        "traffic_hours",
        "traffic_through",
        "connector_leases",
        "connector_receipts",
        "day_keys",
        "double_submits",
    ),
    *("esme_deliveries", "esme_sessions", "idempotency_keys", "in_flight", "inbound_parts"),
    *("mails", "kept_pdus", "message_deadlines", "message_events", "message_export_parts"),
    *("message_exports", "message_feedback", "messages", "opt_outs", "parked_receipts"),
    *("quarantine", "queue", "scheduled_messages", "segments", "sticky_senders", "usage_days"),
    *(
        "usage_through",
        "user_sessions",
        "user_tokens",
        "recovery_codes",
        "sign_ups",
        "spent_states",
        "verifications",
        "webhook_attempts",
        "webhook_endpoints",
    ),
    *("callback_batches", "webhooks", "worker_processes"),
}


def entries(house: House, **query: str) -> list[dict[str, Any]]:
    answer = requests.get(
        f"{house.customer.api_url}/carrier/v1/audit_log",
        params=query,
        headers={"Authorization": f"Bearer {house.customer.bearer}"},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def known(house: House) -> dict[str, str]:
    """Return what calls may name between braces, before anything is made."""
    sid = house.send()
    house.run(f"UPDATE messages SET status = 'delivered' WHERE sid = '{sid}'")
    return {
        "customer": house.customer.account_sid,
        "sender": house.customer.sender,
        "message": sid,
        "scheduled": scheduled(house),
        "trial": on_trial(house),
        "own number": "+85512000002",
        "host": "sms.mekong.example",
        "connector": house.customer.connector_sid,
        **somebody(house),
    }


def on_trial(house: House) -> str:
    """Make an account that waits to begin, and may write to one number."""
    sid: str = house.carrier("POST", "/accounts", friendly_name="Trial").json()["sid"]
    house.run(
        "UPDATE accounts SET status = 'suspended', trial_since = now(), "
        f"only_recipients = ARRAY['+85512000002'] WHERE sid = '{sid}'"
    )
    return sid


def scheduled(house: House) -> str:
    sid = house.send()
    house.run(
        f"""WITH unqueued AS (DELETE FROM queue WHERE message_sid = '{sid}'), waits AS (
              UPDATE messages SET status = 'scheduled', queued_at = NULL WHERE sid = '{sid}'
              RETURNING sid, carrier_sid, account_sid)
            INSERT INTO scheduled_messages
              (message_sid, carrier_sid, account_sid, send_at, iso_country)
            SELECT sid, carrier_sid, account_sid, now() + interval '1 day', 'KH' FROM waits"""
    )
    return sid


def give_passkey(house: House, email: str) -> str:
    sid = sids.make(sids.Prefix.PASSKEY)
    house.run(
        "INSERT INTO passkeys (sid, carrier_sid, user_sid, name, credential_id, public_key)"
        f" SELECT '{sid}', carrier_sid, sid, 'phone', '{sid}', 'y' FROM users"
        f" WHERE email = '{email}'"
    )
    return sid


def somebody(house: House) -> dict[str, str]:
    """Make a person who is signed in somewhere, with a second factor and a passkey."""
    name = f"somebody-{len(house.tokens)}"
    house.make_people((name, house.customer.carrier_sid, None, Role.MEMBER))
    house.run(
        f"UPDATE users SET totp_sealed = 'x', totp_at = now() WHERE email = '{name}@mekong.example'"
    )
    people = house.carrier("GET", "/people").json()["data"]
    (person,) = (one for one in people if one["email"].startswith(name))
    return {
        "person": person["sid"],
        "membership": person["memberships"][0]["sid"],
        "passkey": give_passkey(house, person["email"]),
    }


def code_of(house: House, email: str) -> str:
    """Return what a person's app shows now, though it was used before."""
    house.run(f"UPDATE users SET totp_step = 0 WHERE email = '{email}'")
    return code_now(house, email)


def filled(value: object, things: dict[str, str]) -> Any:
    if isinstance(value, str):
        return re.sub(r"\{(.*?)\}", lambda found: things[found[1]], value)
    if isinstance(value, Mapping):
        return {name: filled(one, things) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, things) for one in value]
    return value


def newer_than(house: House, last: int, kind: str, action: str) -> dict[str, Any]:
    """Return the entry of the last call; it has to be there."""
    found = [
        one
        for one in entries(house)
        if one["id"] > last and (one["subject_kind"], one["action"]) == (kind, action)
    ]
    assert found, (kind, action)
    return found[0]


def opt_out(house: House) -> str:
    account = house.customer.account_sid
    listed = house.carrier("GET", f"/opt_outs?account_sid={account}").json()["data"]
    sid: str = listed[-1]["sid"]
    return sid


def block_a_prefix(house: House, account_sid: str) -> str:
    house.run(
        f"""INSERT INTO blocked_prefixes
              (account_sid, prefix, carrier_sid, why, stops, blocked_at, until)
            SELECT sid, '85599', carrier_sid, '', true, now(), now() FROM accounts
            WHERE sid = '{account_sid}'"""
    )
    return "85599"


def test_each_changing_route_of_the_carrier_api_leaves_an_entry(house: House) -> None:
    things = known(house)
    for method, path, body, kind, action in CARRIER_CALLS:
        if "{opt_out}" in path:
            things["opt_out"] = opt_out(house)
        if path.endswith("/verify"):
            domains = house.carrier("GET", "/brand/domains").json()["data"]
            house.dns.texts = [one["token"] for one in domains]
        if "{prefix}" in path:
            things["prefix"] = block_a_prefix(house, things["account"])
        (last,) = entries(house, limit="1")
        url = f"{house.customer.api_url}/carrier/v1{filled(path, things)}"
        is_csv = "/csv" in path
        answer = requests.request(
            method,
            url.replace("+", "%2B"),
            data="handset\n+85512000002" if is_csv else None,
            json=None if is_csv else filled(body, things),
            headers={
                "Authorization": f"Bearer {house.customer.bearer}",
                **({"Content-Type": "text/csv"} if is_csv else {}),
            },
            timeout=10,
        )
        assert answer.ok, (method, path, answer.text)
        entry = newer_than(house, last["id"], kind, action)
        assert entry["actor"]["kind"] == "carrier_key"
        assert entry["actor"]["sid"].startswith("CK")
        assert entry["actor"]["origin"] == "127.0.0.1"
        if entry["subject_sid"] and kind not in {"message", "password link"}:
            things[kind] = entry["subject_sid"]
    text = requests.get(
        f"{house.customer.api_url}/carrier/v1/audit_log?limit=1000",
        headers={"Authorization": f"Bearer {house.customer.bearer}"},
        timeout=10,
    ).text
    for secret in ("hush hush", "me:pass", "+85512000001", "+85512000002", "+85512345678"):
        assert secret not in text


def shape(path: str) -> str:
    return re.sub(r"\{.*?\}", "{}", path.partition("?")[0])


def test_every_changing_route_of_the_carrier_api_is_in_the_table(house: House) -> None:
    paths = house.carrier("GET", "/openapi.json").json()["paths"]
    changing = {
        (method.upper(), shape(path.removeprefix("/carrier/v1")))
        for path, methods in paths.items()
        for method in methods.keys() - {"get", "parameters"}
    }
    called = {(method, shape(path).replace("/kh", "/{}")) for method, path, *_ in CARRIER_CALLS}
    assert changing - TRAFFIC_OF_CARRIER == called


def test_each_changing_form_of_the_dashboard_leaves_an_entry(house: House) -> None:
    things = known(house)
    house.carrier("POST", "/phone_numbers", phone_number="CLINIC", account_sid=things["customer"])
    things["passkey"] = give_passkey(house, "carrier-owner@mekong.example")
    browser = house.browser("carrier-owner")
    for path, fields, kind, action in FORM_CALLS:
        if "{opt_out}" in path:
            things["opt_out"] = opt_out(house)
        if path.endswith("/verify"):
            domains = house.carrier("GET", "/brand/domains").json()["data"]
            house.dns.texts = [one["token"] for one in domains]
        if path == "/setup/lawful-use":
            house.run("UPDATE carriers SET lawful_use_at = NULL")
        if path == "/settings/sign-up":
            house.run("DELETE FROM sign_up_policies")
        if path.startswith("/probes"):
            found = [{"setting": "window", "value": 3, "why": "it refuses more"}]
            report = json.dumps({"suggestions": found})
            house.run(f"UPDATE probes SET state = 'done', report = '{report}'")
        if "sessions" in path:
            house.run(
                "INSERT INTO user_sessions (sid, carrier_sid, user_sid, digest, ip, user_agent,"
                f" expires_at) SELECT 'UN{'7' * 32}', carrier_sid, sid, sha256('{path}'), '', '',"
                " now() + interval '1 hour' FROM users"
                " WHERE email = 'carrier-owner@mekong.example'"
            )
            things["session"] = "UN" + "7" * 32
        if "code" in fields:
            things["code"] = code_of(house, "carrier-owner@mekong.example")
        (last,) = entries(house, limit="1")
        filled_in = {name: str(filled(value, things)) for name, value in fields.items()}
        answer = browser.post(str(filled(path, things)), page="/profile", **filled_in)
        assert answer.ok, (path, answer.text)
        entry = newer_than(house, last["id"], kind, action)
        assert entry["actor"]["kind"] == "person"
        assert entry["actor"]["name"] == "carrier-owner@mekong.example"
        if entry["subject_sid"] and kind not in {"message", "password link"}:
            things[kind] = entry["subject_sid"]
    browser.__exit__()


def test_every_form_of_the_dashboard_is_in_the_table() -> None:
    called = {shape(path) for path, *_ in FORM_CALLS}
    assert {shape(path) for path, *_ in FORMS} - {
        shape(path) for path in TRAFFIC_OF_DASHBOARD
    } == called


def test_an_entry_has_the_fields_that_changed_before_and_after(house: House) -> None:
    account = house.carrier("POST", "/accounts", friendly_name="Old").json()["sid"]
    house.carrier("PATCH", f"/accounts/{account}", friendly_name="New")
    changed, created = entries(house, account_sid=account, limit="2")
    assert (changed["before"], changed["after"]) == (
        {"friendly_name": "Old"},
        {"friendly_name": "New"},
    )
    assert created["before"] is None
    assert created["after"]["auth_token_sealed"] == "…"
    assert created["subject_name"] == "Old"


def test_who_keeps_an_account_sees_its_entries_and_no_others(house: House) -> None:
    house.carrier("PATCH", f"/accounts/{house.other_account}", friendly_name="Bakery")
    house.carrier("PATCH", f"/accounts/{house.customer.account_sid}", friendly_name="Hospital")
    with house.browser("account-owner") as owner:
        page = owner.get("/audit-log").text
        assert "Hospital" in page
        assert "Bakery" not in page
        assert "Bakery" not in owner.get("/audit-log/csv").text
    with house.browser("carrier-admin") as admin:
        page = admin.get("/audit-log", subject=house.other_account).text
        assert '<ins dir="auto">Bakery</ins>' in page
        assert '<ins dir="auto">Hospital</ins>' not in page
        rows = list(csv.DictReader(io.StringIO(admin.get("/audit-log/csv").text)))
        assert {row["after"] for row in rows} >= {'{"friendly_name":"Bakery"}'}


def test_entries_are_never_changed(house: House) -> None:
    for statement in ("UPDATE audit_entries SET actor_name = ''", "DELETE FROM audit_entries"):
        with pytest.raises(Exception, match="never changed"):
            house.run(statement)


def test_a_signing_in_is_entered_with_who_and_from_where(house: House) -> None:
    make_person(house.customer.database_url, house.customer.carrier_sid, "new@mekong.example")
    with Browser(house.customer.api_url) as browser:
        browser.sign_in("new@mekong.example")
    entry = entries(house, actor="new@mekong.example")[0]
    assert (entry["subject_kind"], entry["action"]) == ("session", "signed in")
    assert entry["actor"]["origin"] == "127.0.0.1"


def triggers(house: House) -> dict[str, str]:
    """Return the arguments of each table's triggers, by table."""

    async def read() -> dict[str, str]:
        connection = await asyncpg.connect(house.customer.database_url)
        rows = await connection.fetch(
            "SELECT tgrelid::regclass::text, encode(tgargs, 'escape') FROM pg_trigger"
            " WHERE tgname LIKE 'audited%'"
        )
        await connection.close()
        return dict(rows)

    return asyncio.run(read())


def test_every_table_is_audited_or_known_not_to_be_and_its_secrets_are_hidden(
    house: House,
) -> None:
    found = triggers(house)
    assert set(metadata.tables) - UNAUDITED == set(found)
    for name, args in found.items():
        secret = args.split("\\000")[1].split(",")
        exposed = [
            column.name
            for column in metadata.tables[name].columns
            if SECRET.search(column.name) and column.name not in secret
        ]
        assert exposed == [], name
