"""The message_ids that a SIM box gives, and how they are written."""

import secrets
import uuid
from enum import StrEnum
from typing import Final


class MessageIdStyle(StrEnum):
    """How a message_id is written."""

    DECIMAL = "decimal"
    HEX = "hex"
    HEX_UPPER = "hex_upper"
    UUID = "uuid"


# Ten decimal or eight hexadecimal digits, as SMSCs of 32 bits have them.
_FIRST: Final = 10**9


class MessageNumbers:
    """Gives each segment a number of its own; a restart begins elsewhere."""

    def __init__(self) -> None:
        self._last = _FIRST + secrets.randbelow(_FIRST)

    def next(self, style: MessageIdStyle) -> int:
        """Return the next number: counted up, or at random where a UUID is wanted."""
        if style is MessageIdStyle.UUID:
            return uuid.uuid4().int
        self._last += 1
        return self._last


def spell(number: int, style: MessageIdStyle) -> str:
    """Write a number as a message_id."""
    match style:
        case MessageIdStyle.DECIMAL:
            return str(number)
        case MessageIdStyle.HEX:
            return f"{number:x}"
        case MessageIdStyle.HEX_UPPER:
            return f"{number:X}"
        case MessageIdStyle.UUID:
            return str(uuid.UUID(int=number))
