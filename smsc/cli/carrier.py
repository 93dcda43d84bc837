"""`smsc carrier`: carriers and their keys, straight on the database: how an installation begins."""

from typing import Annotated

import typer
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.cli.on_database import on_database
from smsc.cli.output import AsJson, show_list, show_one
from smsc.errors import NotFound
from smsc.provisioning import carriers
from smsc.provisioning.carriers import CarrierDraft

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
    as_json: AsJson = False,
) -> None:
    """Make a key of /carrier/v1. It is shown this once."""

    async def work(db: AsyncSession) -> dict[str, object]:
        if carrier not in {known.sid for known in await carriers.everyone(db)}:
            raise NotFound(f"carrier {carrier}")
        issued = await carriers.issue_key(db, carrier, name)
        return {"sid": issued.key.sid, "name": name, "carrier_api_key": issued.bearer}

    show_one(on_database(work), as_json=as_json)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the carriers of this installation."""

    async def work(db: AsyncSession) -> list[dict[str, object]]:
        return [{"sid": one.sid, "name": one.name} for one in await carriers.everyone(db)]

    empty = "No carrier yet: smsc carrier create NAME"
    show_list(on_database(work), ["sid", "name"], as_json=as_json, empty=empty)
