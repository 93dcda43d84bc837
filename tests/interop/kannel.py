"""Kannel as an ESME: a bearerbox bound to our listener, a smsbox before it, a sink for both."""

import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote_to_bytes, urlsplit

from tests.e2e.up import free_ports, until
from tests.interop.install import find
from tests.interop.peer import Event

_UCS2 = "2"  # of Kannel's `coding`
_CONFIGURATION = """
group = core
admin-port = {admin}
admin-password = admin
admin-interface = 127.0.0.1
smsbox-port = {box}
smsbox-interface = 127.0.0.1
log-file = "{folder}/bearerbox.log"
log-level = 0
box-allow-ip = 127.0.0.1

group = smsc
smsc = smpp
smsc-id = smsc
host = 127.0.0.1
port = {smpp}
transceiver-mode = true
smsc-username = {system_id}
smsc-password = {password}
system-type = ""
source-addr-ton = 1
source-addr-npi = 1
dest-addr-ton = 1
dest-addr-npi = 1
reconnect-delay = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1
log-file = "{folder}/smsbox.log"
log-level = 0

group = sendsms-user
username = kannel
password = kannel
concatenation = true
max-messages = 10

group = sms-service
keyword = default
catch-all = true
omit-empty = true
max-messages = 0
get-url = "http://127.0.0.1:{sink}/message?from=%p&to=%P&coding=%c&text=%a"
"""


class Kannel:
    """Sends by sendsms; what Kannel calls becomes events."""

    def __init__(self, sendsms: int) -> None:
        self.events: list[Event] = []
        self.sink = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.events))
        self._sendsms = sendsms

    @property
    def _sink_url(self) -> str:
        return f"http://127.0.0.1:{self.sink.server_address[1]}"

    def send(self, ref: int, source: str, destination: str, text: str) -> None:
        """Submit a text by an HTTP request to the smsbox."""
        plain = all(character.isascii() or character in "£€" for character in text)
        # %F is the id that the SMSC gave, %d what became of the message.
        report = f"{self._sink_url}/receipt?ref={ref}&stat=%d&id=%F"
        parameters = {
            "username": "kannel",
            "password": "kannel",
            "from": source,
            "to": destination,
            "text": text,
            "charset": "UTF-8",
            "coding": "0" if plain else _UCS2,
            "dlr-mask": "31",
            "dlr-url": report,
        }
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())
        url = f"http://127.0.0.1:{self._sendsms}/cgi-bin/sendsms?{query}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            assert answer.status == 202, answer.read()


@contextmanager
def kannel(folder: Path, smpp_port: int, system_id: str, password: str) -> Iterator[Kannel]:
    """Run both boxes while the block runs."""
    admin, box, sendsms = free_ports(3)
    party = Kannel(sendsms)
    serving = threading.Thread(target=party.sink.serve_forever, daemon=True)
    serving.start()
    configuration = folder / "kannel.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            admin=admin,
            box=box,
            sendsms=sendsms,
            smpp=smpp_port,
            system_id=system_id,
            password=password,
            sink=party.sink.server_address[1],
            folder=folder,
        )
    )
    processes = []
    try:
        for program in ("bearerbox", "smsbox"):
            log = (folder / f"{program}.out").open("wb")
            command = [find(program), "-v", "4", str(configuration)]
            processes.append(subprocess.Popen(command, stdout=log, stderr=log))
            port = {"bearerbox": admin, "smsbox": sendsms}[program]
            until(lambda port=port: _answers(port), 30)  # type: ignore[misc]
        until(lambda: "online" in _status(admin), 30)
        party.events.append({"event": "bound"})
        yield party
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in reversed(processes):
            process.wait(30)
        party.sink.shutdown()
        party.sink.server_close()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _status(port: int) -> str:
    with urllib.request.urlopen(
        f"http://127.0.0.1:{port}/status.txt?password=admin", timeout=5
    ) as it:
        return str(it.read().decode())


def _handler(events: list[Event]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/receipt":
                final = {"1": "DELIVRD", "2": "UNDELIV"}.get(query["stat"], "")
                ref = int(query["ref"])
                if query["stat"] == "8":  # the SMSC took it
                    events.append({"event": "accepted", "ref": ref, "id": query.get("id")})
                elif final:
                    events.append({"event": "receipt", "stat": final, "id": query.get("id")})
            else:
                raw = next(w for w in parts.query.split("&") if w.startswith("text="))
                octets = unquote_to_bytes(raw.removeprefix("text=").replace("+", " "))
                codec = "utf-16-be" if query.get("coding") == _UCS2 else "utf-8"
                text = octets.decode(codec, "replace")
                event = {"event": "message", "from": query["from"], "to": query["to"]}
                events.append(event | {"text": text, "part": None})
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the screen clean."""

    return Handler
