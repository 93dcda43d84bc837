"""A customer of a running API, and Twilio's own SDK pointed at it."""

from collections.abc import Iterator

import pytest
from twilio.rest import Client

from smsc.embedded import EmbeddedPostgres
from tests.contract.dashboard_house import House, dashboard_house, make_people
from tests.contract.running_api import Customer, cloned_database, serving_a_customer

# Twilio has a host for each product; here one serves all.
PRODUCTS = ("accounts", "api", "iam", "lookups", "messaging", "monitor", "pricing", "verify")


@pytest.fixture
def customer(database_url: str, redis_url: str) -> Iterator[Customer]:
    with serving_a_customer(database_url, redis_url) as customer:
        yield customer


@pytest.fixture
def client(customer: Customer) -> Iterator[Client]:
    client = client_for(customer.api_url, customer.account_sid, customer.auth_token)
    yield client
    client.http_client.session.close()


@pytest.fixture(scope="module")
def idle_customer(
    postgres_server: EmbeddedPostgres, migrated_template: str, valkey_server: str
) -> Iterator[Customer]:
    """Lend a customer to all tests of a module that change nothing."""
    with (
        cloned_database(postgres_server, migrated_template) as database_url,
        serving_a_customer(database_url, valkey_server) as customer,
    ):
        yield customer


@pytest.fixture(scope="module")
def idle_client(idle_customer: Customer) -> Iterator[Client]:
    """Lend the SDK to tests whose requests change nothing."""
    client = client_for(idle_customer.api_url, idle_customer.account_sid, idle_customer.auth_token)
    yield client
    client.http_client.session.close()


@pytest.fixture(scope="module")
def house(
    postgres_server: EmbeddedPostgres, migrated_template: str, valkey_server: str
) -> Iterator[House]:
    """Lend a served dashboard, with a person of each role, to all tests of a module."""
    with dashboard_house(postgres_server, migrated_template, valkey_server) as house:
        make_people(house)
        yield house


def client_for(api_url: str, account_sid: str, auth_token: str) -> Client:
    client = Client(account_sid, auth_token)
    for product in PRODUCTS:
        getattr(client, product).base_url = api_url
    return client
