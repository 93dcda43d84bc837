"""The demo of `smsc up`: a carrier whose account sends through the simulator, and demo.json."""

import asyncio
import json
import os
import tempfile
from pathlib import Path
from typing import Final

from rich.console import Console
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.audit import Actor, ActorKind, act_as
from smsc.cli.demo_journey import show_journey, show_snippets
from smsc.cli.home import reachable_host
from smsc.cli.remote import DEMO_FILE, Fields, read_demo
from smsc.db import Database
from smsc.jobs import Bells
from smsc.models import (
    Account,
    AccountStatus,
    Carrier,
    Connector,
    PhoneNumber,
    Role,
    SmppCredential,
    User,
)
from smsc.provisioning import (
    accounts,
    carriers,
    connectors,
    phone_numbers,
    routes,
    smpp_credentials,
    users,
)
from smsc.provisioning.accounts import AccountDraft
from smsc.provisioning.carriers import CarrierDraft
from smsc.provisioning.connector_fields import ConnectorChange, ConnectorDraft
from smsc.provisioning.credential_fields import SmppCredentialDraft
from smsc.provisioning.phone_numbers import PhoneNumberDraft
from smsc.provisioning.routes import RouteDraft
from smsc.provisioning.transaction import changing, reading
from smsc.provisioning.users import UserDraft
from smsc.settings import Settings
from smsc.vault import Vault, hash_password

CARRIER_NAME: Final = "Demo carrier"
ACCOUNT_NAME: Final = "Demo account"
CONNECTOR_NAME: Final = "simulator"
# 555-0100 to 555-0199 of each North American area code are set aside for fiction.
PHONE_NUMBERS: Final = ("+12025550141", "+12025550142", "+12025550143")
HANDSET: Final = "+12025550178"
ESME_SYSTEM_ID: Final = "demo"
OWNER_EMAIL: Final = "owner@example.com"
# What we bind to the simulator with; it takes any.
SIMULATOR_SYSTEM_ID: Final = "smsc"
SIMULATOR_PASSWORD: Final = "simulate"  # noqa: S105 it guards a simulation

_KNOWN: Final = frozenset(
    {
        *("account_sid", "auth_token", "phone_numbers", "carrier_api_key"),
        *("smpp_system_id", "smpp_password"),
    }
)
_OF_OWNER: Final = frozenset({"dashboard_email", "dashboard_password"})
_MODE: Final = 0o600


async def prepare(settings: Settings, console: Console) -> None:
    """Make the demo on the first start and show a message's way; show how to send on each.

    What a user changed or deleted of the demo stays so, as long as demo.json is there.
    """
    database_url, redis_url, secret_key = settings.require_servers()
    vault = Vault(secret_key, settings.secret_key_old)
    act_as(Actor(ActorKind.COMMAND, None, "smsc up"))
    known = await asyncio.to_thread(read_demo, settings.home)
    async with (
        await Database.connect(database_url, size=2, name="smsc-demo", vault=vault) as database,
        Bells(redis_url) as bells,
    ):
        is_first = not await _still_valid(database, known)
        async with changing(database, bells.announce_change) as db:
            if is_first:
                known = await _make(db, vault, settings)
            else:
                await _follow_simulator(db, vault, settings, str(known["account_sid"]))
            if not known.keys() >= _OF_OWNER:
                known = {**known, **await _make_owner(db, str(known["account_sid"]))}
            known = {**known, **await _test_credentials(db, vault, str(known["account_sid"]))}
        demo = _described(known, settings)
        await asyncio.to_thread(_write, settings.home / DEMO_FILE, demo)
        if is_first:
            await show_journey(settings, console, database, demo, HANDSET)
    show_snippets(console, demo, HANDSET)


async def _still_valid(database: Database, known: Fields) -> bool:
    """Say whether demo.json is of this database: a key that works, an account that is there."""
    if not known.keys() >= _KNOWN:
        return False
    async with reading(database) as db:
        key = await carriers.authenticate(db, str(known.get("carrier_api_key")))
        statement = select(Account.sid).where(
            col(Account.sid) == str(known.get("account_sid")),
            col(Account.carrier_sid) == ("" if key is None else key.carrier_sid),
        )
        return (await db.exec(statement)).first() is not None


async def _make(db: AsyncSession, vault: Vault, settings: Settings) -> Fields:
    """Make what is missing: all of it, or only new secrets when demo.json was lost."""
    carrier = (await db.exec(select(Carrier).where(col(Carrier.name) == CARRIER_NAME))).first()
    if carrier is None:
        carrier = await carriers.create(db, CarrierDraft(name=CARRIER_NAME))
    issued = await carriers.issue_key(db, carrier.sid, "smsc up", runs_platform=True)
    of_carrier = (
        col(Account.carrier_sid) == carrier.sid,
        col(Account.friendly_name) == ACCOUNT_NAME,
        col(Account.status) == AccountStatus.ACTIVE,
    )
    account = (await db.exec(select(Account).where(*of_carrier))).first()
    if account is None:
        account = await accounts.create(
            db, vault, carrier.sid, AccountDraft(friendly_name=ACCOUNT_NAME)
        )
    await _make_numbers(db, carrier.sid, account.sid)
    system_id, password = await _make_credential(db, carrier.sid, account.sid)
    await _make_connector(db, vault, carrier.sid, settings)
    return {
        "account_sid": account.sid,
        "auth_token": vault.open(account.auth_token_sealed),
        "phone_numbers": list(PHONE_NUMBERS),
        "carrier_api_key": issued.bearer,
        "smpp_system_id": system_id,
        "smpp_password": password,
    }


