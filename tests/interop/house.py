"""Our side: `smsc up`, and for each party an account, a number, a credential or a connector."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twilio.rest import Client

from tests.e2e.up import Up


@dataclass(frozen=True, slots=True)
class Customer:
    """An account with one number; digits without `+`."""

    up: Up
    account_sid: str
    auth_token: str
    number: str

    @property
    def client(self) -> Client:
        """Twilio's SDK, pointed at us."""
        client = Client(self.account_sid, self.auth_token)
        client.api.base_url = self.up.demo["api_url"]
        return client

    def inbound(self) -> list[tuple[str, str]]:
        """Return (from, body) of what came for the number."""
        messages = self.client.messages.list(to=f"+{self.number}")
        return [(str(one.from_).removeprefix("+"), str(one.body)) for one in messages]


def add_customer(up: Up, name: str, number: str) -> Customer:
    """Make an account that sends from `number`."""
    account = _carrier(up, "accounts", {"friendly_name": name})
    add_number(up, number, account["sid"])
    return Customer(up, account["sid"], account["auth_token"], number)


def add_number(up: Up, number: str, account_sid: str | None) -> None:
    """Put a number into the inventory, as an account's or for sale."""
    draft = {"phone_number": f"+{number}", "account_sid": account_sid}
    _carrier(up, "phone_numbers", draft)


def add_credential(customer: Customer, system_id: str, password: str) -> None:
    """Let an ESME of the customer's bind."""
    draft = {"account_sid": customer.account_sid, "system_id": system_id, "password": password}
    _carrier(customer.up, "smpp_credentials", draft)


def add_connector(up: Up, name: str, port: int, prefix: str) -> None:
    """Bind to an SMSC on this machine, and send there what begins with `prefix`."""
    draft = {
        "name": name,
        "host": "127.0.0.1",
        "port": port,
        "system_id": "smsc",
        "password": "secret",
        "window": 5,
    }
    connector = _carrier(up, "connectors", draft)
    _carrier(up, "routes", {"prefix": prefix, "connector_sid": connector["sid"]})


def _carrier(up: Up, what: str, draft: Mapping[str, object]) -> dict[str, Any]:
    answer: dict[str, Any] = up.request("POST", f"{up.demo['api_url']}/carrier/v1/{what}", draft)
    return answer
