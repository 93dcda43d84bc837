"""A new secret key takes the place of the old one, while everything goes on."""

import base64
import os

import pytest
from pydantic import SecretStr
from sqlalchemy import Text

from smsc.db import Database
from smsc.errors import SettingError
from smsc.messaging.reading import queries
from smsc.models import metadata
from smsc.provisioning.key_rotation import COLUMNS, rotate
from smsc.vault import Vault
from tests.integration.conftest import House


@pytest.fixture
def seals() -> bool:
    return True


def fresh_key() -> SecretStr:
    return SecretStr(base64.urlsafe_b64encode(os.urandom(32)).decode())


def old_key(house: House) -> SecretStr:
    newest = house.vault._newest
    octets = newest._signing_key + newest._encryption_key
    return SecretStr(base64.urlsafe_b64encode(octets).decode())


async def test_after_a_rotation_the_new_key_alone_opens_everything(
    house: House, database_url: str
) -> None:
    message = await house.accept(body="before")
    new = fresh_key()
    both = Vault(new, old_key(house))
    async with await Database.connect(database_url, vault=both) as database:
        done = await rotate(database, both)
        assert await rotate(database, both) == dict.fromkeys(done, 0)
    assert {name for name, count in done.items() if count} == {
        "accounts.auth_token_sealed",
        "connectors.password_sealed",
        "day_keys.wrapped",
    }
    async with await Database.connect(database_url, vault=Vault(new)) as database:
        found = await queries.fetch(database, house.account.sid, message.sid)
        assert found is not None
        assert found.body == "before"


async def test_while_both_keys_are_known_both_kinds_are_read(
    house: House, database_url: str
) -> None:
    message = await house.accept(body="by the old one")
    both = Vault(fresh_key(), old_key(house))
    async with await Database.connect(database_url, vault=both) as database:
        found = await queries.fetch(database, house.account.sid, message.sid)
    assert found is not None
    assert found.body == "by the old one"
    assert both.open(house.vault.seal("old")) == "old"
    assert both.open(both.seal("new")) == "new"


async def test_what_neither_key_opens_stops_the_rotation(house: House, database_url: str) -> None:
    strangers = Vault(fresh_key(), fresh_key())
    async with await Database.connect(database_url, vault=strangers) as database:
        with pytest.raises(SettingError, match="SMSC_SECRET_KEY is not the key"):
            await rotate(database, strangers)


def test_every_sealed_column_is_rotated() -> None:
    sealed = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Text)
        and (column.name.endswith("_sealed") or column.name == "wrapped")
    }
    assert {(table, column) for table, _, column in COLUMNS} == sealed
