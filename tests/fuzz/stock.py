"""One of everything behind a running API, so that generated requests meet resources that exist."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
from twilio.rest import Client

from tests.contract.conftest import client_for
from tests.contract.running_api import HANDSET, Customer, run

EACH = 6  # of a kind: some will be deleted


@dataclass(slots=True)
class Stock:
    """Whose requests are made, and SIDs by what they name."""

    username: str  # an API key that may do all, since auth tokens are among what can change
    password: str
    bearer: str
    pools: dict[str, list[str]] = field(default_factory=dict)

    def add(self, pool: str, make: Callable[[int], str]) -> list[str]:
        """Make several of a kind."""
        self.pools[pool] = [make(number) for number in range(EACH)]
        return self.pools[pool]


def stock_up(customer: Customer) -> Stock:
    """Make one of everything."""
    carrier = _CarrierApi(customer)
    draft = {"account_sid": customer.account_sid, "kind": "main"}
    key = carrier.post("api_keys", draft)
    stock = Stock(key["sid"], key["secret"], customer.bearer)
    client = client_for(customer.api_url, customer.account_sid, customer.auth_token)
    _stock_account(stock, client, carrier, customer)
    _stock_carrier(stock, carrier, customer)
    client.http_client.session.close()
    return stock


class _CarrierApi:
    def __init__(self, customer: Customer) -> None:
        self._url = f"{customer.api_url}/carrier/v1"
        self._headers = {"Authorization": f"Bearer {customer.bearer}"}

    def post(self, path: str, draft: dict[str, Any]) -> dict[str, Any]:
        url = f"{self._url}/{path}"
        answer = requests.post(url, json=draft, headers=self._headers, timeout=30)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def sid(self, path: str, draft: dict[str, Any]) -> str:
        return str(self.post(path, draft)["sid"])


def _stock_account(stock: Stock, client: Client, carrier: _CarrierApi, customer: Customer) -> None:
    sid = customer.account_sid
    child = client.api.v2010.accounts.create(friendly_name="Branch").sid
    stock.pools["account"] = [sid, sid, sid, child]
    stock.pools["handset"] = [HANDSET, "+85512345679", "+14159929960"]
    stock.pools["sender"] = [customer.sender]
    stock.pools["country"] = ["KH", "US", "kh", "XX"]
    for prefix, owner in (("+1202555010", sid), ("+1202555011", None)):
        drafts = [{"phone_number": f"{prefix}{n}", "account_sid": owner} for n in range(EACH)]
        made = [carrier.post("phone_numbers", draft) for draft in drafts]
        stock.pools["number" if owner else "number_for_sale"] = [one["sid"] for one in made]
    stock.pools["phone_number"] = [f"+1202555011{n}" for n in range(EACH)]
    stock.add(
        "short_code",
        lambda n: carrier.sid("phone_numbers", {"phone_number": f"123{n}", "account_sid": sid}),
    )
    stock.add("application", lambda n: str(client.applications.create(friendly_name=f"A{n}").sid))
    stock.add("key", lambda n: str(client.new_keys.create(friendly_name=f"K{n}").sid))
    stock.add(
        "service",
        lambda n: str(client.messaging.v1.services.create(friendly_name=f"S{n}").sid),
    )
    carrier.post("phone_numbers", {"phone_number": "CLINIC", "account_sid": sid})
    pooled = client.messaging.v1.services(stock.pools["service"][0])
    pooled.phone_numbers.create(phone_number_sid=stock.pools["number"][0])
    pooled.short_codes.create(short_code_sid=stock.pools["short_code"][0])
    stock.pools["alpha_sender"] = [str(pooled.alpha_senders.create(alpha_sender="CLINIC").sid)]
    stock.add(
        "opt_out",
        lambda n: carrier.sid(
            "opt_outs",
            {
                "account_sid": sid,
                "scope": stock.pools["service"][0],
                "handset": f"+8551234560{n}",
            },
        ),
    )
    stock.add(
        "message",
        lambda n: str(
            client.messages.create(to=HANDSET, from_=customer.sender, body=f"Hello {n}").sid
        ),
    )
    delivered = ", ".join(f"'{one}'" for one in stock.pools["message"][: EACH // 2])
    run(  # as if a gateway had sent them: none runs here
        customer.database_url,
        f"UPDATE messages SET status = 'delivered', sent_at = now() WHERE sid IN ({delivered})",
    )
    _stock_verify(stock, client)


def _stock_verify(stock: Stock, client: Client) -> None:
    verify = client.verify.v2
    stock.add("verify_service", lambda n: str(verify.services.create(friendly_name=f"V{n}").sid))
    verifications = verify.services(stock.pools["verify_service"][0]).verifications
    stock.pools["verification"] = [
        str(verifications.create(to=f"+8551234570{n}", channel="sms").sid) for n in range(EACH)
    ]


def _stock_carrier(stock: Stock, carrier: _CarrierApi, customer: Customer) -> None:
    """Make what the Carrier API manages; its accounts are not those that the requests are of."""
    accounts = stock.add(
        "other_account", lambda n: carrier.sid("accounts", {"friendly_name": f"Other {n}"})
    )
    stock.add("other_key", lambda _: carrier.sid("api_keys", {"account_sid": accounts[0]}))
    # Never dialled: no gateway runs beside this API.
    connector = {"host": "127.0.0.1", "port": 9, "system_id": "goip", "password": "secret"}
    stock.add("connector", lambda n: carrier.sid("connectors", connector | {"name": f"Box {n}"}))
    to = customer.connector_sid
    stock.add("channel", lambda n: carrier.sid("channels", {"connector_sid": to, "number": n}))
    stock.add("route", lambda n: carrier.sid("routes", {"prefix": f"85{n}", "connector_sid": to}))
    stock.add("tariff", lambda n: carrier.sid("tariffs", {"prefix": f"85{n}", "price": "0.01"}))
    stock.add(
        "credential",
        lambda n: carrier.sid(
            "smpp_credentials", {"account_sid": accounts[1], "system_id": f"esme{n}"}
        ),
    )
    stock.add(
        "kannel_user",
        lambda n: carrier.sid("kannel_users", {"account_sid": accounts[n], "username": f"old{n}"}),
    )
    probed = stock.pools["connector"][0]
    stock.pools["probe"] = [carrier.sid(f"connectors/{probed}/probes", {})]
