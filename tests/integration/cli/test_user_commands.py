"""`smsc user`: people made, listed, shut out, given other passwords, straight on the database."""

import asyncio
import json

import pytest
from typer.testing import CliRunner, Result

from smsc.cli import user as commands
from smsc.db import Database
from smsc.errors import BadParameter, Conflict, NotFound
from smsc.models import User
from smsc.provisioning import carriers, users
from smsc.provisioning.carriers import CarrierDraft
from smsc.provisioning.transaction import changing, reading
from smsc.vault import password_matches

EMAIL = "sokha@clinic.example"


@pytest.fixture(autouse=True)
def carrier_sid(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SMSC_DATABASE_URL", database_url)
    return asyncio.run(_make_carrier(database_url, "Mekong Tel"))


async def _make_carrier(database_url: str, name: str) -> str:
    async with (
        await Database.connect(database_url, size=1) as database,
        changing(database, _quiet) as db,
    ):
        return (await carriers.create(db, CarrierDraft(name=name))).sid


async def _quiet() -> None:
    """Announce to nobody."""


def smsc_user(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(commands.app, words, input=typed)


def told(result: Result) -> dict[str, str]:
    assert result.exit_code == 0, result.exception
    said: dict[str, str] = json.loads(result.output)
    return said


def person(database_url: str, carrier_sid: str) -> User:
    async def find() -> User:
        async with (
            await Database.connect(database_url, size=1) as database,
            reading(database) as db,
        ):
            return await users.find(db, carrier_sid, EMAIL)

    return asyncio.run(find())


def test_a_person_is_made_with_a_password_that_is_shown_once_and_works(
    database_url: str, carrier_sid: str
) -> None:
    made = told(smsc_user("create", EMAIL.upper(), "--name", "Sokha", "--json"))
    assert (made["email"], made["role"]) == (EMAIL, "owner")
    assert password_matches(made["password"], person(database_url, carrier_sid).password_hash)
    listed = smsc_user("list", "--json")
    (row,) = json.loads(listed.output)
    assert row["member_of"] == "owner of carrier (active)"
    assert made["password"] not in listed.output


def test_a_typed_password_is_asked_for_twice_never_shown_and_long_enough(
    database_url: str, carrier_sid: str
) -> None:
    short = smsc_user("create", EMAIL, "--ask", typed="short\nshort\n")
    assert isinstance(short.exception, BadParameter)
    done = smsc_user("create", EMAIL, "--ask", typed="a good long one\na good long one\n")
    assert "a good long one" not in done.output
    assert password_matches("a good long one", person(database_url, carrier_sid).password_hash)


def test_another_password_ends_the_one_before(database_url: str, carrier_sid: str) -> None:
    first = told(smsc_user("create", EMAIL, "--json"))["password"]
    second = told(smsc_user("password", EMAIL, "--json"))["password"]
    hashed = person(database_url, carrier_sid).password_hash
    assert password_matches(second, hashed)
    assert not password_matches(first, hashed)


def test_who_is_disabled_belongs_to_nothing_and_stays_listed() -> None:
    smsc_user("create", EMAIL, "--role", "developer")
    assert "disabled" in smsc_user("disable", EMAIL).output
    (row,) = json.loads(smsc_user("list", "--json").output)
    assert row["member_of"] == "developer of carrier (disabled)"


def test_a_second_factor_is_taken_away(database_url: str, carrier_sid: str) -> None:
    smsc_user("create", EMAIL)

    async def lose() -> None:
        async with (
            await Database.connect(database_url, size=1) as database,
            database.single() as connection,
        ):
            await connection.execute("UPDATE users SET totp_sealed = 'x', totp_at = now()")

    asyncio.run(lose())
    assert smsc_user("second-factor-off", EMAIL).exit_code == 0
    assert person(database_url, carrier_sid).totp_at is None


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("create", "nobody"), BadParameter),
        (("create", EMAIL, "--carrier", "CR" + "9" * 32), NotFound),
        (("create", EMAIL, "--account", "AC" + "9" * 32), NotFound),
        (("disable", "stranger@clinic.example"), NotFound),
        (("password", "stranger@clinic.example"), NotFound),
    ],
    ids=["no address", "no carrier", "no account", "nobody to disable", "nobody's password"],
)
def test_what_is_wrong_is_said(words: tuple[str, ...], error: type[Exception]) -> None:
    assert isinstance(smsc_user(*words).exception, error)


def test_an_address_is_somebodys_once_and_two_carriers_must_be_told_apart(
    database_url: str, carrier_sid: str
) -> None:
    smsc_user("create", EMAIL)
    assert isinstance(smsc_user("create", EMAIL).exception, Conflict)
    asyncio.run(_make_carrier(database_url, "Other"))
    assert isinstance(smsc_user("disable", EMAIL).exception, BadParameter)
    assert smsc_user("disable", EMAIL, "--carrier", carrier_sid).exit_code == 0
