"""Kannel as an ESME of ours: its boxes, and a sink for what they call."""

import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote_to_bytes, urlsplit

from tests.interop.boxes import Settings, boxes
from tests.interop.peer import Event

_UCS2 = "2"  # of Kannel's `coding`


class Kannel:
    """Sends by sendsms; what Kannel calls becomes events."""

    def __init__(self, sink: ThreadingHTTPServer) -> None:
        self.events: list[Event] = []
        self.sendsms_port = 0
        sink.RequestHandlerClass = _handler(self.events)
        self.sink_url = f"http://127.0.0.1:{sink.server_address[1]}"

    def send(self, ref: int, source: str, destination: str, text: str) -> None:
        """Submit a text by an HTTP request to the smsbox."""
        plain = all(character.isascii() or character in "£€" for character in text)
        # %F is the id that the SMSC gave, %d what became of the message.
        report = f"{self.sink_url}/receipt?ref={ref}&stat=%d&id=%F"
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
        url = f"http://127.0.0.1:{self.sendsms_port}/cgi-bin/sendsms?{query}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            assert answer.status == 202, answer.read()


@contextmanager
def kannel(folder: Path, smpp_port: int, system_id: str, password: str) -> Iterator[Kannel]:
    """Run both boxes while the block runs."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as sink:
        party = Kannel(sink)
        threading.Thread(target=sink.serve_forever, daemon=True).start()
        settings = Settings(
            system_id=system_id,
            password=password,
            inbound_url=f"{party.sink_url}/message?from=%p&to=%P&coding=%c&text=%a",
        )
        try:
            with boxes(folder, smpp_port, settings) as running:
                party.sendsms_port = running.sendsms_port
                party.events.append({"event": "bound"})
                yield party
        finally:
            sink.shutdown()


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
