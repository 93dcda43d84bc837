"""Another party: a program of its own, told what to send and heard by lines of JSON."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from tests.interop.install import ROOT

Event = dict[str, Any]


class Party(Protocol):
    """What the exchange needs of a peer."""

    events: list[Event]

    def send(self, ref: int, source: str, destination: str, text: str) -> None:
        """Submit, or deliver, a text."""


class Program:
    """A running program; its events are collected as they come."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.events: list[Event] = []
        self._process = process
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def send(self, ref: int, source: str, destination: str, text: str) -> None:
        """Submit, or deliver, a text."""
        command = {"ref": ref, "from": source, "to": destination, "text": text}
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended: what it should tell will be missed
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()

    @property
    def ended(self) -> bool:
        """Whether it runs no more."""
        return self._process.poll() is not None

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                self.events.append(json.loads(line))


@contextmanager
def program(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> Iterator[Program]:
    """Run it while the block runs."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Program(process)
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=10)
        if errors.strip():
            print(f"  {command[-1 if len(command) < 3 else 2]}: {errors.strip().splitlines()[-1]}")


def texts(events: Sequence[Event], kind: str) -> list[tuple[str, str]]:
    """Return (from, text) of the whole messages among events; parts are joined."""
    whole: list[tuple[str, str]] = []
    parts: dict[tuple[str, int, int], dict[int, str]] = {}
    for event in events:
        if event["event"] != kind:
            continue
        source = str(event["from"]).removeprefix("+")
        if not event.get("part"):
            whole.append((source, event["text"]))
            continue
        reference, total, number = event["part"]
        group = parts.setdefault((source, reference, total), {})
        group[number] = event["text"]
        if len(group) == total:
            whole.append((source, "".join(group[one] for one in sorted(group))))
    return whole
