"""The Carrier API over HTTP, with a carrier's key."""

from collections.abc import Iterator
from dataclasses import dataclass

import orjson
import pytest
import requests

from smsc.embedded import EmbeddedPostgres
from tests.contract.running_api import Customer, cloned_database, serving_a_customer


@dataclass(frozen=True, slots=True)
class CarrierApi:
    """Requests to `/carrier/v1` with a key."""

    customer: Customer
    session: requests.Session

    def request(self, method: str, path: str, body: object = None) -> requests.Response:
        return self.session.request(
            method,
            f"{self.customer.api_url}/carrier/v1/{path}",
            data=None if body is None else orjson.dumps(body),
            headers={
                "Authorization": f"Bearer {self.customer.bearer}",
                "Content-Type": "application/json",
            },
            timeout=10,
        )

    def make(self, path: str, **fields: object) -> dict[str, object]:
        answer = self.request("POST", path, fields)
        assert answer.status_code == 201, answer.text
        made: dict[str, object] = answer.json()
        return made

    def sids(self, path: str) -> list[str]:
        return [item["sid"] for item in self.request("GET", path).json()["data"]]


@pytest.fixture
def carrier_api(database_url: str, redis_url: str) -> Iterator[CarrierApi]:
    with (
        serving_a_customer(database_url, redis_url) as customer,
        requests.Session() as session,
    ):
        yield CarrierApi(customer, session)


@pytest.fixture(scope="module")
def idle_carrier_api(
    postgres_server: EmbeddedPostgres, migrated_template: str, valkey_server: str
) -> Iterator[CarrierApi]:
    """Lend the Carrier API to all tests of a module that change nothing."""
    with (
        cloned_database(postgres_server, migrated_template) as database_url,
        serving_a_customer(database_url, valkey_server) as customer,
        requests.Session() as session,
    ):
        yield CarrierApi(customer, session)
