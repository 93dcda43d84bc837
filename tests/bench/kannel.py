"""Kannel as a subject of the path: asked for the SMSC-submit and the final report."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psutil

from tests.bench import cpu, sinks
from tests.bench.callback_log import Event, Form
from tests.bench.ours import LIFE_SECONDS
from tests.bench.path import Subject
from tests.bench.system import NUMBER
from tests.bench.traffic import Answer, Request
from tests.interop.boxes import Boxes, Settings, boxes

STORES = ("spool", "file")
# 8: the SMSC has taken it; 1: delivered. Of the mask, 2 and 16 would tell of failures.
SUBMITTED, DELIVERED = "8", "1"
MASK = 1 | 2 | 8 | 16
ERRORS_ONLY = 4


@contextmanager
def kannel(store: str, window: int, tools: Path | None) -> Iterator[Subject]:
    """Run both boxes with a store of that type and sinks of their own."""
    with tempfile.TemporaryDirectory(prefix="smsc-bench-kannel-") as name:
        folder = Path(name)
        log = folder / "callbacks.log"
        place = folder / "store"
        if store == "spool":
            place.mkdir()
        with (
            sinks.smsc(tools, LIFE_SECONDS) as smsc,
            sinks.webhooks(tools, LIFE_SECONDS, log) as webhooks,
        ):
            settings = Settings(
                system_id="bench",
                password="bench",
                inbound_url=f"http://127.0.0.1:{webhooks.port}/inbound?from=%p&text=%a",
                window=window,
                core=f'store-type = {store}\nstore-location = "{place}"',
                log_level=ERRORS_ONLY,
            )
            with boxes(folder, smsc.port, settings) as running:
                yield Subject(
                    requests=(_request(running.sendsms_port, webhooks.port),),
                    usage=lambda: cpu.add_up(_processes(running)),
                    message_of=_number_of,
                    event_of=_event_of,
                    statuses=(SUBMITTED, DELIVERED),
                    sinks=(smsc, webhooks),
                    log=log,
                )


def _request(port: int, webhook_port: int) -> Request:
    report = f"http://127.0.0.1:{webhook_port}/report?number={{n}}&status=%d"
    query = (
        f"username=kannel&password=kannel&from={NUMBER.lstrip('+')}&to=1201{{n}}"
        f"&text=Message+{{n}}&dlr-mask={MASK}&dlr-url={quote(report, safe='{}')}"
    )
    return Request(port, f"/cgi-bin/sendsms?{query}")


def _processes(running: Boxes) -> list[tuple[psutil.Process, str]]:
    return [
        (psutil.Process(running.bearerbox), "bearerbox"),
        (psutil.Process(running.smsbox), "smsbox"),
    ]


def _number_of(answer: Answer) -> str:
    return f"{answer.number:07}"


def _event_of(form: Form) -> Event:
    return form.get("number", ""), form.get("status", "")
