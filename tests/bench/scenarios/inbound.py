"""Messages of handsets, to the webhook; with a TwiML reply, to the receipt of the reply."""

import tempfile
import time
from pathlib import Path

from tests.bench import sinks, system
from tests.bench.callback_log import CallbackLog, Event, Form
from tests.bench.figures import Figure, by_kind
from tests.bench.options import SETTLE_SECONDS, Options
from tests.bench.ours import LIFE_SECONDS
from tests.bench.rows import fetch, wait_for

REPLY = "<Response><Message>It is open</Message></Response>"
RECEIVED = "SELECT sid FROM messages WHERE direction = 'inbound'"
REPLIES_DELIVERED = (
    "SELECT count(*) FROM messages WHERE direction = 'outbound-reply' AND status = 'delivered'"
)


def measure(options: Options) -> list[Figure]:
    """Run it without a reply, then with one, each on a system of its own."""
    return [*_measure(options, ""), *_measure(options, REPLY)]


def _measure(options: Options, reply: str) -> list[Figure]:
    count = options.messages
    name, words = ("replied", "with a reply") if reply else ("inbound", "without a reply")
    with tempfile.TemporaryDirectory(prefix="smsc-bench-log-") as folder:
        path = Path(folder) / "webhooks.log"
        log = CallbackLog(path, _event_of)
        handsets = {"mo": count, "mo_dst": system.NUMBER.lstrip("+")}
        with (
            sinks.smsc(None, LIFE_SECONDS, **handsets) as smsc,  # type: ignore[arg-type]
            sinks.webhooks(options.tools, LIFE_SECONDS, path, reply=reply) as webhooks,
            system.running(
                smsc.port, options.window, sms_url=f"http://127.0.0.1:{webhooks.port}/inbound"
            ) as running,
        ):
            before, began = running.usage(), time.monotonic()
            smsc.release()
            senders = [(f"+855{number:08}", "received") for number in range(count)]
            seen = log.wait_for(senders, SETTLE_SECONDS)
            ended = time.monotonic()
            if reply:
                ended = wait_for(
                    running.database_url,
                    REPLIES_DELIVERED,
                    lambda delivered: delivered >= count,
                    SETTLE_SECONDS,
                )
            used = running.usage().since(before)
            stored = len(fetch(running.database_url, RECEIVED))
    return [
        Figure(f"{name}_per_second", f"{words}, messages a second", count / (ended - began)),
        *by_kind(f"{name}_cpu_ms", f"{words}, CPU-ms a message", used, count),
        Figure(f"{name}_lost", f"{words}, lost", sum(not seen[sender] for sender in senders)),
        Figure(f"{name}_doubled", f"{words}, doubled", max(stored - count, 0)),
    ]


def _event_of(form: Form) -> Event:
    return form.get("From", ""), form.get("SmsStatus", "")
