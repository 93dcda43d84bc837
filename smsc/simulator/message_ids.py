"""The message_ids that a SIM box gives, and how they are written."""

import secrets
import uuid
from enum import StrEnum
from typing import Final


class MessageIdStyle(StrEnum):
    """How a message_id is written."""

    DECIMAL = "decimal"
    DECIMAL_PADDED = "decimal_padded"  # with zeros to ten digits
    HEX = "hex"
    HEX_UPPER = "hex_upper"
    HEX_PADDED = "hex_padded"  # with zeros to sixteen digits
    HEX_OF_TEXT = "hex_of_text"  # of the decimal digits' octets
    DASHED = "dashed"  # letters, dashes and the number
    UUID = "uuid"


# Ten decimal or eight hexadecimal digits, as SMSCs of 32 bits have them.
_FIRST: Final = 10**9


class MessageNumbers:
    """Gives each segment a number of its own; a restart begins elsewhere.

    With `distinct`, only so many: then they begin again, as those of a box that counts round.
    """

    def __init__(self, first: int | None = None, distinct: int | None = None) -> None:
        self._first = _FIRST + secrets.randbelow(_FIRST) if first is None else first
        self._distinct = distinct
        self._given = 0

    def next(self, style: MessageIdStyle) -> int:
        """Return the next number: counted up, or at random where a UUID is wanted."""
        if style is MessageIdStyle.UUID:
            return uuid.uuid4().int
        number = self._first + self._given
        self._given += 1
        if self._distinct is not None:
            self._given %= self._distinct
        return number


def spell(number: int, style: MessageIdStyle) -> str:
    """Write a number as a message_id."""
    match style:
        case MessageIdStyle.DECIMAL:
            return str(number)
        case MessageIdStyle.DECIMAL_PADDED:
            return f"{number:010d}"
        case MessageIdStyle.HEX:
            return f"{number:x}"
        case MessageIdStyle.HEX_UPPER:
            return f"{number:X}"
        case MessageIdStyle.HEX_PADDED:
            return f"{number:016X}"
        case MessageIdStyle.HEX_OF_TEXT:
            return str(number).encode().hex()
        case MessageIdStyle.DASHED:
            return f"SMS-{number:x}-1"
        case MessageIdStyle.UUID:
            return str(uuid.UUID(int=number))
