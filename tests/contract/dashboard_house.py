"""A carrier with two accounts and everything that pages show, for the tests of one module."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from smsc.embedded import EmbeddedPostgres
from smsc.models import Role
from tests.contract.dashboard_browser import Browser, make_person
from tests.contract.running_api import HANDSET, Customer, cloned_database, run, serving_a_customer

OTHER_SENDER = "+15075550199"
OTHER_CARRIER = "CR" + "2" * 32


@dataclass(frozen=True, slots=True)
class House:
    """A customer's API with people of each role; the other account has a number of its own."""

    customer: Customer
    other_account: str

    def browser(self, person: str) -> Browser:
        """Return the browser of somebody who was made; their address is the name of the role."""
        browser = Browser(self.customer.api_url)
        answer = browser.sign_in(f"{person}@mekong.example")
        assert answer.status_code == 200, answer.text
        return browser

    def carrier(self, method: str, path: str, **body: object) -> requests.Response:
        """Call the Carrier API."""
        return requests.request(
            method,
            f"{self.customer.api_url}/carrier/v1{path}",
            headers={"Authorization": f"Bearer {self.customer.bearer}"},
            timeout=10,
            **({"json": body} if body else {}),  # type: ignore[arg-type]
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


@contextmanager
def dashboard_house(server: EmbeddedPostgres, template: str, redis_url: str) -> Iterator[House]:
    with (
        cloned_database(server, template) as database_url,
        serving_a_customer(database_url, redis_url) as customer,
    ):
        house = House(customer, "")
        made = house.carrier("POST", "/accounts", friendly_name="Shop")
        house = House(customer, made.json()["sid"])
        house.run(f"INSERT INTO carriers (sid, name) VALUES ('{OTHER_CARRIER}', 'Other')")
        house.carrier(
            "POST", "/phone_numbers", phone_number=OTHER_SENDER, account_sid=house.other_account
        ).raise_for_status()
        yield house


def make_people(house: House) -> None:
    """Make a person of each role: of the carrier, of the account, of the other; and a stranger."""
    customer = house.customer
    places = {"carrier": None, "account": customer.account_sid, "other": house.other_account}
    for place, account_sid in places.items():
        for role in Role:
            make_person(
                customer.database_url,
                customer.carrier_sid,
                f"{place}-{role.value}@mekong.example",
                role=role,
                account_sid=account_sid,
            )
    make_person(customer.database_url, OTHER_CARRIER, "stranger@mekong.example")
