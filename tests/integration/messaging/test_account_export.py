"""What is exported of an account is all of its own, opened, whatever the pages."""

import json
import zipfile
from base64 import b64decode
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from smsc.billing import ledger
from smsc.cli import export
from smsc.cli.export import ExportError
from smsc.db import Database
from smsc.errors import NotFound, SettingError
from smsc.messaging.reading import account_export, account_pages, journey
from smsc.messaging.reading.queries import MessageFilter
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.messaging.services import add_service
from tests.integration.messaging.test_billing import put_price
from tests.integration.messaging.test_bulks import send as send_bulk
from tests.integration.messaging.test_outbound_way import answer, claim
from tests.integration.messaging.test_receipt_ways import report
from tests.integration.workers.parts import add_account, hand_in

OTHER_NUMBER = "+15555550199"


@pytest.fixture
def seals() -> bool:
    return True


def read(path: Path) -> dict[str, list[dict[str, Any]]]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {
            name.removesuffix(".jsonl"): [json.loads(line) for line in archive.open(name)]
            for name in archive.namelist()
        }


async def some_traffic(house: House) -> str:
    """Send three messages of which one is delivered, and receive one; return the delivered one."""
    await put_price(house, "0.0075")
    await house.accept(body="It is delivered.")
    claims = await claim(house)
    await answer(house, claims)
    sid = claims[0].message_sid
    await report(house, (f"{sid[-6:]}1", "DELIVRD", "000"))
    for body in ("x" * 161, "Привет"):
        await house.accept(body=body)
    await hand_in(house, "An answer")
    await house.value(
        """INSERT INTO webhook_attempts (message_sid, carrier_sid, account_sid, event, url,
                                         duration_ms, http_status)
           SELECT sid, carrier_sid, account_sid, 'delivered', 'https://example.org/', 12, 200
           FROM messages WHERE sid = $1""",
        sid,
    )
    return sid


async def test_an_export_is_what_the_reads_show_of_the_account_and_of_no_other(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_export, "PAGE", 2)
    sid = await some_traffic(house)
    other = await add_account(house, OTHER_NUMBER)
    await hand_in(house, "For another account", OTHER_NUMBER)
    path = tmp_path / "account.zip"
    counts = await export.write(house.database, house.account.sid, path)
    assert path.stat().st_mode & 0o777 == 0o600
    found = read(path)
    assert counts == {f"{name}.jsonl": len(lines) for name, lines in found.items()}
    page = await account_pages.page(house.database, house.account.sid, MessageFilter(), limit=10)
    assert [
        (one["sid"], one["body"], one["status"], one["direction"], one["from"], one["to"])
        for one in reversed(found["messages"])
    ] == [
        (one.sid, one.body, one.status, one.direction, one.from_, one.to) for one in page.messages
    ]
    assert {one["body"] for one in found["messages"]} >= {"Привет", "An answer"}
    assert [one["phone_number"] for one in found["phone_numbers"]] == [NUMBER]
    text = json.dumps(found)
    assert HANDSET in text
    assert not any(theirs in text for theirs in (other, OTHER_NUMBER, "For another account"))
    traced = await journey.trace(house.database, house.account.carrier_sid, sid)
    assert traced is not None
    events = [one for one in found["history"] if one["message_sid"] == sid]
    assert [
        (one["event"], None if one["receipt"] is None else b64decode(one["receipt"]))
        for one in events
    ] == [(event.event, event.raw) for event in traced.events]
    (receipt,) = found["receipts"]
    assert (receipt["message_sid"], receipt["segment"], receipt["receipt_error"]) == (sid, 1, "000")
    (webhook,) = found["webhooks"]
    assert (webhook["message_sid"], webhook["http_status"]) == (sid, 200)
    assert sum(Decimal(one["price"]) for one in found["usage"]) == Decimal("0.03")


async def test_an_export_has_ledger_bulks_alerts_and_services_opened_and_of_no_other(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_export, "PAGE", 2)
    await put_price(house, "0.5")
    await ledger.credit(
        house.database, house.account.carrier_sid, house.account.sid, Decimal(9), ""
    )
    for _ in range(4):
        await house.accept()
    service = await add_service(house, NUMBER, friendly_name="Clinic")
    lines: list[dict[str, object]] = [
        {"to": HANDSET, "name": "Sok"},
        {"to": "nobody", "name": "Mao"},
    ]
    bulk = await send_bulk(house, lines)
    message = str(await house.value("SELECT min(sid) FROM messages"))
    keys = await house.database.sealer.today([(house.account.sid, house.account.carrier_sid)])
    key_id = keys.today(house.account.sid)
    sealed = keys.seal(key_id, f"{message}:alert", json.dumps(["Body=Hi", "Oops"]).encode())
    await house.value(
        """INSERT INTO alerts (sid, carrier_sid, account_sid, resource_sid, error_code,
             log_level, alert_text, request_method, request_url, request_variables, sealed, key_id)
           VALUES ('NO1', $1, $2, $3, 11200, 'error', '', 'POST', '', '', $4, $5)""",
        *(house.account.carrier_sid, house.account.sid, message, sealed, key_id),
    )
    other = await add_account(house, OTHER_NUMBER)
    await ledger.credit(house.database, house.account.carrier_sid, other, Decimal(7), "theirs")
    path = tmp_path / "account.zip"
    await export.write(house.database, house.account.sid, path)
    found = read(path)
    amounts = [Decimal(one["amount"]) for one in found["ledger"]]
    assert amounts == [Decimal(9), *[Decimal("-0.5")] * 5]
    assert [(one["sid"], one["body"], one["recipients"]) for one in found["bulks"]] == [
        (bulk, "Dear {name}", 2)
    ]
    assert [one["to"] for one in found["bulks"][0]["rejections"]] == ["nobody"]
    assert [(one["resource_sid"], one["request_variables"]) for one in found["alerts"]] == [
        (message, "Body=Hi")
    ]
    assert [one["friendly_name"] for one in found["messaging_services"]] == ["Clinic"]
    assert found["messaging_services"][0]["sid"] == service
    assert "theirs" not in json.dumps(found)


async def test_a_file_that_is_there_is_kept_and_one_that_fails_is_removed(
    house: House, database_url: str, tmp_path: Path
) -> None:
    await house.accept()
    path = tmp_path / "account.zip"
    path.write_text("mine")
    with pytest.raises(ExportError, match="is there already"):
        await export.write(house.database, house.account.sid, path)
    assert path.read_text() == "mine"
    path.unlink()
    with pytest.raises(NotFound):
        await export.write(house.database, "AC" + "0" * 32, path)
    async with await Database.connect(database_url, size=1) as without_key:
        with pytest.raises(SettingError, match="SMSC_SECRET_KEY"):
            await export.write(without_key, house.account.sid, path)
    assert not path.exists()


async def test_all_files_are_of_one_moment_and_nothing_is_changed(house: House) -> None:
    first = await house.accept()
    async with account_export.opened(house.database, house.account.sid) as exported:
        lines = dict(exported.files())
        await house.accept()
        await house.value("UPDATE messages SET status = 'failed'")
        messages = [json.loads(line) async for line in lines["messages.jsonl"]]
    assert [(one["sid"], one["status"]) for one in messages] == [(first.sid, "queued")]
