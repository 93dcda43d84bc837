"""A customer's web server: takes our webhooks, checks their signature, answers as told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator


@dataclass
class Customer:
    """What came, and what is answered."""

    port: int = 0
    auth_token: str = ""
    answers: dict[str, tuple[str, str]] = field(default_factory=dict)  # path: type, body
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # path, form
    tokens: list[str] = field(default_factory=list)
    forged: int = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def statuses(self, sid: str) -> list[str]:
        """The statuses that were told of a message, in the order they came."""
        return [form["MessageStatus"] for _, form in self.requests if form.get("MessageSid") == sid]


@contextmanager
def serving() -> Iterator[Customer]:
    customer = Customer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            form = dict(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True))
            validator = RequestValidator(customer.auth_token)
            signature = self.headers.get("X-Twilio-Signature", "")
            if not validator.validate(customer.url(self.path), form, signature):
                customer.forged += 1
            customer.requests.append((self.path, form))
            customer.tokens.append(self.headers.get("I-Twilio-Idempotency-Token", ""))
            content_type, body = customer.answers.get(self.path, ("text/xml", ""))
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    customer.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield customer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
