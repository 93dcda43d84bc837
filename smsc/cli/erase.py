"""`smsc erase`: delete what an account has of one handset."""

import asyncio
from typing import Annotated

import typer

from smsc.cli.database_of_home import database_of
from smsc.db import Database
from smsc.messaging import erasing
from smsc.messaging.erasing import Erased
from smsc.settings import Settings


def command(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The handset's, in E.164.")],
    account: Annotated[str, typer.Option(help="The SID of the account that it concerns.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> None:
    """Delete an account's messages to and from a handset; its opt-outs stay, and are obeyed."""
    if not yes:
        typer.confirm(f"Delete all that {account} has of {number}?", abort=True)
    settings = Settings.read()
    with database_of(settings) as url:
        erased = asyncio.run(_erase(url, settings, account, number))
    print(f"{erased.messages} messages and {erased.others} other rows deleted.")
    if erased.unfinished:
        print(f"{erased.unfinished} are still on their way: run this again when they are finished.")
        raise typer.Exit(1)


async def _erase(url: str, settings: Settings, account: str, number: str) -> Erased:
    async with await Database.connect(url, pooler=settings.database_pooler, size=2) as database:
        return await erasing.erase(database, [account], number)
