"""The whole path of messages once: requests, submits, receipts, callbacks, and what they cost."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.bench.callback_log import CallbackLog, Event, Form
from tests.bench.cpu import Usage
from tests.bench.figures import Figure, by_kind, latencies, norm
from tests.bench.options import SETTLE_SECONDS, WARM_UP
from tests.bench.sinks import Sink
from tests.bench.traffic import Answer, Load, Request, send

NUMBERS = 4_999_999  # what seven digits can tell apart, less what scenarios use for themselves


@dataclass(frozen=True, slots=True)
class Subject:
    """A gateway that is measured, with the sinks that serve it alone."""

    requests: Sequence[Request]  # of several doors, each gets an equal part of the messages
    usage: Callable[[], Usage]
    message_of: Callable[[Answer], str]  # what its callbacks call the message
    event_of: Callable[[Form], Event]
    statuses: Sequence[str]
    sinks: Sequence[Sink]
    log: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run came to."""

    accepted: int
    accept_seconds: float
    seconds: float  # until the last callback
    latencies: list[float]  # seconds
    cpu_seconds: dict[str, float]  # by kind of process
    memory: dict[str, int]  # octets
    sinks_seconds: float
    refused: int
    lost: int
    doubled: int

    @property
    def cpu_ms(self) -> float:
        """CPU-ms a message of all processes together."""
        return 1000 * sum(self.cpu_seconds.values()) / self.accepted

    @property
    def sinks_ms(self) -> float:
        """CPU-ms a message of the sinks."""
        return 1000 * self.sinks_seconds / self.accepted

    @property
    def accept_rate(self) -> float:
        """Accepted messages a second, while they were sent."""
        return self.accepted / self.accept_seconds

    @property
    def end_to_end_rate(self) -> float:
        """Messages a second, from the first request to the last callback."""
        return self.accepted / self.seconds

    def figures(self, *, with_norm: bool) -> list[Figure]:
        """Return all of it; `with_norm` where the sinks are the fast ones."""
        figures = [
            Figure("accept_per_second", "accepted a second", self.accept_rate),
            Figure("end_to_end_per_second", "end to end a second", self.end_to_end_rate),
            *latencies("accept", "accept", self.latencies),
            *by_kind("cpu_ms", "CPU-ms a message", self.cpu_seconds, self.accepted),
        ]
        if with_norm:
            scaled = norm(self.cpu_ms, self.sinks_ms)
            figures += [
                Figure("sinks_ms", "CPU-ms a message of the sinks", self.sinks_ms, 3),
                Figure("cpu_ms_norm", "CPU-ms a message: all, norm", scaled, 3),
            ]
        figures += [
            Figure(f"memory_mb_{kind}", f"memory, MB: {kind}", octets / 2**20)
            for kind, octets in sorted(self.memory.items())
        ]
        return [*figures, *self.losses()]

    def losses(self) -> list[Figure]:
        """Return what must be nought."""
        return [
            Figure("refused", "refused requests", self.refused),
            Figure("lost", "lost callbacks", self.lost),
            Figure("doubled", "doubled callbacks", self.doubled),
        ]


class Course:
    """Runs the same work on one subject, as often as asked."""

    def __init__(self, subject: Subject, connections: int, tools: Path | None) -> None:
        self._subject = subject
        self._connections = connections
        self._tools = tools
        self._log = CallbackLog(subject.log, subject.event_of)
        self._next = 1

    def warm_up(self) -> None:
        """Send some messages that are not measured."""
        self.run(WARM_UP)

    def run(self, count: int, connections: int | None = None) -> Run:
        """Send `count` messages, wait for every callback, and say what it cost.

        Raises:
            RuntimeError: not one was accepted.
        """
        subject = self._subject
        first = self._next if self._next + count <= NUMBERS else 1
        self._next = first + count
        self._log.seen.clear()
        sinks_before = sum(sink.cpu_seconds for sink in subject.sinks)
        before, began = subject.usage(), time.monotonic()
        load = self._send(count, connections or self._connections, first)
        if not load.accepted:
            answers = [f"{answer.status} {answer.body}" for answer in load.answers[:1]]
            raise RuntimeError(f"no message was accepted: {answers}")
        expected = [
            (subject.message_of(answer), status)
            for answer in load.accepted
            for status in subject.statuses
        ]
        seen = self._log.wait_for(expected, SETTLE_SECONDS)
        seconds = time.monotonic() - began
        after = subject.usage()
        return Run(
            accepted=len(load.accepted),
            accept_seconds=load.seconds,
            seconds=seconds,
            latencies=load.latencies,
            cpu_seconds=after.since(before),
            memory=after.memory,
            sinks_seconds=sum(sink.cpu_seconds for sink in subject.sinks) - sinks_before,
            refused=count - len(load.accepted),
            lost=sum(not seen[event] for event in expected),
            doubled=sum(count - 1 for count in seen.values() if count),
        )

    def _send(self, count: int, connections: int, first: int) -> Load:
        """Send to each door its part, all at once."""
        doors = len(self._subject.requests)
        starts = [first + count * place // doors for place in range(doors + 1)]
        with ThreadPoolExecutor(doors) as pool:
            loads = pool.map(
                lambda request, start, end: send(
                    request,
                    end - start,
                    max(connections // doors, 1),
                    first=start,
                    tools=self._tools,
                ),
                self._subject.requests,
                starts,
                starts[1:],
            )
            all_loads = list(loads)
        answers = [answer for load in all_loads for answer in load.answers]
        return Load(max(load.seconds for load in all_loads), answers)
