"""Reads what a webhook receiver has logged, each line once."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

Form = dict[str, str]
Event = tuple[str, str]  # which message, which status


class CallbackLog:
    """A log of lines `status microseconds target body`, and how often each event is in it."""

    def __init__(self, path: Path, event_of: Callable[[Form], Event]) -> None:
        self._path = path
        self._event_of = event_of
        self._offset = 0
        self.seen: Counter[Event] = Counter()

    def wait_for(self, events: Iterable[Event], seconds: float) -> Counter[Event]:
        """Read until all these events are there, or so long; return how often each came."""
        missing = wanted = set(events)
        deadline = time.monotonic() + seconds
        while True:
            self._read()
            missing = {event for event in missing if not self.seen[event]}
            if not missing or time.monotonic() > deadline:
                return Counter({event: self.seen[event] for event in wanted})
            time.sleep(0.05)

    def _read(self) -> None:
        if not self._path.exists():
            return
        with self._path.open("rb") as log:
            log.seek(self._offset)
            octets = log.read()
        whole = octets[: octets.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            _, _, target, body = line.split(" ", 3)
            form = dict(parse_qsl(body) or parse_qsl(urlsplit(target).query))
            self.seen[self._event_of(form)] += 1
