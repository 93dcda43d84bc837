"""The API as customers meet it: uvicorn in a thread, on a free port, with a real database."""

import asyncio
import base64
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import asyncpg
import uvicorn
from pydantic import SecretStr

from api import direct
from api.app import create_app
from smsc.db import Database
from smsc.embedded import EmbeddedPostgres
from smsc.models import Account, PhoneNumber
from smsc.provisioning import accounts, carriers, connectors, phone_numbers, routes
from smsc.provisioning.accounts import AccountDraft
from smsc.provisioning.carriers import CarrierDraft
from smsc.provisioning.connector_fields import ConnectorDraft
from smsc.provisioning.phone_numbers import PhoneNumberDraft
from smsc.provisioning.routes import RouteDraft
from smsc.provisioning.transaction import changing
from smsc.settings import Settings
from smsc.vault import Vault

START_SECONDS = 20.0
SENDER = "+15075550123"
HANDSET = "+85512345678"


@dataclass(frozen=True, slots=True)
class Customer:
    """A carrier with one account, one number and one route, and how to reach the API for it."""

    api_url: str
    database_url: str
    settings: Settings
    carrier_sid: str
    bearer: str
    account_sid: str
    auth_token: str
    connector_sid: str
    sender: str = SENDER


def make_settings(database_url: str, redis_url: str) -> Settings:
    key = base64.urlsafe_b64encode(os.urandom(32)).decode()
    return Settings(database_url=database_url, redis_url=redis_url, secret_key=SecretStr(key))


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """Serve the API until the block ends; yield its URL."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        app = create_app(settings)
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                loop="asyncio",
                http=direct.protocol_of(app),
                ws="none",
                access_log=False,
                log_config=None,
            )
        )
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            deadline = time.monotonic() + START_SECONDS
            while not server.started:
                assert thread.is_alive(), "the server ended"
                assert time.monotonic() < deadline, "the server didn't start"
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def serving_a_customer(database_url: str, redis_url: str, **changes: object) -> Iterator[Customer]:
    """Serve the API with a customer who can send."""
    settings = make_settings(database_url, redis_url).model_copy(update=changes)
    with serving(settings) as api_url:
        yield asyncio.run(provision(settings, api_url))


@contextmanager
def cloned_database(server: EmbeddedPostgres, template: str) -> Iterator[str]:
    """Lend a fresh, migrated database to the tests of one module."""
    name = f"module_{uuid4().hex}"
    run(server.url, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield server.url_of(name)
    finally:
        run(server.url, f"DROP DATABASE {name} WITH (FORCE)")


def run(database_url: str, statement: str) -> None:
    """Run one statement."""

    async def execute() -> None:
        connection = await asyncpg.connect(database_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(execute())


async def provision(settings: Settings, api_url: str, sender: str = SENDER) -> Customer:
    """Make a carrier whose account can send to everywhere."""
    database_url, _, secret_key = settings.require_servers()
    vault = Vault(secret_key)
    async with await Database.connect(database_url) as database, changing(database, _quiet) as db:
        carrier = await carriers.create(db, CarrierDraft(name="Mekong Tel"))
        issued = await carriers.issue_key(db, carrier.sid, "tests")
        account: Account = await accounts.create(
            db, vault, carrier.sid, AccountDraft(friendly_name="Clinic")
        )
        number: PhoneNumber = await phone_numbers.create(
            db, carrier.sid, PhoneNumberDraft(phone_number=sender, account_sid=account.sid)
        )
        connector = await connectors.create(
            db,
            vault,
            carrier.sid,
            ConnectorDraft(name="sim box", host="127.0.0.1", system_id="goip", password="secret"),
        )
        await routes.create(db, carrier.sid, RouteDraft(connector_sid=connector.sid))
    return Customer(
        api_url=api_url,
        database_url=database_url,
        settings=settings,
        carrier_sid=carrier.sid,
        bearer=issued.bearer,
        account_sid=account.sid,
        auth_token=vault.open(account.auth_token_sealed),
        connector_sid=connector.sid,
        sender=number.phone_number,
    )


async def _quiet() -> None:
    """Announce to nobody."""
