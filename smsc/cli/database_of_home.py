"""The database that a command works on: SMSC_DATABASE_URL, or the home's embedded server."""

from collections.abc import Iterator
from contextlib import contextmanager

from smsc.embedded import EmbeddedPostgres
from smsc.errors import SettingError
from smsc.settings import Settings


@contextmanager
def database_of(settings: Settings, *, make: bool = False) -> Iterator[str]:
    """Lend the URL; an embedded server that doesn't run is started for as long.

    With `make`, a home without a database gets one.

    Raises:
        SettingError: there is no database.
        EmbeddedServerError: the embedded server doesn't start.
    """
    if settings.database_url is not None:
        yield settings.database_url
        return
    server = EmbeddedPostgres(settings.home)
    if server.pid is not None and server.is_ready(server.pid):
        yield server.url
        return
    if not (make or (server.folders.home / "postgres-password").exists()):
        raise SettingError(
            f"There is no database: SMSC_DATABASE_URL is not set, and {settings.home} has none."
        )
    try:
        yield server.start()
    finally:
        server.stop()
