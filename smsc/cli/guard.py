"""`smsc guard`: what the guard against traffic pumping would have stopped."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from smsc.cli.database_of_home import database_of
from smsc.cli.output import AsJson, show_list
from smsc.db import Database
from smsc.errors import BadParameter, NotFound
from smsc.messaging.guard import dry_run as rehearsal
from smsc.messaging.guard.dry_run import Replay
from smsc.models import PumpingGuard
from smsc.settings import Settings


def command(
    account: Annotated[str, typer.Option(help="Whose past traffic to look at: AC…")],
    days: Annotated[int, typer.Option(min=1, max=365, help="How many of the last days.")] = 7,
    guard: Annotated[
        PumpingGuard,
        typer.Option(help="The `pumping_guard` to try: codes or all."),
    ] = PumpingGuard.ALL,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say it: nothing is stopped by this command.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Replay an account's stored messages through the guard, and say what it would have stopped."""
    if not dry_run:
        raise BadParameter(
            "Add --dry-run: this command only looks back. The guard itself is switched on by "
            "`pumping_guard` of the account, in the Carrier API."
        )
    settings = Settings.read()
    with database_of(settings) as url:
        replay = asyncio.run(_replay(url, settings, account, days, guard))
    show_list(
        (
            {
                "prefix": f"+{stop.prefix}",
                "shut": f"{stop.began:%Y-%m-%d %H:%M}",
                "until": f"{stop.until:%Y-%m-%d %H:%M}",
                "stopped": stop.messages,
                "why": stop.why,
            }
            for stop in replay.stops
        ),
        ["prefix", "shut", "until", "stopped", "why"],
        as_json=as_json,
        empty="Nothing would have been stopped.",
    )
    if not as_json:
        print(
            f"{replay.stopped} of {replay.messages} messages of the last {days} days would have "
            "been stopped. Times are in UTC."
        )


async def _replay(
    url: str, settings: Settings, account: str, days: int, guard: PumpingGuard
) -> Replay:
    async with await Database.connect(url, pooler=settings.database_pooler, size=1) as database:
        async with database.single() as connection:
            safe = await connection.fetchval(
                "SELECT safe_prefixes FROM accounts WHERE sid = $1", account
            )
        if safe is None:
            raise NotFound(account)
        since = datetime.now(UTC) - timedelta(days=days)
        return await rehearsal.replay(
            database, account, since, mode=guard.value, safe_prefixes=safe
        )
