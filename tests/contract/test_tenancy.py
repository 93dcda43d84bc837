"""Nobody learns of another tenant's resources, nor changes them, by any SID on any route."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import asyncpg
import pytest
import requests

from api.app import create_app
from smsc import sids
from tests.contract.running_api import Customer, provision, serving_a_customer

# What stands in paths and is no SID: a value that exists for everybody.
PLAIN = {"country": "US", "iso_country": "US", "phone_number": "+12025550141", "rest": "x"}
# Operations of the Carrier API that name an account in their body alone, with the rest of that.
BODIES = {"/carrier/v1/erasures": {"phone_number": "+85512345678"}}
TWILIO_METHODS = ("GET", "POST", "DELETE")
REFUSALS = {400, 401, 403, 404, 405, 415}


@dataclass(frozen=True, slots=True)
class Tenants:
    """Two carriers with an account each; `theirs` owns one of everything, `ours` asks for it."""

    theirs: Customer
    ours: Customer
    sids: tuple[str, ...]  # of all that is theirs


def call(customer: Customer, method: str, path: str, **form: str) -> requests.Response:
    """Ask as an account (Basic) or as a carrier (Bearer), by the path."""
    url = f"{customer.api_url}{path}"
    if path.startswith("/carrier/"):
        bearer = {"Authorization": f"Bearer {customer.bearer}"}
        return requests.request(method, url, headers=bearer, json=form or None, timeout=30)
    basic = (customer.account_sid, customer.auth_token)
    return requests.request(method, url, auth=basic, data=form, timeout=30)


def own_one_of_everything(customer: Customer) -> None:
    """Make resources by the API, as far as one call makes one."""
    account = f"/2010-04-01/Accounts/{customer.account_sid}"
    made = [
        call(customer, "POST", f"{account}/Applications.json", FriendlyName="theirs"),
        call(customer, "POST", f"{account}/Keys.json", FriendlyName="theirs"),
        call(customer, "POST", "/2010-04-01/Accounts.json", FriendlyName="their subaccount"),
        call(customer, "POST", "/v1/Services", FriendlyName="theirs"),
        call(customer, "POST", "/v2/Services", FriendlyName="theirs"),
        call(
            customer,
            "POST",
            f"{account}/Messages.json",
            To="+85512345678",
            From=customer.sender,
            Body="theirs",
        ),
        call(
            customer,
            "POST",
            "/carrier/v1/smpp_credentials",
            account_sid=customer.account_sid,
            system_id="theirs",
        ),
    ]
    for answer in made:
        assert answer.status_code == 201, answer.text


async def all_rows(database_url: str, carrier_sid: str) -> dict[str, list[str]]:
    """Return every row of a carrier, by table, but for when its own keys were used, and for what.

    What it asks is noted beside the answers, a second later: the last of it may not be there yet.
    """
    connection = await asyncpg.connect(database_url)
    tables = await connection.fetch(
        "SELECT table_name FROM information_schema.columns "
        "WHERE column_name = 'carrier_sid' AND table_schema = 'public' "
        "AND table_name <> 'api_requests' ORDER BY 1"
    )
    rows = {
        table: [
            row[0]
            for row in await connection.fetch(
                f"""SELECT (to_jsonb(t) - 'last_used_at')::text FROM {table} t
                    WHERE carrier_sid = $1 ORDER BY 1""",
                carrier_sid,
            )
        ]
        for (table,) in tables
    }
    await connection.close()
    return rows


@pytest.fixture
def tenants(database_url: str, redis_url: str) -> Iterator[Tenants]:
    with serving_a_customer(database_url, redis_url) as theirs:
        own_one_of_everything(theirs)
        ours = asyncio.run(provision(theirs.settings, theirs.api_url, sender="+15075550199"))
        rows = asyncio.run(all_rows(database_url, theirs.carrier_sid))
        named = {sid for table in rows.values() for row in table for sid in SID.findall(row)}
        yield Tenants(theirs, ours, tuple(sorted(named | {theirs.carrier_sid})))


SID = re.compile(r"\b[A-Z]{2}[0-9a-f]{32}\b")


def twilio_routes(customer: Customer) -> list[tuple[str, str]]:
    """Return method and path of each route of the application that names something."""
    found = []
    for route in create_app(customer.settings).router.routes:
        path = getattr(route, "path", "")
        if "{" in path and "{rest:path}" not in path:
            methods = getattr(route, "methods", None) or ()
            found += [(method, path) for method in TWILIO_METHODS if method in methods]
    return found


def carrier_routes(customer: Customer) -> list[tuple[str, str]]:
    """Return method and path of each operation of the Carrier API that names something."""
    document = call(customer, "GET", "/carrier/v1/openapi.json").json()
    return [
        (method.upper(), path)
        for path, operations in document["paths"].items()
        if path.startswith("/carrier/") and "{" in path
        for method in operations
    ]


def stranger_of(sid: str) -> str:
    """Return a SID of the same kind that nothing has."""
    return f"{sid[:2]}{sids.make(sids.Prefix.MESSAGE)[2:]}"  # requests' ids have no prefix of ours


def paths_of(path: str, tenants: Tenants) -> Iterator[tuple[str, str]]:
    """Yield the path with their SIDs in it, and beside it the same with SIDs that nothing has."""
    names = [name.partition(":")[0] for name in re.findall(r"{([^}]+)}", path)]
    choices: list[tuple[str, ...]] = []
    for name in names:
        if name == "account_sid":
            choices.append((tenants.ours.account_sid, tenants.theirs.account_sid))
        elif name == "service_sid":
            choices.append(tuple(sid for sid in tenants.sids if sid[:2] in {"MG", "VA"}))
        else:
            choices.append((PLAIN[name],) if name in PLAIN else tenants.sids)
    for values in product(*choices):
        if not set(values) & set(tenants.sids):
            continue
        named, unnamed = path, path
        for name, value in zip(names, values, strict=True):
            hole = re.compile(r"{" + name + r"(:[^}]+)?}")
            other = stranger_of(value) if value in tenants.sids else value
            named, unnamed = hole.sub(value, named), hole.sub(other, unnamed)
        yield named, unnamed


def told_by_bodies(tenants: Tenants) -> Iterator[tuple[str, tuple[int, str], tuple[int, str]]]:
    """Yield what is told of each account of theirs, and of one that nobody has."""
    for path, body in BODIES.items():
        for sid in (sid for sid in tenants.sids if sid.startswith("AC")):
            named, unnamed = (
                told(call(tenants.ours, "POST", path, account_sid=one, **body))
                for one in (sid, stranger_of(sid))
            )
            yield f"POST {path} of {sid}", named, unnamed


def told(answer: requests.Response) -> tuple[int, str]:
    """Return what an answer tells, whichever SID was asked for."""
    return answer.status_code, SID.sub("SID", answer.text)


@pytest.mark.parametrize("door", ["twilio", "carrier"])
def test_another_tenants_sid_is_answered_like_one_that_nothing_has(
    tenants: Tenants, database_url: str, door: str
) -> None:
    routes = (twilio_routes if door == "twilio" else carrier_routes)(tenants.ours)
    assert len(routes) > 20
    before = asyncio.run(all_rows(database_url, tenants.theirs.carrier_sid))
    wrong, asked = [], 0
    of_strangers: dict[tuple[str, str], tuple[int, str]] = {}  # by method and kinds of SIDs
    for method, path in routes:
        for named, unnamed in paths_of(path, tenants):
            as_ours = unnamed.replace(tenants.ours.account_sid, "ours")
            kind = (method, SID.sub(lambda sid: sid[0][:2], as_ours))
            if kind not in of_strangers:
                of_strangers[kind] = told(call(tenants.ours, method, unnamed))
            answer = told(call(tenants.ours, method, named))
            asked += 1
            if answer != of_strangers[kind] or answer[0] not in REFUSALS:
                wrong.append(f"{method} {named}: {answer}, but {of_strangers[kind]}")
    if door == "carrier":
        for what, named_told, unnamed_told in told_by_bodies(tenants):
            if named_told != unnamed_told or named_told[0] not in REFUSALS:
                wrong.append(f"{what}: {named_told}, but {unnamed_told}")
    assert wrong == []
    assert asked > 200
    assert asyncio.run(all_rows(database_url, tenants.theirs.carrier_sid)) == before
