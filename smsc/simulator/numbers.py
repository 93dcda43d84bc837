"""Handsets' numbers: `+85512345678` and `85512345678` are the same one."""

from typing import Final

from smsc.sms.address import Npi, SmppAddress, Ton

_LONGEST_SHORT_CODE: Final = 8
_LONGEST_ADDR: Final = 20  # SMPP 3.4 §4.4.1


def key(number: str) -> str:
    """Return what the spellings of a number have in common."""
    return number.strip().removeprefix("+")


def display(number: str) -> str:
    """Return a number as people write it: with `+` where it is too long for a short code."""
    bare = key(number)
    is_international = bare.isascii() and bare.isdecimal() and len(bare) > _LONGEST_SHORT_CODE
    return f"+{bare}" if is_international else bare


def smpp_address(number: str) -> SmppAddress:
    """Return a number, short code or name as a PDU carries it."""
    bare = key(number)[:_LONGEST_ADDR]
    if not (bare.isascii() and bare.isdecimal()):
        return SmppAddress(bare, Ton.ALPHANUMERIC, Npi.UNKNOWN)
    ton = Ton.INTERNATIONAL if len(bare) > _LONGEST_SHORT_CODE else Ton.UNKNOWN
    return SmppAddress(bare, ton, Npi.ISDN)