async def _make_numbers(db: AsyncSession, carrier_sid: str, account_sid: str) -> None:
    statement = select(PhoneNumber.phone_number).where(col(PhoneNumber.carrier_sid) == carrier_sid)
    there = set((await db.exec(statement)).all())
    for number in PHONE_NUMBERS:
        if number not in there:
            draft = PhoneNumberDraft(phone_number=number, account_sid=account_sid)
            await phone_numbers.create(db, carrier_sid, draft)


async def _make_credential(db: AsyncSession, carrier_sid: str, account_sid: str) -> tuple[str, str]:
    statement = select(SmppCredential).where(col(SmppCredential.system_id) == ESME_SYSTEM_ID)
    old = (await db.exec(statement)).first()
    system_id: str | None = ESME_SYSTEM_ID
    if old is not None and old.carrier_sid == carrier_sid:
        await smpp_credentials.remove(db, carrier_sid, old.sid)  # its password is not known
    elif old is not None:
        system_id = None  # another carrier's: take a name that is made up
    draft = SmppCredentialDraft(account_sid=account_sid, system_id=system_id)
    made = await smpp_credentials.create(db, carrier_sid, draft)
    return made.credential.system_id, made.password


async def _make_owner(db: AsyncSession, account_sid: str) -> Fields:
    """Make the person who owns the demo's carrier, or give them a new password."""
    password = users.make_password()
    hashed = await asyncio.to_thread(hash_password, password)
    carrier_sid = (
        await db.exec(select(Account.carrier_sid).where(col(Account.sid) == account_sid))
    ).one()
    statement = select(User).where(
        col(User.carrier_sid) == carrier_sid, col(User.email) == OWNER_EMAIL
    )
    owner = (await db.exec(statement)).first()
    if owner is None:
        draft = UserDraft(email=OWNER_EMAIL, name="Demo owner", role=Role.OWNER)
        owner = await users.create(db, carrier_sid, draft, password_hash=hashed)
    else:
        await users.set_password(db, owner, password_hash=hashed)
    await users.set_platform(db, owner, runs_platform=True)
    return {"dashboard_email": OWNER_EMAIL, "dashboard_password": password}


async def _test_credentials(db: AsyncSession, vault: Vault, account_sid: str) -> Fields:
    """Return what a program of the account tries itself with: nothing is sent or charged."""
    account = (await db.exec(select(Account).where(col(Account.sid) == account_sid))).one()
    sealed = account.test_token_sealed
    return {
        "test_account_sid": account.test_sid,
        "test_auth_token": None if sealed is None else vault.open(sealed),
    }


async def _make_connector(
    db: AsyncSession, vault: Vault, carrier_sid: str, settings: Settings
) -> None:
    statement = select(Connector.sid).where(
        col(Connector.carrier_sid) == carrier_sid, col(Connector.name) == CONNECTOR_NAME
    )
    sid = (await db.exec(statement)).first()
    if sid is not None:
        await connectors.change(db, vault, carrier_sid, sid, _simulator_place(settings))
        return
    draft = ConnectorDraft(
        name=CONNECTOR_NAME,
        host=reachable_host(settings.bind),
        port=settings.simulator_port,
        system_id=SIMULATOR_SYSTEM_ID,
        password=SIMULATOR_PASSWORD,
    )
    connector = await connectors.create(db, vault, carrier_sid, draft)
    await routes.create(db, carrier_sid, RouteDraft(connector_sid=connector.sid))


async def _follow_simulator(
    db: AsyncSession, vault: Vault, settings: Settings, account_sid: str
) -> None:
    """Point the connector to where the simulator listens this time, if both are still there."""
    place = _simulator_place(settings)
    statement = (
        select(Connector.carrier_sid, Connector.sid)
        .join(Account, col(Account.carrier_sid) == col(Connector.carrier_sid))
        .where(
            col(Account.sid) == account_sid,
            col(Connector.name) == CONNECTOR_NAME,
            (col(Connector.port) != place.port) | (col(Connector.host) != place.host),
        )
    )
    for carrier_sid, sid in (await db.exec(statement)).all():
        await connectors.change(db, vault, carrier_sid, sid, place)


def _simulator_place(settings: Settings) -> ConnectorChange:
    return ConnectorChange(host=reachable_host(settings.bind), port=settings.simulator_port)


def _described(known: Fields, settings: Settings) -> Fields:
    """Return the content of demo.json: what is known, and where everything is this time."""
    host = reachable_host(settings.bind)
    shown_host = f"[{host}]" if ":" in host else host
    return {
        "api_url": settings.api_url,
        "account_sid": known["account_sid"],
        "auth_token": known["auth_token"],
        "test_account_sid": known["test_account_sid"],
        "test_auth_token": known["test_auth_token"],
        "phone_numbers": known["phone_numbers"],
        "carrier_api_key": known["carrier_api_key"],
        "dashboard_url": f"{settings.api_url}/",
        "dashboard_email": known["dashboard_email"],
        "dashboard_password": known["dashboard_password"],
        "smpp_port": settings.smpp_port,
        "smpp_system_id": known["smpp_system_id"],
        "smpp_password": known["smpp_password"],
        "simulator_port": settings.simulator_port,
        "simulator_http_url": f"http://{shown_host}:{settings.simulator_http_port}",
    }


def _write(path: Path, content: Fields) -> None:
    """Write a file whole or not at all, readable by us alone: it holds secrets."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # made 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file, indent=2)
            file.write("\n")
        Path(name).chmod(_MODE)
        Path(name).replace(path)
    except BaseException:  # Ctrl-C too: no half a file with secrets stays
        Path(name).unlink(missing_ok=True)
        raise
