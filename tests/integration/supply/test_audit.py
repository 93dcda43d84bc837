"""An audit tells "no hole is known" from "nobody was asked"."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.supply import audit


@contextmanager
def a_database(answer: bytes) -> Iterator[str]:
    """Serve one answer to every question; yield its URL."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()
            thread.join()


def test_an_audit_without_a_database_says_that_nothing_was_audited(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.socket() as nobody:  # bound, not listening: refused
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/v1/query"

        assert audit.main(["--osv-url", url]) == 0
        assert audit.main(["--osv-url", url, "--required"]) == 1

    assert "NOTHING WAS AUDITED" in capsys.readouterr().err


def test_a_database_that_knows_no_old_hole_is_not_believed() -> None:
    with a_database(b"{}") as url:
        assert audit.out_of_reach(url) == "it doesn't know the holes of jinja2 2.4.1"


def test_a_database_that_knows_an_old_hole_is_asked() -> None:
    with a_database(b'{"vulns": [{"id": "PYSEC-1"}]}') as url:
        assert audit.out_of_reach(url) is None
