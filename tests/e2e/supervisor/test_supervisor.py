"""The supervisor, with small children of its own."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from smsc.cli.child import Change, ChildEvent, ChildSpec
from smsc.cli.supervisor import ChildNotReady, Supervisor
from smsc.embedded import EmbeddedServerError
from smsc.embedded.launch import launched

ROOT = Path(__file__).parents[3]
SLEEP = "import time; time.sleep(600)"
STUBBORN = (
    "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "open(sys.argv[1], 'w').close(); time.sleep(600)"
)
# A supervisor in a process of its own, with a child that has a child.
TREE = """
import asyncio, os, sys
from pathlib import Path
from smsc.cli.child import ChildSpec
from smsc.cli.supervisor import Supervisor
from smsc.embedded.launch import launched

async def main():
    supervisor = Supervisor(lambda event: None)
    argv = launched([sys.executable, "-c", "import time; time.sleep(600)"])
    specs = [ChildSpec(name, argv, os.environ, Path(sys.argv[1], name)) for name in ("a", "b")]
    await supervisor.start(*specs)
    print(*(child.pid for child in supervisor.children), flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


class Watched:
    """A supervisor, and what it reported."""

    def __init__(self, folder: Path) -> None:
        self.events: list[ChildEvent] = []
        self.folder = folder
        self.supervisor = Supervisor(self.events.append)

    def spec(self, name: str, script: str, *words: str, **more: object) -> ChildSpec:
        argv = launched([sys.executable, "-c", script, *words])
        return ChildSpec(name, argv, os.environ, self.folder / f"{name}.log", **more)  # type: ignore[arg-type]  # the tests' own

    def pid(self, number: int) -> int:
        pid = self.supervisor.children[number].pid
        assert pid is not None
        return pid

    def changes(self, change: Change) -> list[str]:
        return [event.name for event in self.events if event.change is change]


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    watched = Watched(tmp_path)
    yield watched
    watched.supervisor.hurry()
    await watched.supervisor.stop()


async def test_children_stop_in_the_reverse_order_of_their_start(watched: Watched) -> None:
    await watched.supervisor.start(*(watched.spec(name, SLEEP) for name in "abc"))
    pids = [watched.pid(number) for number in range(3)]
    await watched.supervisor.stop()
    assert watched.changes(Change.STOPPED) == ["c", "b", "a"]
    assert not any(is_alive(pid) for pid in pids)


async def test_a_child_that_dies_starts_again_and_that_is_reported(watched: Watched) -> None:
    await watched.supervisor.start(watched.spec("a", SLEEP))
    first = watched.pid(0)
    os.kill(first, signal.SIGKILL)
    await until(lambda: watched.changes(Change.READY) == ["a", "a"])
    assert watched.pid(0) != first
    died = next(event for event in watched.events if event.change is Change.DIED)
    assert (died.detail, died.delay) == ("killed by SIGKILL", 0.5)


async def test_a_child_that_cannot_start_says_its_last_words(watched: Watched) -> None:
    broken = watched.spec("a", "import sys; sys.exit('error: SMSC_BIND is wrong')", ready=_never)
    with pytest.raises(ChildNotReady, match=r"a does not start: ended with code 1: error: SMSC_B"):
        await watched.supervisor.start(broken)


async def test_a_child_that_never_gets_ready_is_given_up(watched: Watched) -> None:
    with pytest.raises(ChildNotReady, match=r"a is not ready after 0 s \(log: .*a\.log\)"):
        await watched.supervisor.start(watched.spec("a", SLEEP, ready=_never), within=0.3)


async def test_a_child_is_ready_when_its_probe_says_so(watched: Watched, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    script = "import sys, time; open(sys.argv[1], 'w').close(); time.sleep(600)"
    spec = watched.spec("a", script, str(flag), ready=lambda _: flag.exists())
    await watched.supervisor.start(spec)
    assert flag.exists()


async def test_what_fails_before_a_start_is_tried_again(watched: Watched) -> None:
    left = [EmbeddedServerError("the disk is away")]

    def prepare() -> None:
        if left:
            raise left.pop()

    await watched.supervisor.start(watched.spec("a", SLEEP, prepare=prepare))
    assert [event.detail for event in watched.events] == ["the disk is away", ""]


async def test_a_child_that_ignores_the_polite_signal_is_killed(
    watched: Watched, tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    steps = ((signal.SIGTERM, 0.2), (signal.SIGKILL, 5.0))
    await watched.supervisor.start(
        watched.spec("a", STUBBORN, str(flag), stop_steps=steps, ready=lambda _: flag.exists())
    )
    pid = watched.pid(0)
    await watched.supervisor.stop()
    assert not is_alive(pid)


async def test_hurry_does_not_wait_for_a_stubborn_child(watched: Watched, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    steps = ((signal.SIGTERM, 600.0), (signal.SIGKILL, 5.0))
    await watched.supervisor.start(
        watched.spec("a", STUBBORN, str(flag), stop_steps=steps, ready=lambda _: flag.exists())
    )
    stopping = asyncio.create_task(watched.supervisor.stop())
    await asyncio.sleep(0)
    watched.supervisor.hurry()
    await asyncio.wait_for(stopping, 20)


async def test_a_child_that_waits_for_its_next_start_can_be_stopped(watched: Watched) -> None:
    await watched.supervisor.start(watched.spec("a", SLEEP))
    os.kill(watched.pid(0), signal.SIGKILL)
    await until(lambda: watched.changes(Change.DIED) == ["a"])
    await watched.supervisor.stop()
    assert watched.changes(Change.STOPPED) == ["a"]


def test_children_die_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", TREE, tmp_path], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pids = [int(word) for word in parent.stdout.readline().split()]
        parent.kill()
    assert len(pids) == 2
    asyncio.run(until(lambda: not any(is_alive(pid) for pid in pids)))


def _never(_: int) -> bool:
    return False
