import io
import json
from pathlib import Path

import asyncpg
import pytest
from rich.console import Console

from smsc.cli import demo, demo_journey
from smsc.settings import Settings
from tests.contract.running_api import make_settings, serving

KEYS = {
    *("api_url", "account_sid", "auth_token", "test_account_sid", "test_auth_token"),
    *("phone_numbers", "carrier_api_key", "dashboard_url", "smpp_port", "smpp_system_id"),
    *("dashboard_email", "dashboard_password"),
    *("smpp_password", "simulator_port", "simulator_http_url"),
}


@pytest.fixture
def home_settings(
    database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    monkeypatch.setattr(demo_journey, "WAIT_SECONDS", 0.2)  # nobody here submits the message
    settings = make_settings(database_url, redis_url)
    return settings.model_copy(update={"home": tmp_path, "webhook_allow_private": True})


async def prepared(settings: Settings) -> tuple[dict[str, object], str]:
    with serving(settings) as api_url:
        port = int(api_url.rpartition(":")[2])
        screen = io.StringIO()
        await demo.prepare(
            settings.model_copy(update={"http_port": port}), Console(file=screen, width=200)
        )
    written: dict[str, object] = json.loads((settings.home / "demo.json").read_text())
    return written, screen.getvalue()


async def test_the_first_start_makes_a_demo_and_sends_one_message(home_settings: Settings) -> None:
    written, screen = await prepared(home_settings)
    assert set(written) == KEYS
    assert str(written["test_account_sid"]).startswith("AC")
    assert written["test_account_sid"] != written["account_sid"]
    assert written["test_auth_token"] not in {None, written["auth_token"]}
    assert (home_settings.home / "demo.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in home_settings.home.iterdir()] == ["demo.json"]
    assert "accepted   SM" in screen
    assert f"-u {written['account_sid']}:{written['auth_token']}" in screen
    assert f'client.api.base_url = "{written["api_url"]}"' in screen


async def test_the_second_start_uses_what_the_first_made(home_settings: Settings) -> None:
    first, _ = await prepared(home_settings)
    moved = home_settings.model_copy(update={"simulator_port": 34567})
    second, screen = await prepared(moved)
    assert second["account_sid"] == first["account_sid"]
    assert second["carrier_api_key"] == first["carrier_api_key"]
    assert second["simulator_port"] == 34567
    assert "accepted" not in screen
    assert await value(home_settings, "SELECT port FROM connectors") == 34567
    assert await value(home_settings, "SELECT count(*) FROM messages") == 1


async def test_a_lost_demo_file_is_written_anew_with_fresh_secrets(
    home_settings: Settings,
) -> None:
    first, _ = await prepared(home_settings)
    (home_settings.home / "demo.json").write_text("{}")
    second, _ = await prepared(home_settings)
    assert second["account_sid"] == first["account_sid"]
    assert second["carrier_api_key"] != first["carrier_api_key"]
    assert second["smpp_password"] != first["smpp_password"]
    for table, count in (("carriers", 1), ("phone_numbers", 3), ("connectors", 1), ("routes", 1)):
        assert await value(home_settings, f"SELECT count(*) FROM {table}") == count


async def value(settings: Settings, statement: str) -> object:
    connection = await asyncpg.connect(settings.database_url)
    found: object = await connection.fetchval(statement)
    await connection.close()
    return found
