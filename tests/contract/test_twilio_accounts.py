"""Accounts, subaccounts, tokens and API keys, by Twilio's own SDK."""

import asyncio
import re
from collections.abc import Callable, Iterator

import pytest
import requests
from twilio.rest import Client

from smsc.provisioning import subaccounts
from tests.contract.conftest import client_for
from tests.contract.refusals import refusal
from tests.contract.running_api import HANDSET, Customer, run

NOWHERE = "AC" + "0" * 32


@pytest.fixture
def log_in(customer: Customer) -> Iterator[Callable[[str, str], Client]]:
    """Lend SDKs with other credentials."""
    clients = []

    def make(username: str, password: str, account_sid: str | None = None) -> Client:
        made = client_for(customer.api_url, username, password)
        made.account_sid = account_sid or customer.account_sid
        clients.append(made)
        return made

    yield make
    for client in clients:
        client.http_client.session.close()


def subaccount(client: Client, name: str = "branch") -> tuple[str, str]:
    made = client.api.v2010.accounts.create(friendly_name=name)
    assert made.sid is not None
    assert made.auth_token is not None
    return made.sid, made.auth_token


def test_an_account_makes_finds_and_renames_a_subaccount(
    client: Client, customer: Customer
) -> None:
    sid, _ = subaccount(client)
    account = client.api.v2010.accounts(sid).fetch()
    assert (account.friendly_name, account.status, account.type) == ("branch", "active", "Full")
    assert account.owner_account_sid == customer.account_sid
    assert account.uri == f"/2010-04-01/Accounts/{sid}.json"
    assert [a.sid for a in client.api.v2010.accounts.list()] == [sid, customer.account_sid]
    assert [a.sid for a in client.api.v2010.accounts.list(friendly_name="branch")] == [sid]
    assert client.api.v2010.accounts.list(status="closed") == []
    assert account.update(friendly_name="clinic").friendly_name == "clinic"


def test_an_account_has_so_many_subaccounts_and_no_more(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subaccounts, "MOST_SUBACCOUNTS", 1)
    subaccount(client)
    assert refusal(lambda: subaccount(client)) == (403, 20006)


def test_a_parent_acts_on_its_subaccount_and_never_the_other_way(
    client: Client, customer: Customer, log_in: Callable[..., Client]
) -> None:
    sid, token = subaccount(client)
    assert client.api.v2010.accounts(sid).messages.list() == []
    below = log_in(sid, token, sid)
    assert below.messages.list() == []
    parent = below.api.v2010.accounts(customer.account_sid)
    assert refusal(parent.messages.list) == (401, 20003)
    assert refusal(parent.fetch) == (401, 20003)
    assert [account.sid for account in below.api.v2010.accounts.list()] == [sid]
    assert refusal(lambda: below.api.v2010.accounts.create(friendly_name="x")) == (403, 20006)
    mine = below.api.v2010.accounts(sid)
    assert refusal(lambda: mine.update(status="closed")) == (403, 20006)


def test_a_suspended_subaccount_is_refused_until_its_parent_reactivates_it(
    client: Client, log_in: Callable[..., Client]
) -> None:
    sid, token = subaccount(client)
    account = client.api.v2010.accounts(sid)
    assert account.update(status="suspended").status == "suspended"
    below = log_in(sid, token, sid)
    assert refusal(below.messages.list) == (401, 20005)
    assert refusal(account.messages.list) == (401, 20005)
    account.update(status="active")
    assert below.messages.list() == []


def test_closing_is_final_and_gives_back_the_numbers(
    client: Client, customer: Customer, log_in: Callable[..., Client]
) -> None:
    sid, token = subaccount(client)
    run(customer.database_url, f"UPDATE phone_numbers SET account_sid = '{sid}'")
    account = client.api.v2010.accounts(sid)
    account.update(status="closed")
    assert account.fetch().status == "closed"
    assert refusal(lambda: account.update(status="active")) == (400, 21475)
    assert refusal(lambda: account.update(status="sleepy")) == (400, 21475)
    below = log_in(sid, token, sid)
    assert refusal(below.messages.list) == (401, 20005)
    taken = client.messages
    assert refusal(
        lambda: taken.create(to=HANDSET, from_=customer.sender, body="whose is it?")
    ) == (400, 21606)


def test_a_suspended_parent_takes_its_subaccounts_with_it(
    client: Client, customer: Customer, log_in: Callable[..., Client]
) -> None:
    sid, token = subaccount(client)
    run(
        customer.database_url,
        f"UPDATE accounts SET status = 'suspended' WHERE sid = '{customer.account_sid}'",
    )
    below = log_in(sid, token, sid)
    assert refusal(below.messages.list) == (401, 20005)


def test_both_tokens_authenticate_until_the_second_is_promoted(
    client: Client, customer: Customer, log_in: Callable[..., Client]
) -> None:
    secondary = client.accounts.v1.secondary_auth_token().create()
    assert secondary.account_sid == customer.account_sid
    assert re.fullmatch(r"[0-9a-f]{32}", secondary.secondary_auth_token or "")
    second = log_in(customer.account_sid, secondary.secondary_auth_token or "")
    assert second.messages.list() == []
    assert client.messages.list() == []
    promoted = second.accounts.v1.auth_token_promotion().update()
    assert promoted.auth_token == secondary.secondary_auth_token
    assert refusal(client.messages.list) == (401, 20003)
    assert second.messages.list() == []
    assert refusal(second.accounts.v1.secondary_auth_token().delete) == (404, 20404)


