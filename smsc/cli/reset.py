"""`smsc reset`: throw away the state of `smsc up`."""

import shutil
from typing import Annotated, Final

import typer

from smsc.embedded import EmbeddedPostgres, EmbeddedValkey, Folders, HomeLock
from smsc.settings import Settings

# Only what we made: SMSC_HOME may by mistake be a folder that holds more than our state.
_OURS: Final = (
    "postgres",
    "run",
    "run-folder",
    "instance",
    "logs",
    "secret",
    "demo.json",
    "postgres.lock",
    "valkey.lock",
    "lock",
)


def command(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> None:
    """Throw away the embedded database, the secret key, the demo and the logs of SMSC_HOME.

    A database or Redis of your own, given by URL, is not touched.
    """
    settings = Settings.read()
    if not settings.home.exists():
        print(f"{settings.home} does not exist: nothing to throw away.")
        return
    folders = Folders.of(settings.home)
    lock = HomeLock(folders.home / "lock").acquire()
    if not yes:
        typer.confirm(f"Throw away all messages, accounts and keys in {folders.home}?", abort=True)
    EmbeddedPostgres(folders.home).remove()
    EmbeddedValkey(folders.home).remove()
    folders.remove_state()
    for name in _OURS:
        path = folders.home / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    lock.release()
    if not any(folders.home.iterdir()):
        folders.home.rmdir()
    print(f"{folders.home} is as new.")
