"""`smsc carrier`: carriers and their keys, straight on the database: how an installation begins."""

from typing import Annotated, Final

import typer
from pydantic import TypeAdapter, ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.cli.on_database import on_database
from smsc.cli.output import AsJson, show_list, show_one
from smsc.errors import BadParameter, NotFound
from smsc.provisioning import carriers
from smsc.provisioning.carriers import CarrierDraft
from smsc.provisioning.fields import Network

_NETWORKS: Final = TypeAdapter(list[Network])

app = typer.Typer(no_args_is_help=True)


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="How the carrier is called.")],
    as_json: AsJson = False,
) -> None:
    """Make a carrier. Its first key: `smsc carrier key SID`."""

    async def work(db: AsyncSession) -> dict[str, object]:
        carrier = await carriers.create(db, CarrierDraft(name=name))
        return {"sid": carrier.sid, "name": carrier.name}

    show_one(on_database(work), as_json=as_json)


@app.command("key")
def key(
    carrier: Annotated[str, typer.Argument(help="The carrier's SID.")],
    name: Annotated[str, typer.Option(help="What the key is for.")] = "command line",
    network: Annotated[
        list[str] | None,
        typer.Option(help="From where it may be used, such as 192.0.2.0/24; more than once."),
    ] = None,
    platform: Annotated[
        bool, typer.Option("--platform", help="It opens /platform/v1, too: of all carriers.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a key of /carrier/v1. It is shown this once."""
    try:
        networks = _NETWORKS.validate_python(network or [])
    except ValidationError as error:
        raise BadParameter(f"--network {error.errors()[0]['msg']}") from None

    async def work(db: AsyncSession) -> dict[str, object]:
        if carrier not in {known.sid for known in await carriers.everyone(db)}:
            raise NotFound(f"carrier {carrier}")
        issued = await carriers.issue_key(db, carrier, name, networks, runs_platform=platform)
        return {"sid": issued.key.sid, "name": name, "carrier_api_key": issued.bearer}

    show_one(on_database(work), as_json=as_json)


@app.command("keys")
def keys(
    carrier: Annotated[str, typer.Argument(help="The carrier's SID.")],
    as_json: AsJson = False,
) -> None:
    """List a carrier's keys, and when each was used last."""

    async def work(db: AsyncSession) -> list[dict[str, object]]:
        return [
            {
                "sid": one.sid,
                "name": one.name,
                "allowed_networks": " ".join(one.allowed_networks),
                "last_used_at": None if one.last_used_at is None else one.last_used_at.isoformat(),
            }
            for one in await carriers.keys(db, carrier)
        ]

    columns = ["sid", "name", "allowed_networks", "last_used_at"]
    show_list(on_database(work), columns, as_json=as_json, empty="No key: smsc carrier key SID")


@app.command("revoke-key")
def revoke_key(
    sid: Annotated[str, typer.Argument(help="The key's SID.")], as_json: AsJson = False
) -> None:
    """Make a key worthless at once."""

    async def work(db: AsyncSession) -> dict[str, object]:
        await carriers.revoke_key(db, sid)
        return {"sid": sid, "revoked": True}

    show_one(on_database(work), as_json=as_json)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the carriers of this installation."""

    async def work(db: AsyncSession) -> list[dict[str, object]]:
        return [{"sid": one.sid, "name": one.name} for one in await carriers.everyone(db)]

    empty = "No carrier yet: smsc carrier create NAME"
    show_list(on_database(work), ["sid", "name"], as_json=as_json, empty=empty)