def test_a_deleted_secondary_token_is_refused(
    client: Client, customer: Customer, log_in: Callable[..., Client]
) -> None:
    secondary = client.accounts.v1.secondary_auth_token().create().secondary_auth_token
    assert client.accounts.v1.secondary_auth_token().delete()
    second = log_in(customer.account_sid, secondary or "")
    assert refusal(second.messages.list) == (401, 20003)


def test_a_key_authenticates_and_its_secret_is_shown_once(
    client: Client, customer: Customer, log_in: Callable[..., Client]
) -> None:
    made = client.new_keys.create(friendly_name="laptop")
    assert re.fullmatch(r"SK[0-9a-f]{32}", made.sid or "")
    by_key = log_in(made.sid or "", made.secret or "")
    sent = by_key.messages.create(to=HANDSET, from_=customer.sender, body="hello")
    assert sent.account_sid == customer.account_sid
    key = client.keys(made.sid or "").fetch()
    assert key.friendly_name == "laptop"
    assert not hasattr(key, "secret")
    assert key.update(friendly_name="desk").friendly_name == "desk"
    assert [key.sid for key in client.keys.list()] == [made.sid]
    assert [key.sid for key in client.signing_keys.list()] == [made.sid]
    assert client.keys(made.sid or "").delete()
    assert refusal(by_key.messages.list) == (401, 20003)


def test_a_secret_is_nowhere_in_the_database(client: Client, customer: Customer) -> None:
    secret = client.new_signing_keys.create().secret
    assert secret is not None

    async def found() -> object:
        import asyncpg  # noqa: PLC0415 one use

        connection = await asyncpg.connect(customer.database_url)
        row = await connection.fetchval("SELECT string_agg(k::text, ' ') FROM api_keys k")
        await connection.close()
        return row

    assert secret not in str(asyncio.run(found()))


def test_a_standard_key_can_touch_neither_accounts_nor_keys_nor_tokens(
    client: Client, log_in: Callable[..., Client]
) -> None:
    made = client.new_keys.create()
    by_key = log_in(made.sid or "", made.secret or "")
    for call in (
        by_key.keys.list,
        by_key.new_keys.create,
        by_key.api.v2010.accounts.list,
        by_key.accounts.v1.secondary_auth_token().create,
        lambda: by_key.iam.v1.api_key(made.sid or "").fetch(),
    ):
        assert refusal(call) == (403, 20003)


def test_a_restricted_key_does_what_its_policy_names_and_nothing_else(
    client: Client, customer: Customer, log_in: Callable[..., Client]
) -> None:
    made = client.iam.v1.new_api_key.create(
        account_sid=customer.account_sid,
        key_type="restricted",
        policy={"allow": ["/twilio/messaging/messages/create"]},
    )
    assert made.policy == {"allow": ["/twilio/messaging/messages/create"]}
    by_key = log_in(made.sid or "", made.secret or "")
    sent = by_key.messages.create(to=HANDSET, from_=customer.sender, body="hello")
    assert refusal(by_key.messages.list) == (403, 20003)
    assert refusal(lambda: by_key.messages(sent.sid or "").fetch()) == (403, 20003)
    client.iam.v1.api_key(made.sid or "").update(policy={"allow": ["/twilio/messaging/messages/*"]})
    assert [message.sid for message in by_key.messages.list()] == [sent.sid]
    assert [key.sid for key in client.iam.v1.get_api_keys.list(customer.account_sid)] == [made.sid]
    assert client.iam.v1.api_key(made.sid or "").delete()


def test_a_policy_with_an_unknown_permission_is_refused(client: Client, customer: Customer) -> None:
    assert refusal(
        lambda: client.iam.v1.new_api_key.create(
            account_sid=customer.account_sid,
            key_type="restricted",
            policy={"allow": ["/twilio/moon/landing/create"]},
        )
    ) == (400, 20001)


def test_a_main_key_that_the_carrier_made_may_do_what_the_token_may(
    customer: Customer, log_in: Callable[..., Client]
) -> None:
    url = f"{customer.api_url}/carrier/v1/api_keys"
    bearer = {"Authorization": f"Bearer {customer.bearer}"}
    draft = {"account_sid": customer.account_sid, "kind": "main"}
    made = requests.post(url, json=draft, headers=bearer, timeout=10).json()
    by_key = log_in(made["sid"], made["secret"])
    assert [key.sid for key in by_key.keys.list()] == [made["sid"]]
    (listed,) = requests.get(url, headers=bearer, timeout=10).json()["data"]
    assert (listed["sid"], listed["kind"]) == (made["sid"], "main")
    assert "secret" not in listed
    assert by_key.api.v2010.accounts(customer.account_sid).fetch().status == "active"
    gone = requests.delete(
        f"{url}/{customer.account_sid}/{made['sid']}", headers=bearer, timeout=10
    )
    assert gone.status_code == 204
    assert refusal(by_key.messages.list) == (401, 20003)


def test_keys_and_accounts_of_nobody_are_refused_alike(log_in: Callable[..., Client]) -> None:
    for username in ("SK" + "0" * 32, NOWHERE, "nobody"):
        nobody = log_in(username, "x")
        assert refusal(nobody.messages.list) == (401, 20003)
