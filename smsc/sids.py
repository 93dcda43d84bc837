"""SIDs: two letters and the 32 hex digits of a UUIDv7, so that they sort by time."""

import os
import re
import threading
import time
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

SHAPE: Final = re.compile(r"[A-Z]{2}[0-9a-f]{32}")


class Prefix(StrEnum):
    """What a SID names."""

    CARRIER = "CR"
    CARRIER_KEY = "CK"
    ACCOUNT = "AC"
    MESSAGE = "SM"
    PHONE_NUMBER = "PN"
    CONNECTOR = "CN"
    ROUTE = "RT"
    CHANNEL = "CH"
    PROBE = "PB"
    SMPP_CREDENTIAL = "SB"
    API_KEY = "SK"
    ESME_SESSION = "ES"
    APPLICATION = "AP"
    ALERT = "NO"
    TARIFF = "TF"
    KANNEL_USER = "KU"
    VERIFY_SERVICE = "VA"
    VERIFICATION = "VE"
    ATTEMPT = "VL"
    SHORT_CODE = "SC"
    MESSAGING_SERVICE = "MG"
    ALPHA_SENDER = "AI"
    OPT_OUT = "OO"
    PROCESS = "WP"
    MAIL = "ML"
    USER = "US"
    MEMBERSHIP = "MB"
    INVITATION = "IV"
    PASSKEY = "PK"
    IDENTITY_PROVIDER = "IP"
    USER_SESSION = "UN"
    EXPORT = "EX"
    BULK = "BK"
    EVENT = "EZ"
    EVENT_SUBSCRIPTION = "DF"
    ALERT_RULE = "AR"
    INCIDENT = "IN"


_lock = threading.Lock()
_last_millisecond = 0
_counter = 0
_COUNTER_BITS = 18  # 262,144 SIDs a millisecond in one process before the clock is run ahead of


_DRAWN_OCTETS = 2048  # a system call for 256 SIDs
_drawn = b""  # random octets from `_place` on
_place = 0


def _draw() -> int:
    """Return 64 random bits; under the lock. What fits a word costs half of what doesn't."""
    global _drawn, _place  # noqa: PLW0603 as below
    if _place == len(_drawn):
        _drawn, _place = os.urandom(_DRAWN_OCTETS), 0
    _place += 8
    return int.from_bytes(_drawn[_place - 8 : _place])


def _forget_drawn() -> None:
    """Draw anew in a process that was forked: its parent has the same octets."""
    global _drawn, _place
    _drawn, _place = b"", 0


os.register_at_fork(after_in_child=_forget_drawn)


def make(prefix: Prefix) -> str:
    """Make a SID that sorts after every one that this process has made.

    Milliseconds (48 bits), version 7, a counter (18 bits, of which 12 stand before the variant),
    then random bits. The counter starts at a random value below half its range each millisecond.

    Source: RFC 9562 §5.7, §6.2 method 1.
    """
    global _last_millisecond, _counter  # noqa: PLW0603 one sequence a process is the point
    with _lock:
        random = _draw()
        millisecond = time.time_ns() // 1_000_000
        if millisecond > _last_millisecond:
            _last_millisecond = millisecond
            _counter = _draw() >> (64 - _COUNTER_BITS + 1)
        else:
            _counter += 1
            if _counter >> _COUNTER_BITS:
                _last_millisecond += 1
                _counter = 0
        millisecond, counter = _last_millisecond, _counter
    high = counter >> (_COUNTER_BITS - 12)
    low = counter & ((1 << (_COUNTER_BITS - 12)) - 1)
    rest = 1 << 63 | low << 56 | random >> 8
    return prefix + "%012x7%03x%016x" % (millisecond, high, rest)  # noqa: UP031 half an f-string


def is_sid(value: str, prefix: Prefix) -> bool:
    """Say whether `value` has the shape of a SID of that kind."""
    return value.startswith(prefix) and SHAPE.fullmatch(value) is not None


def moment(sid: str) -> datetime:
    """Return when a SID was made, to the millisecond.

    Raises:
        ValueError: it has not the shape of a SID.
    """
    if SHAPE.fullmatch(sid) is None:
        raise ValueError(f"{sid!r} is no SID")
    return datetime.fromtimestamp(int(sid[2:14], 16) / 1000, UTC)


def first_of(prefix: Prefix, moment: datetime) -> str:
    """Return the least SID that can have been made at `moment`: a bound for range queries."""
    millisecond = int(moment.astimezone(UTC).timestamp() * 1000)
    return f"{prefix.value}{max(millisecond, 0):012x}{'0' * 20}"
