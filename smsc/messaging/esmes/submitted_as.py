"""How an ESME wrote what it submitted: kept where its receipts or its later requests need it."""

import json
from dataclasses import dataclass, replace
from typing import Self

from smsc.sms.address import SmppAddress, as_smpp


@dataclass(frozen=True, slots=True)
class SubmittedAs:
    """The addresses of a message as its ESME's PDU had them, and what else names it there.

    `data_coding` is that of the PDU, in which a `replace_sm` writes too. `message_id` is the one
    that a `submit_multi` was answered with: its messages share it.
    """

    source: SmppAddress
    destination: SmppAddress
    service_type: str = ""
    data_coding: int = 0
    message_id: str | None = None

    def stored(self, from_: str, to: str) -> str | None:
        """Return the column's text; None if all is as we would write the two addresses anyway.

        Then the ESME's message_id is the message's SID, and the row stays narrow.
        """
        if self == usual(from_, to):
            return None
        return json.dumps(
            [
                *self.source,
                *self.destination,
                self.service_type,
                self.data_coding,
                self.message_id,
            ],
            ensure_ascii=True,
        )

    @classmethod
    def read(cls, stored: str | None, from_: str, to: str) -> Self:
        """Read the column of a message between these two addresses."""
        if stored is None:
            return cls(as_smpp(from_), as_smpp(to))
        *addresses, service_type, data_coding, message_id = json.loads(stored)
        source, destination = SmppAddress(*addresses[:3]), SmppAddress(*addresses[3:])
        return cls(source, destination, service_type, data_coding, message_id)

    def under(self, message_id: str) -> Self:
        """Return the same, as one of several messages that share a message_id."""
        return replace(self, message_id=message_id)


def usual(from_: str, to: str) -> SubmittedAs:
    """Return how we would write these addresses."""
    return SubmittedAs(as_smpp(from_), as_smpp(to))
