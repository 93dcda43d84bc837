"""`smsc migrate`: bring the database up to this release, or say what is missing."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from smsc import migrate
from smsc.embedded import EmbeddedPostgres
from smsc.errors import SettingError
from smsc.settings import Settings


def command(
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Change nothing; fail if a migration is pending or the models differ."
        ),
    ] = False,
    draft: Annotated[
        str | None,
        typer.Option(
            metavar="MESSAGE", help="Write a migration from the models' changes; for developers."
        ),
    ] = None,
) -> None:
    """Bring the database of SMSC_DATABASE_URL up to this release.

    With --check or --draft and without SMSC_DATABASE_URL, a throw-away server is used.
    """
    url = Settings.read().database_url
    if draft is not None:
        with _migrated_throwaway() as scratch:
            migrate.draft(scratch, draft)
    elif not check:
        if url is None:
            raise SettingError(
                "SMSC_DATABASE_URL is not set: say which database to migrate. "
                "`smsc up` migrates its own when it starts."
            )
        migrate.upgrade(url)
        print(f"The database is at revision {migrate.head_revision()}.")
    elif url is None:
        with _migrated_throwaway() as scratch:
            _judge(migrate.check(scratch))
    else:
        _judge(migrate.check(url))


def _judge(found: list[str]) -> None:
    for line in found:
        print(line)
    if found:
        raise typer.Exit(1)
    print("Migrations and models agree.")


@contextmanager
def _migrated_throwaway() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="smsc-migrate-") as folder:
        server = EmbeddedPostgres(Path(folder), durable=False)
        try:
            url = server.start()
            migrate.upgrade(url)
            yield url
        finally:
            server.stop()
            server.folders.remove_state()
