"""`smsc up` as a user runs it, in a folder and on ports of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from twilio.rest import Client

from smsc.embedded import EmbeddedPostgres

START_SECONDS = 90
PATIENCE_SECONDS = 60
PORTS = ("HTTP_PORT", "SMPP_PORT", "SIMULATOR_PORT", "SIMULATOR_HTTP_PORT", "METRICS_PORT")


def until(claim: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until the claim is true, or fail."""
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.1)


def free_ports(count: int) -> list[int]:
    listeners = [socket.socket() for _ in range(count)]
    for listener in listeners:
        listener.bind(("127.0.0.1", 0))
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


@dataclass
class Up:
    """A home with `smsc up` in it, running or not."""

    home: Path
    environment: dict[str, str] = field(init=False)
    process: "subprocess.Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        own = {name: value for name, value in os.environ.items() if not name.startswith("SMSC_")}
        ports = dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))
        self.environment = own | {f"SMSC_{name}": port for name, port in ports.items()}
        self.environment |= {
            "SMSC_HOME": str(self.home),
            "SMSC_WEBHOOK_ALLOW_PRIVATE": "true",
            "COLUMNS": "200",
        }

    @property
    def screen(self) -> str:
        return (self.home / "screen").read_text()

    @property
    def demo(self) -> dict[str, Any]:
        demo: dict[str, Any] = json.loads((self.home / "demo.json").read_text())
        return demo

    @property
    def client(self) -> Client:
        client = Client(self.demo["account_sid"], self.demo["auth_token"])
        client.api.base_url = self.demo["api_url"]
        return client

    def start(self) -> None:
        self.home.mkdir(exist_ok=True)
        with (self.home / "screen").open("wb") as screen:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "smsc.cli", "up"],
                env=self.environment,
                stdout=screen,
                stderr=screen,
            )
        until(self._has_started, START_SECONDS)

    def _has_started(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.screen
        return "Ctrl-C stops" in self.screen

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def children(self) -> list[psutil.Process]:
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def pid_of(self, words: str) -> int:
        """The oldest child in whose command line these words stand."""
        found = [child for child in self.children() if words in _command_of(child)]
        return min(found, key=psutil.Process.create_time).pid

    def kill_all(self) -> None:
        """Kill -9 of the parent; its children must die of that by themselves."""
        assert self.process is not None
        children = self.children()
        self.process.kill()
        self.process.wait()
        _, alive = psutil.wait_procs(children, timeout=30)
        assert alive == []

    def request(self, method: str, url: str, body: object = None) -> Any:
        """Call the Carrier API, or the simulator's; both speak JSON."""
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {self.demo['carrier_api_key']}",
        }
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    def inbox(self, number: str) -> list[str]:
        """The texts that a simulated handset has received."""
        url = f"{self.demo['simulator_http_url']}/handsets/{number.lstrip('+')}/messages"
        answer = self.request("GET", url)
        messages = answer["data"] if isinstance(answer, dict) else answer
        return [message["text"] for message in messages]

    def handset_sends(self, number: str, to: str, text: str) -> None:
        url = f"{self.demo['simulator_http_url']}/handsets/{number.lstrip('+')}/messages"
        self.request("POST", url, {"to": to, "text": text})


def _command_of(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # it has just ended
        return ""


@contextmanager
def home(folder: Path) -> Iterator[Up]:
    """A fresh home; whatever runs in it at the end is stopped, and its state removed."""
    up = Up(folder)
    try:
        yield up
    finally:
        if up.process is not None and up.process.poll() is None:
            up.stop()
        EmbeddedPostgres(folder).folders.remove_state()
