"""The cookies of one conversation, as a flat map of names to values."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}")
_VALUE: Final = re.compile(r"[\x20-\x3a\x3c-\x7e]{0,4096}")
_MAX_AGE: Final = re.compile(r"max-age\s*=\s*(-?)0*(\d*)", re.IGNORECASE)
_LIMIT: Final = 50  # as many as RFC 6265 §6.1 asks of a client for one host


def merged(cookies: Mapping[str, str], set_cookies: Iterable[str]) -> Mapping[str, str]:
    """Return `cookies` after an answer's Set-Cookie values.

    `Max-Age` of nothing or less takes a cookie away. Other attributes don't matter here: cookies
    go back only to the origin that set them, and their holder forgets them after hours. Malformed
    ones are dropped, so that they can't forge a header.
    """
    result: dict[str, str] | None = None
    for text in set_cookies:
        pair, _, attributes = text.partition(";")
        name, equals, value = (part.strip(" \t") for part in pair.partition("="))
        if not equals or not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            continue
        if result is None:
            result = dict(cookies)
        age = _MAX_AGE.search(attributes)
        if age is not None and (age[1] or not age[2]):
            result.pop(name, None)
        elif name in result or len(result) < _LIMIT:
            result[name] = value
    return cookies if result is None else result


def header(cookies: Mapping[str, str]) -> str:
    """Return the value of the Cookie header."""
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
