from collections.abc import AsyncIterator

import pytest

from smsc.db import Database
from smsc.errors import Conflict, NotFound
from smsc.models import Carrier
from smsc.provisioning import accounts, carriers, smpp_credentials
from smsc.provisioning.accounts import AccountChange, AccountDraft
from smsc.provisioning.carriers import CarrierDraft
from smsc.provisioning.credential_fields import SmppCredentialDraft
from smsc.provisioning.transaction import changing, reading
from smsc.settings import Settings
from smsc.vault import Vault, password_matches
from tests.contract.running_api import make_settings


class Announcements:
    """Counts what was announced."""

    def __init__(self) -> None:
        self.count = 0

    async def announce(self) -> None:
        self.count += 1


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with await Database.connect(database_url, size=2) as database:
        yield database


@pytest.fixture
def vault(database_url: str, redis_url: str) -> Vault:
    settings: Settings = make_settings(database_url, redis_url)
    return Vault(settings.require_servers()[2])


async def make_carrier(database: Database) -> Carrier:
    async with changing(database, Announcements().announce) as db:
        return await carriers.create(db, CarrierDraft(name="Mekong Tel"))


async def test_a_change_is_announced_after_its_commit(database: Database) -> None:
    seen: list[object] = []

    async def announce() -> None:
        async with database.single() as connection:
            seen.append(await connection.fetchval("SELECT name FROM carriers"))

    async with changing(database, announce) as db:
        await carriers.create(db, CarrierDraft(name="Mekong Tel"))
    assert seen == ["Mekong Tel"]


async def test_what_failed_is_neither_kept_nor_announced(database: Database) -> None:
    announcements = Announcements()

    async def fail() -> None:
        async with changing(database, announcements.announce) as db:
            await carriers.create(db, CarrierDraft(name="Mekong Tel"))
            await accounts.require_open(db, "CR1", "AC1")

    with pytest.raises(NotFound):
        await fail()
    assert announcements.count == 0
    async with database.single() as connection:
        assert await connection.fetchval("SELECT count(*) FROM carriers") == 0


async def test_secrets_are_never_stored_in_the_clear(database: Database, vault: Vault) -> None:
    carrier = await make_carrier(database)
    async with changing(database, Announcements().announce) as db:
        issued = await carriers.issue_key(db, carrier.sid, "key")
        account = await accounts.create(db, vault, carrier.sid, AccountDraft())
        made = await smpp_credentials.create(
            db, carrier.sid, SmppCredentialDraft(account_sid=account.sid)
        )
    secret = issued.bearer.partition(".")[2]
    assert secret.encode() not in issued.key.digest
    assert vault.open(account.auth_token_sealed) not in account.auth_token_sealed
    assert made.password not in made.credential.password_hash
    assert password_matches(made.password, made.credential.password_hash)
    async with reading(database) as db:
        key = await carriers.authenticate(db, issued.bearer)
        assert key is not None
        assert key.carrier_sid == carrier.sid
        assert await carriers.authenticate(db, issued.bearer + "x") is None


async def test_a_system_id_is_unique_among_all_carriers(database: Database, vault: Vault) -> None:
    for attempt in range(2):
        carrier = await make_carrier(database)
        async with changing(database, Announcements().announce) as db:
            account = await accounts.create(db, vault, carrier.sid, AccountDraft())
        draft = SmppCredentialDraft(account_sid=account.sid, system_id="clinic")
        if attempt == 0:
            async with changing(database, Announcements().announce) as db:
                await smpp_credentials.create(db, carrier.sid, draft)
        else:
            with pytest.raises(Conflict, match="system_id"):
                async with changing(database, Announcements().announce) as db:
                    await smpp_credentials.create(db, carrier.sid, draft)


async def test_nothing_is_given_to_a_closed_account(database: Database, vault: Vault) -> None:
    carrier = await make_carrier(database)
    async with changing(database, Announcements().announce) as db:
        account = await accounts.create(db, vault, carrier.sid, AccountDraft())
        change = AccountChange.model_validate({"status": "closed"})
        closed = await accounts.change(db, carrier.sid, account.sid, change)
        assert closed.status == "closed"
        assert closed.friendly_name == account.friendly_name
        with pytest.raises(NotFound):
            await accounts.require_open(db, carrier.sid, account.sid)
