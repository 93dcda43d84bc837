"""A carrier with two accounts and everything that pages show, for the tests of one module."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyotp
import requests

from api.dashboard.visitors import nobody_need_know
from smsc.db import Database
from smsc.embedded import EmbeddedPostgres
from smsc.models import Role
from smsc.provisioning import users
from smsc.provisioning.transaction import changing
from smsc.provisioning.users import UserDraft
from smsc.vault import Vault
from tests.contract.dashboard_browser import Browser
from tests.contract.dns_server import Dns, dns_server
from tests.contract.running_api import HANDSET, Customer, cloned_database, run, serving_a_customer

OTHER_SENDER = "+15075550199"
OTHER_CARRIER = "CR" + "2" * 32


Person = tuple[str, str, str | None, Role]  # name, carrier, account, role


@dataclass(frozen=True, slots=True)
class House:
    """A customer's API with people of each role; the other account has a number of its own."""

    customer: Customer
    other_account: str
    dns: Dns
    tokens: dict[str, str] = field(default_factory=dict)  # the sessions of people, by name

    def browser(self, person: str) -> Browser:
        """Return the browser of somebody who was made, signed in."""
        browser = Browser(self.customer.api_url)
        browser.carry(self.tokens[person])
        return browser

    def make_people(self, *people: Person) -> None:
        """Make people whose sessions have begun: no password is hashed for it."""
        asyncio.run(self._make(people))

    async def _make(self, people: Sequence[Person]) -> None:
        async with (
            await Database.connect(self.customer.database_url, size=1) as database,
            changing(database, nobody_need_know) as db,
        ):
            for name, carrier_sid, account_sid, role in people:
                draft = UserDraft(
                    email=f"{name}@mekong.example", role=role, account_sid=account_sid
                )
                user = await users.create(db, carrier_sid, draft, password_hash="none")
                self.tokens[name] = await users.begin_session(
                    db, user, ip="127.0.0.1", user_agent="tests"
                )

    def carrier(self, method: str, path: str, **body: object) -> requests.Response:
        """Call the Carrier API."""
        return requests.request(
            method,
            f"{self.customer.api_url}/carrier/v1{path}",
            headers={"Authorization": f"Bearer {self.customer.bearer}"},
            timeout=10,
            **({"json": body} if body or method == "POST" else {}),  # type: ignore[arg-type]
        )

    def send(self, body: str = "Hello", to: str = HANDSET) -> str:
        answer = requests.post(
            f"{self.customer.api_url}/2010-04-01/Accounts/{self.customer.account_sid}/Messages.json",
            auth=(self.customer.account_sid, self.customer.auth_token),
            data={"To": to, "From": self.customer.sender, "Body": body},
            timeout=10,
        )
        sid: str = answer.json()["sid"]
        return sid

    def run(self, statement: str) -> None:
        run(self.customer.database_url, statement)


def code_now(house: House, email: str) -> str:
    """Return what the app of a person shows now."""

    async def read() -> str:
        async with (
            await Database.connect(house.customer.database_url, size=1) as database,
            database.single() as connection,
        ):
            statement = "SELECT totp_sealed FROM users WHERE email = $1"
            return str(await connection.fetchval(statement, email))

    _, _, secret_key = house.customer.settings.require_servers()
    return pyotp.TOTP(Vault(secret_key).open(asyncio.run(read()))).now()


@contextmanager
def dashboard_house(server: EmbeddedPostgres, template: str, redis_url: str) -> Iterator[House]:
    with (
        cloned_database(server, template) as database_url,
        dns_server() as dns,
        serving_a_customer(database_url, redis_url, dns_server=dns.address) as customer,
    ):
        house = House(customer, "", dns)
        made = house.carrier("POST", "/accounts", friendly_name="Shop")
        house = House(customer, made.json()["sid"], dns)
        house.run(f"INSERT INTO carriers (sid, name) VALUES ('{OTHER_CARRIER}', 'Other')")
        house.carrier(
            "POST", "/phone_numbers", phone_number=OTHER_SENDER, account_sid=house.other_account
        ).raise_for_status()
        yield house


def make_people(house: House) -> None:
    """Make a person of each role: of the carrier, of the account, of the other; and a stranger."""
    carrier_sid = house.customer.carrier_sid
    places = {
        "carrier": None,
        "account": house.customer.account_sid,
        "other": house.other_account,
    }
    house.make_people(
        *(
            (f"{place}-{role.value}", carrier_sid, account_sid, role)
            for place, account_sid in places.items()
            for role in Role
        ),
        ("stranger", OTHER_CARRIER, None, Role.OWNER),
    )
