"""Where the embedded servers keep what is theirs, and which account owns it."""

import os
import re
import secrets
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from smsc.embedded.account import Account, server_account
from smsc.embedded.errors import EmbeddedServerError

ROOT_STATE: Final = Path("/var/lib/smsc")
_SOCKET_PATH_OCTETS: Final = 107  # sockaddr_un holds 108 with the closing zero
_LONGEST_SOCKET: Final = ".s.PGSQL.5432"
# A URL carries the socket's path, and not every client undoes percent signs there.
_PLAIN: Final = re.compile(r"[A-Za-z0-9/._-]+")
_SHORT_PARENT: Final = "/tmp"  # noqa: S108 mkdtemp makes a 0700 folder there


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of one home. As root, what the servers touch is outside of it, in `state`."""

    home: Path
    logs: Path
    state: Path  # data, locks, copied binaries
    run: Path  # sockets: short, plain, 0700, the account's own
    account: Account | None

    @classmethod
    def of(cls, home: Path) -> Self:
        """Find the folders of a home, and make what is missing.

        As root the state lies in /var/lib/smsc, in a folder that the home names by a random id:
        a home that is moved keeps its data, a home that is thrown away doesn't find old data.

        Raises:
            EmbeddedServerError: a folder can't be made or belongs to someone else.
        """
        account = server_account()
        try:
            home = home.absolute()
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            home = home.resolve()
            logs = home / "logs"
            logs.mkdir(mode=0o700, exist_ok=True)
            if account is None:
                return cls(home, logs, home, _run_folder(home), None)
            _refuse_other_owner(home / "postgres")
            state = _root_state(home)
            return cls(home, logs, state, owned(state / "run", account), account)
        except OSError as error:
            raise EmbeddedServerError(
                f"Cannot use {error.filename or home}: {error.strerror}. "
                "Choose another folder with SMSC_HOME."
            ) from error

    def remove_state(self) -> None:
        """Delete what lies outside of the home."""
        for folder in (self.run, self.state):
            if not folder.is_relative_to(self.home):
                shutil.rmtree(folder, ignore_errors=True)


def owned(folder: Path, account: Account | None) -> Path:
    """Make a folder that only the account can enter."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if account is not None:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    return folder


def _refuse_other_owner(data: Path) -> None:
    if data.exists() and data.stat().st_uid != 0:
        raise EmbeddedServerError(
            f"{data} was made by user {data.owner()}. Start smsc as that user, "
            "or choose another folder with SMSC_HOME."
        )


def _root_state(home: Path) -> Path:
    instance = _remembered(home / "instance", secrets.token_hex(8))
    if re.fullmatch(r"[0-9a-f]{16}", instance) is None:
        raise EmbeddedServerError(f"{home / 'instance'} is damaged: 16 hex digits are expected.")
    if not ROOT_STATE.exists():
        ROOT_STATE.mkdir()
        ROOT_STATE.chmod(0o755)  # the account passes through, whatever our umask
    if ROOT_STATE.stat().st_uid != 0:
        raise EmbeddedServerError(
            f"{ROOT_STATE} belongs to user {ROOT_STATE.owner()}: start smsc as that user."
        )
    state = ROOT_STATE / instance
    if not state.exists():
        state.mkdir()
        state.chmod(0o755)
        (state / "home").write_text(f"{home}\n")  # for whoever wonders whose this is
    return state


def _run_folder(home: Path) -> Path:
    """Return home/run, or where that is too long for a socket, a remembered folder in /tmp."""
    inside = home / "run"
    path = os.fsencode(inside / _LONGEST_SOCKET)
    if len(path) <= _SOCKET_PATH_OCTETS and _PLAIN.fullmatch(str(inside)):
        return owned(inside, None)
    note = home / "run-folder"
    if note.exists():
        folder = Path(note.read_text().strip())
        if _is_ours_alone(folder):
            return folder
        note.unlink()
    return Path(_remembered(note, tempfile.mkdtemp(prefix="smsc-", dir=_SHORT_PARENT)))


def _is_ours_alone(folder: Path) -> bool:
    """Say whether it is a real folder of ours that nobody else can enter."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) & 0o077 == 0
    return private and found.st_uid == os.geteuid()


def _remembered(note: Path, fresh: str) -> str:
    """Return what the file says; when there is none, write `fresh` to it."""
    try:
        with os.fdopen(os.open(note, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{fresh}\n")
    except FileExistsError:
        return note.read_text().strip()
    return fresh
