"""One child process: started, watched, restarted with back-off, stopped in steps."""

import asyncio
import signal
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from smsc.cli.logfile import last_line, rotate
from smsc.errors import GatewayError

FIRST_DELAY: Final = 0.5  # seconds
LONGEST_DELAY: Final = 30.0
STEADY_AFTER: Final = 60.0  # who ran so long starts again at the first delay
_READY_POLL: Final = 0.05
_HURRIED_WAIT: Final = 1.0
_KEEPER_WAIT: Final = 5.0  # not even SIGKILL ends a process that hangs in the kernel


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """What to run, and how to know that it works. No secret stands in `argv`: any user sees it.

    `prepare` runs before each start and `ready` is asked with the pid; both may block.
    """

    name: str
    argv: Sequence[str]  # wrapped by `launched`, so that it dies with us
    env: Mapping[str, str]
    log: Path
    cwd: Path | None = None
    prepare: Callable[[], None] | None = None
    ready: Callable[[int], bool] | None = None
    stop_steps: Sequence[tuple[signal.Signals, float]] = (
        (signal.SIGTERM, 15.0),
        (signal.SIGKILL, 5.0),
    )


class Change(StrEnum):
    """What happened to a child."""

    READY = "ready"
    DIED = "died"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ChildEvent:
    """News of a child; `detail` is its last words, `delay` the seconds until its next start."""

    name: str
    change: Change
    detail: str = ""
    delay: float = 0.0


def next_delay(previous: float, lasted: float) -> float:
    """Return how long to wait before a start, from the last wait and how long the child ran."""
    if previous == 0 or lasted >= STEADY_AFTER:
        return FIRST_DELAY
    return min(previous * 2, LONGEST_DELAY)


class Child:
    """Keeps one child running until told to stop."""

    def __init__(self, spec: ChildSpec, report: Callable[[ChildEvent], None]) -> None:
        self.spec = spec
        self.is_ready = asyncio.Event()
        self.deaths = 0
        self.last_words = ""
        self._report = report
        self._process: Process | None = None
        self._stopping = False
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The pid of its present run."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Run it and keep it running. Call on the main thread: a child ends with the thread."""
        self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.spec.name}")

    async def stop(self, hurry: asyncio.Event) -> None:
        """End it: each signal in turn with its wait, cut to a second when `hurry` is set."""
        self._stopping = True
        if self._keeper is None:
            return
        process = self._process
        if process is None:
            self._keeper.cancel()
        else:
            ended = asyncio.create_task(process.wait())
            for signum, seconds in self.spec.stop_steps:
                if process.returncode is None:
                    with suppress(ProcessLookupError):
                        process.send_signal(signum)
                    await _wait(ended, seconds, hurry)
            ended.cancel()
        await asyncio.wait({self._keeper}, timeout=_KEEPER_WAIT)
        self._report(ChildEvent(self.spec.name, Change.STOPPED))

    async def _keep(self) -> None:
        delay = 0.0
        clock = asyncio.get_running_loop().time
        while not self._stopping:
            begun = clock()
            how = await self._run_once()
            if self._stopping:
                return
            self.deaths += 1
            self.last_words = how
            delay = next_delay(delay, clock() - begun)
            self._report(ChildEvent(self.spec.name, Change.DIED, how, delay))
            await asyncio.sleep(delay)

    async def _run_once(self) -> str:
        """Run it to its end; return how it ended."""
        spec = self.spec
        try:
            if spec.prepare is not None:
                await asyncio.to_thread(spec.prepare)
            rotate(spec.log)
            with spec.log.open("ab") as output:
                begins = output.tell()
                process = await asyncio.create_subprocess_exec(
                    *spec.argv,
                    stdin=DEVNULL,
                    stdout=output,
                    stderr=STDOUT,
                    cwd=spec.cwd,
                    env=dict(spec.env),
                    start_new_session=True,  # Ctrl-C is ours alone to hear
                )
        except (GatewayError, OSError) as error:
            return str(error)
        self._process = process
        watcher = asyncio.create_task(self._watch_readiness(process))
        try:
            code = await process.wait()
        finally:
            self._process = None
            self.is_ready.clear()
            watcher.cancel()
        if code < 0:  # what it logged last has nothing to do with who killed it
            return f"killed by {signal.Signals(-code).name}"
        words = last_line(spec.log, begins)
        return f"ended with code {code}: {words}" if words else f"ended with code {code}"

    async def _watch_readiness(self, process: Process) -> None:
        ready = self.spec.ready
        while ready is not None and not await asyncio.to_thread(ready, process.pid):  # noqa: ASYNC110 another process has no event to wait for
            await asyncio.sleep(_READY_POLL)
        self.is_ready.set()
        self._report(ChildEvent(self.spec.name, Change.READY))


async def _wait(ended: "asyncio.Task[int]", seconds: float, hurry: asyncio.Event) -> None:
    hurried = asyncio.create_task(hurry.wait())
    await asyncio.wait({ended, hurried}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    hurried.cancel()
    if hurry.is_set() and not ended.done():
        await asyncio.wait({ended}, timeout=min(seconds, _HURRIED_WAIT))
