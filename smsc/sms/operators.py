"""Whose number it was when it was given out: the operator, by the number's first digits.

The table is of ten megabytes and takes half a second to read: only who asks pays for it.
"""

from functools import cache


def operator_of(number: str) -> str:
    """Return the operator's name in English; empty: unknown. Ported numbers keep their first.

    Blocks at its first call.
    """
    table, longest = _table()
    digits = number.removeprefix("+")[:longest]
    for length in range(len(digits), 0, -1):
        names = table.get(digits[:length])
        if names is not None:
            return names.get("en") or next(iter(names.values()), "")
    return ""


@cache
def _table() -> tuple[dict[str, dict[str, str]], int]:
    from phonenumbers.carrierdata import (  # noqa: PLC0415 see above
        CARRIER_DATA,
        CARRIER_LONGEST_PREFIX,
    )

    return CARRIER_DATA, CARRIER_LONGEST_PREFIX
