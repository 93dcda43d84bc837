"""Has requests sent by a process of its own: our client, or the fast one of a folder."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CLIENT_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Request:
    """What each request is; `{n}` in path and body becomes its number. No body: a GET."""

    port: int
    path: str
    body: str = ""
    user: str = ""  # name:password


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `started` is of the monotonic clock."""

    number: int
    status: int
    started: float
    seconds: float
    body: str

    @property
    def is_accepted(self) -> bool:
        """Say whether it is a 2xx."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Load:
    """What the client did."""

    seconds: float
    answers: list[Answer]

    @property
    def accepted(self) -> list[Answer]:
        """The answers with a 2xx."""
        return [answer for answer in self.answers if answer.is_accepted]

    @property
    def latencies(self) -> list[float]:
        """Seconds from request to answer, of those that were accepted."""
        return [answer.seconds for answer in self.accepted]


def send(
    request: Request,
    count: int,
    connections: int,
    *,
    first: int = 1,
    rate: float = 0,
    tools: Path | None = None,
) -> Load:
    """Send `count` requests, `rate` a second (0: as fast as answers come).

    The fast client can't note when a paced request was due, so ours sends those.
    """
    if tools is not None and not rate:
        return _send_fast(tools, request, count, connections, first)
    words: list[object] = [sys.executable, "-m", "tests.bench.load", "--port", request.port]
    words += ["--path", request.path, "--body", request.body, "--user", request.user]
    words += ["--first", first, "--count", count, "--connections", connections, "--rate", rate]
    done = subprocess.run(
        [str(word) for word in words], stdout=subprocess.PIPE, check=True, timeout=CLIENT_SECONDS
    )
    told = json.loads(done.stdout)
    return Load(told["seconds"], [Answer(*answer) for answer in told["answers"]])


def _send_fast(tools: Path, request: Request, count: int, connections: int, first: int) -> Load:
    with tempfile.TemporaryDirectory(prefix="smsc-bench-load-") as folder:
        log = Path(folder) / "answers"
        words: list[object] = [tools / "load", "--port", request.port, "--path", request.path]
        words += ["--count", count, "--conns", connections, "--first", first, "--log", log]
        words += ["--max-seconds", CLIENT_SECONDS]
        if request.body:
            words += ["--body", request.body]
        if request.user:
            words += ["--user", request.user]
        done = subprocess.run(
            [str(word) for word in words],
            capture_output=True,
            text=True,
            check=False,  # it fails when one request was refused: the log says which
            timeout=CLIENT_SECONDS + 10,
        )
        told = dict(word.partition("=")[::2] for word in done.stdout.split())
        lines = log.read_text(errors="replace").splitlines()
    answers = read_fast_log(lines, int(told["first_us"]), first, connections)
    return Load(float(told["seconds"]), answers)


def read_fast_log(
    lines: Sequence[str], began_us: int, first: int, connections: int
) -> list[Answer]:
    """Read the fast client's log: `number status microseconds body` a line, in order of answers.

    It notes when an answer came, not when its request left. But it numbers requests as they leave,
    and a connection sends the next as soon as its answer is there: so, after the first of each
    connection, the n-th request left with the n-th answer.
    """
    left = [began_us] * connections + [int(line.split(" ", 3)[2]) for line in lines]
    answers = []
    for line in lines:
        number, status, came, body = line.split(" ", 3)
        started = left[int(number) - first]
        seconds = (int(came) - started) / 1e6
        answers.append(Answer(int(number), int(status), started / 1e6, seconds, body))
    return answers
