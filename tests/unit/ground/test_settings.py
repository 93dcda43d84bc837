"""A wrong or missing setting is one line that names it and how to mend it."""

import base64
import os
from datetime import timedelta
from pathlib import Path

import pytest

from smsc.errors import SettingError
from smsc.settings import Settings

KEY = base64.urlsafe_b64encode(bytes(32)).decode()


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the developer's, and no .env file."""
    for name in list(os.environ):
        if name.startswith("SMSC_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("HTTP_PORT", "70000", "less than or equal to 65535"),
        ("HTTP_PORT", "eighty", "integer"),
        ("DATABASE_URL", "mysql://x/y", "postgresql://"),
        ("DATABASE_POOLER", "session", "'none' or 'transaction'"),
        ("REDIS_URL", "localhost:6379", "redis://"),
        ("PUBLIC_URL", "sms.example.org", "https://"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, nonsense", "'nonsense'"),
        ("SECRET_KEY", "short", "32 random octets"),
        ("WEBHOOK_TIMEOUT", "soon", "seconds"),
        ("WEBHOOK_TIMEOUT", "60", "at most 15"),
        ("WEBHOOK_ALLOW_PRIVATE", "perhaps", "boolean"),
        ("LOG_LEVEL", "loud", "'debug'"),
    ],
)
def test_a_wrong_setting_is_named_with_its_mend(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, hint: str
) -> None:
    monkeypatch.setenv(f"SMSC_{name}", value)
    with pytest.raises(SettingError) as refusal:
        Settings.read()
    assert f"SMSC_{name}" in str(refusal.value)
    assert hint in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_refused_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMSC_SECRET_KEY", "guess-me")
    with pytest.raises(SettingError) as refusal:
        Settings.read()
    assert "guess-me" not in str(refusal.value)


@pytest.mark.parametrize("missing", ["DATABASE_URL", "REDIS_URL", "SECRET_KEY"])
def test_a_process_of_its_own_says_which_server_it_misses(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    values = {
        "DATABASE_URL": "postgresql:///smsc?host=/run/smsc",
        "REDIS_URL": "unix:///run/valkey.sock",
        "SECRET_KEY": KEY,
    }
    for name, value in values.items():
        if name != missing:
            monkeypatch.setenv(f"SMSC_{name}", value)
    with pytest.raises(SettingError, match=f"SMSC_{missing} is not set"):
        Settings.read().require_servers()


@pytest.mark.parametrize(
    ("bind", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:8080"),
        ("::1", "http://[::1]:8080"),
    ],
)
def test_the_api_url_is_one_that_can_be_asked(
    monkeypatch: pytest.MonkeyPatch, bind: str, url: str
) -> None:
    monkeypatch.setenv("SMSC_BIND", bind)
    assert Settings.read().api_url == url


def test_a_public_url_wins_and_loses_its_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMSC_PUBLIC_URL", "https://sms.example.org/")
    assert Settings.read().api_url == "https://sms.example.org"


@pytest.mark.parametrize("text", ["2.5", "PT2.5S"])
def test_a_timeout_may_be_plain_seconds(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SMSC_WEBHOOK_TIMEOUT", text)
    assert Settings.read().webhook_timeout == timedelta(seconds=2.5)
