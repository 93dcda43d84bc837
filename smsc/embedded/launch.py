"""Starts a program that dies with its parent, under another account if asked to.

Run as a script, by path, in an isolated interpreter, it becomes the program by exec: the program's
pid is the launcher's. The kernel sends the death signal (PR_SET_PDEATHSIG): that works on the
parent's kill -9 and needs no guard process, which could be killed itself and would cost 10 MB a
child. It has two snares: a change of uid clears it, so it is set after that; and it fires when the
*thread* that forked ends, so who starts a long-lived child does it on a thread that stays.
Doing this between fork and exec of the parent (`preexec_fn`) could deadlock in a threaded one.
Elsewhere than on Linux there is no such signal: the next start stops what is left of the servers.

Source: prctl(2), PR_SET_PDEATHSIG.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsc.embedded.account import Account

_PR_SET_PDEATHSIG = 1
_CANNOT_EXECUTE = 126  # the shell's code for it
_AS_WE_ARE = "-"


def launched(
    program: Sequence[str | os.PathLike[str]],
    *,
    death_signal: signal.Signals = signal.SIGKILL,
    account: "Account | None" = None,
) -> list[str]:
    """Return the command line that runs `program` as a child of this very process.

    The child gets `death_signal` when this process, or the thread that starts it, ends.
    """
    return [
        sys.executable,
        "-I",
        "-S",
        __file__,
        str(os.getpid()),
        str(int(death_signal)),
        f"{account.uid}:{account.gid}" if account else _AS_WE_ARE,
        *(os.fspath(word) for word in program),
    ]


def _die_with(parent: int, death_signal: int) -> None:
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked for the signal
        sys.exit(_CANNOT_EXECUTE)


def _become(account: str) -> None:
    if account == _AS_WE_ARE:
        return
    uid, gid = (int(number) for number in account.split(":"))
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    os.umask(0o077)


def _main() -> None:
    parent, death_signal, account, *program = sys.argv[1:]
    try:
        _become(account)
        _die_with(int(parent), int(death_signal))
        # Python ignores these two, and what is ignored stays so through exec.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        os.execv(program[0], program)  # noqa: S606 the program is the caller's, no shell wanted
    except OSError as error:
        sys.exit(f"{program[0]}: {error.strerror}")


if __name__ == "__main__":
    _main()
