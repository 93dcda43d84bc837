"""`smsc user`: people who sign in to the dashboard, straight on the database."""

from typing import Annotated

import typer
from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.cli.on_database import on_database
from smsc.cli.output import AsJson, show_done, show_list, show_one
from smsc.errors import BadParameter, NotFound
from smsc.models import Membership, Role
from smsc.provisioning import carriers, second_factors, users
from smsc.provisioning.users import UserDraft
from smsc.vault import hash_password

app = typer.Typer(no_args_is_help=True)

Email = Annotated[str, typer.Argument(metavar="EMAIL")]
CarrierSid = Annotated[
    str | None, typer.Option("--carrier", help="CR…; not needed where there is one carrier.")
]
Asked = Annotated[
    bool, typer.Option("--ask", help="Type the password; without, one is made and shown once.")
]


@app.command()
def create(
    email: Email,
    *,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.OWNER,
    account: Annotated[
        str | None, typer.Option(help="AC…: of this account only; without: of the carrier.")
    ] = None,
    name: Annotated[str, typer.Option(help="How they are called.")] = "",
    carrier: CarrierSid = None,
    ask: Asked = False,
    as_json: AsJson = False,
) -> None:
    """Make a person who can sign in."""
    try:
        draft = UserDraft(email=email, name=name, role=role, account_sid=account)
    except ValidationError as error:
        what = error.errors()[0]
        raise BadParameter(f"{what['loc'][0]}: {what['msg']}") from None
    password, shown = _password(ask=ask)

    async def work(db: AsyncSession) -> dict[str, object]:
        carrier_sid = await _carrier(db, carrier)
        user = await users.create(db, carrier_sid, draft, password_hash=hash_password(password))
        return {"sid": user.sid, "email": user.email, "role": role.value, **shown}

    show_one(on_database(work), as_json=as_json)


@app.command("list")
def list_all(carrier: CarrierSid = None, as_json: AsJson = False) -> None:
    """List the people, and what they belong to."""

    async def work(db: AsyncSession) -> list[dict[str, object]]:
        return [
            {
                "sid": user.sid,
                "carrier_sid": user.carrier_sid,
                "email": user.email,
                "name": user.name,
                "member_of": ", ".join(map(_described, memberships)),
            }
            for user, memberships in await users.everyone(db, carrier)
        ]

    show_list(
        on_database(work),
        ["sid", "carrier_sid", "email", "name", "member_of"],
        as_json=as_json,
        empty="Nobody can sign in yet: smsc user create EMAIL",
    )


@app.command()
def disable(email: Email, carrier: CarrierSid = None, as_json: AsJson = False) -> None:
    """Shut a person out, at once."""

    async def work(db: AsyncSession) -> str:
        user = await users.find(db, await _carrier(db, carrier), email)
        await users.disable(db, user)
        return user.sid

    show_done("disabled", on_database(work), as_json=as_json)


@app.command()
def platform(
    email: Email,
    *,
    carrier: CarrierSid = None,
    on: Annotated[bool, typer.Option("--on/--off", help="Whether they see it.")] = True,
    as_json: AsJson = False,
) -> None:
    """Let a person see the pages of the whole platform: processes, database, all carriers."""

    async def work(db: AsyncSession) -> str:
        user = await users.find(db, await _carrier(db, carrier), email)
        await users.set_platform(db, user, runs_platform=on)
        return user.sid

    show_done("changed", on_database(work), as_json=as_json)


@app.command()
def password(
    email: Email, carrier: CarrierSid = None, ask: Asked = False, as_json: AsJson = False
) -> None:
    """Give a person another password, and sign them out everywhere."""
    chosen, shown = _password(ask=ask)

    async def work(db: AsyncSession) -> dict[str, object]:
        user = await users.find(db, await _carrier(db, carrier), email)
        await users.set_password(db, user, password_hash=hash_password(chosen))
        return {"sid": user.sid, "email": user.email, **shown}

    show_one(on_database(work), as_json=as_json)


@app.command()
def second_factor_off(email: Email, carrier: CarrierSid = None, as_json: AsJson = False) -> None:
    """Take the second factor of a person away who lost telephone and recovery codes."""

    async def work(db: AsyncSession) -> str:
        user = await users.find(db, await _carrier(db, carrier), email)
        await second_factors.remove(db, user)
        return user.sid

    show_done("has no second factor", on_database(work), as_json=as_json)


def _password(*, ask: bool) -> tuple[str, dict[str, object]]:
    """Return a password, and what of it is to be shown.

    Raises:
        BadParameter: the typed one is too short.
    """
    if not ask:
        made = users.make_password()
        return made, {"password": made}
    typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    users.require_long(typed)
    return typed, {}


async def _carrier(db: AsyncSession, sid: str | None) -> str:
    """Return the carrier that is meant.

    Raises:
        NotFound: there is no such carrier, or none at all.
        BadParameter: there are several, and none was named.
    """
    known = [carrier.sid for carrier in await carriers.everyone(db)]
    if sid is not None:
        if sid not in known:
            raise NotFound(f"carrier {sid}")
        return sid
    if not known:
        raise NotFound("a carrier (make one: smsc carrier create NAME)")
    if len(known) > 1:
        raise BadParameter(f"There are {len(known)} carriers; name one by --carrier.")
    return known[0]


def _described(membership: Membership) -> str:
    place = membership.account_sid or "carrier"
    return f"{membership.role} of {place} ({membership.state})"
