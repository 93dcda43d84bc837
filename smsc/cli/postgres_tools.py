"""Runs PostgreSQL's own programs for dumps: those of the embedded server, or the system's."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from smsc.embedded import EmbeddedServerError, Folders
from smsc.embedded.binaries import postgres_programs
from smsc.errors import GatewayError


class PostgresToolError(GatewayError):
    """A program of PostgreSQL failed, or there is none."""


def run_tool(name: str, words: Sequence[str], url: str, home: Path) -> None:
    """Run a program on a database. The password is in its environment, never among its arguments.

    Raises:
        PostgresToolError: it is missing, or says why it failed.
    """
    bare, password = without_password(url)
    environment = {"PATH": os.defpath, "LC_ALL": "C", "HOME": "/"}
    environment |= {key: value for key, value in os.environ.items() if key.startswith("PGSSL")}
    if password is not None:
        environment["PGPASSWORD"] = password
    result = subprocess.run(  # noqa: S603 our own command line
        [_find(name, home), f"--dbname={bare}", "--no-password", *words],
        env=environment,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise PostgresToolError(f"{name} failed: {' '.join(result.stderr.split())[:600]}")


def without_password(url: str) -> tuple[str, str | None]:
    """Return a URL that may be seen, and its password, wherever in it that stood."""
    parts = urlsplit(url)
    password = None if parts.password is None else unquote(parts.password)
    user, _, place = parts.netloc.rpartition("@")
    place = f"{user.partition(':')[0]}@{place}" if user else place
    kept = []
    for pair in filter(None, parts.query.split("&")):
        name, _, value = pair.partition("=")
        if unquote(name) == "password":
            password = unquote(value)
        else:
            kept.append(pair)
    # Not by `geturl`, which drops the slashes of an empty host.
    query = "?" + "&".join(kept) if kept else ""
    return f"postgresql://{place}{parts.path}{query}", password


def _find(name: str, home: Path) -> str:
    try:
        return str(postgres_programs(Folders.of(home)) / name)
    except EmbeddedServerError as missing:
        found = shutil.which(name)
        if found is None:
            raise PostgresToolError(
                f"There is no {name}: install PostgreSQL's client programs."
            ) from missing
        return found
