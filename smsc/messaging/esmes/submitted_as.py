"""How an ESME wrote what it submitted: kept where its receipts or its later requests need it."""

import json
from dataclasses import dataclass, replace
from typing import Final, Self

from smsc.sms.address import SmppAddress, as_smpp


@dataclass(frozen=True, slots=True)
class SubmittedAs:
    """The addresses of a message as its ESME's PDU had them, and what else names it there.

    `data_coding` is that of the PDU, in which a `replace_sm` writes too. `message_id` is the one
    that a `submit_multi` was answered with: its messages share it. `protocol_id` goes on to the
    remote.
    """

    source: SmppAddress
    destination: SmppAddress
    service_type: str = ""
    data_coding: int = 0
    message_id: str | None = None
    protocol_id: int = 0

    def stored(self, from_: str, to: str) -> str | None:
        """Return the column's text; None if all is as we would write the two addresses anyway.

        Then the ESME's message_id is the message's SID, and the row stays narrow.
        """
        if self == usual(from_, to):
            return None
        facts = [
            *self.source,
            *self.destination,
            self.service_type,
            self.data_coding,
            self.message_id,
        ]
        if self.protocol_id:
            facts.append(self.protocol_id)
        return json.dumps(facts, ensure_ascii=True)

    @classmethod
    def read(cls, stored: str | None, from_: str, to: str) -> Self:
        """Read the column of a message between these two addresses."""
        if stored is None:
            return cls(as_smpp(from_), as_smpp(to))
        facts = json.loads(stored)
        source, destination = SmppAddress(*facts[:3]), SmppAddress(*facts[3:6])
        return cls(source, destination, *facts[6:])

    def under(self, message_id: str) -> Self:
        """Return the same, as one of several messages that share a message_id."""
        return replace(self, message_id=message_id)


def protocol_id_of(stored: str | None) -> int:
    """Return the protocol_id of the column alone; most messages have none."""
    if stored is None:
        return 0
    facts = json.loads(stored)
    return int(facts[_PROTOCOL_ID]) if len(facts) > _PROTOCOL_ID else 0


_PROTOCOL_ID: Final = 9  # its place, where it is not 0


def usual(from_: str, to: str) -> SubmittedAs:
    """Return how we would write these addresses."""
    return SubmittedAs(as_smpp(from_), as_smpp(to))
