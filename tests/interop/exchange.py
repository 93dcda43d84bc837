"""What is exchanged with a party, and what of it came through."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.e2e.up import Up
from tests.interop.house import Customer
from tests.interop.peer import Party, texts

PATIENCE_SECONDS = 30.0
TEXTS = {
    "short": "Hello @ £ [1]",
    "long": " ".join(["Evacuate to the hill north of the market, take water and medicine."] * 5),
    "Khmer": " ".join(["សូមជម្លៀសទៅទីទួលខាងជើងផ្សារ។ យកទឹក និងថ្នាំទៅជាមួយ។"] * 3),
}
KINDS = (*TEXTS, "receipt")


@dataclass(slots=True)
class Result:
    """A row of the table: what went wrong, by kind; nothing is ok."""

    party: str
    role: str
    faults: dict[str, list[str]] = field(default_factory=dict)
    skipped: str = ""

    def check(self, kind: str, what: str, claim: Callable[[], bool]) -> None:
        """Wait for a claim; note it as a fault if it does not come true."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not claim():
            if time.monotonic() > deadline:
                self.faults.setdefault(kind, []).append(what)
                return
            time.sleep(0.1)

    def cell(self, kind: str) -> str:
        """Return what stands in the table."""
        if self.skipped:
            return "skipped"
        return f"FAIL ({', '.join(self.faults[kind])})" if kind in self.faults else "ok"


def as_client(result: Result, up: Up, customer: Customer, party: Party, handset: str) -> None:
    """A party that binds to our listener: it submits, a simulated handset answers."""
    result.check("short", "bind", lambda: _has(party, "bound"))
    for ref, (kind, text) in enumerate(TEXTS.items()):
        party.send(ref, customer.number, handset, text)
        result.check(kind, "to us", lambda text=text: text in up.inbox(handset))  # type: ignore[misc]
    result.check("receipt", "to the party", lambda: _is_reported(party))
    for kind, text in TEXTS.items():
        up.handset_sends(handset, f"+{customer.number}", text)
        result.check(
            kind,
            "to the party",
            lambda text=text: (handset, text) in texts(party.events, "message"),  # type: ignore[misc]
        )


def as_server(result: Result, customer: Customer, party: Party, handset: str) -> None:
    """A party that we bind to: we submit, it reports and delivers."""
    result.check("short", "bind", lambda: _has(party, "bound"))
    for kind, text in TEXTS.items():
        sent = customer.client.messages.create(
            to=f"+{handset}", from_=f"+{customer.number}", body=text
        )
        result.check(
            kind,
            "to the party",
            lambda text=text: (customer.number, text) in texts(party.events, "submitted"),  # type: ignore[misc]
        )
        result.check(
            "receipt",
            f"of the {kind} one",
            lambda sid=sent.sid: customer.client.messages(sid).fetch().status == "delivered",  # type: ignore[misc]
        )
    for ref, (kind, text) in enumerate(TEXTS.items()):
        party.send(ref, handset, customer.number, text)
        result.check(kind, "to us", lambda text=text: (handset, text) in customer.inbound())  # type: ignore[misc]


def _has(party: Party, event: str) -> bool:
    return any(one["event"] == event for one in party.events)


def _is_reported(party: Party) -> bool:
    """Say whether a receipt DELIVRD came for every id that was given."""
    accepted = {one["id"] for one in party.events if one["event"] == "accepted"}
    delivered = {
        one["id"] for one in party.events if one["event"] == "receipt" and one["stat"] == "DELIVRD"
    }
    return len(accepted) >= len(TEXTS) and accepted <= delivered
