"""The keys by which a receipt's id finds the segment whose response gave it, in any dialect.

A remote may answer `submit_sm` with an id in hexadecimal and report it in decimal or the other
way about, padded with zeros or stripped of them, in upper or lower case. One could store a set of
spellings a segment: as it came, lower case, stripped, dec(hex), hex(dec), padded to 8, 10, 16.
One key and three candidates find the same. Let n fold case and strip leading zeros. n takes all
paddings and cases of a spelling to one, so only the base is left to differ; and dec(hex) and
hex(dec) undo each other on what n leaves. So "dec(hex) of the stored id is n of the receipt's" says
the same as "n of the stored id is hex(dec) of the receipt's", and the change of base may be made
on the receipt's side alone, where an index over the one stored key answers it. The same holds for
an id that one side writes as the hexadecimal digits of its characters; this is so rare that it is
looked for only when nothing else is found.

Two ids of one remote that differ only in zeros or case have one key. Where a key finds more than
one segment, or several keys find one each, recipient and raw id decide; the rest is parked.
"""

import re
from enum import StrEnum
from typing import Final

# A message_id has up to 64 octets (SMPP 3.4 §5.2.23); 64 hexadecimal digits are up to 78 decimal
# ones. Whatever is longer is no number to us, nor does Python turn thousands of digits into one.
_DECIMAL: Final = re.compile(r"[0-9]{1,78}")
_HEXADECIMAL: Final = re.compile(r"[0-9a-f]{1,78}")
# A UUID, which some write without its dashes. No other id loses them: 1-11 is not 11-1.
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_UUID_CHARACTERS: Final = 36
_LONGEST_CHARACTERS: Final = 64  # of an id whose characters we write in hexadecimal
_OCTETS: Final = re.compile(r"(?:[2-7][0-9a-f]){2,64}(?:00)?")  # ASCII, and perhaps its NUL


class Spelling(StrEnum):
    """How a receipt writes the id that the response gave."""

    SAME = "same"
    FOLDED = "folded"  # but for case, leading zeros, the dashes of a UUID
    HEXADECIMAL = "hexadecimal"  # the response in hexadecimal, the receipt in decimal
    DECIMAL = "decimal"  # the response in decimal, the receipt in hexadecimal
    ASCII = "ascii"  # one is the hexadecimal of the other's characters


def stored_key(message_id: str) -> str:
    """Return the key under which a segment is stored when its response comes.

    Case folded, leading zeros gone, a UUID without dashes; a zero stays "0". "" when there is no
    id to speak of.
    """
    folded = message_id.strip(" \t\r\n\0").casefold()
    if len(folded) == _UUID_CHARACTERS and _UUID.fullmatch(folded):
        folded = folded.replace("-", "")
    return folded.lstrip("0") or folded[:1]


def candidate_keys(message_id: str) -> tuple[str, ...]:
    """Return the stored keys that a receipt's id can mean, most likely first.

    They are the id as it is, its decimal digits written in hexadecimal, and its hexadecimal digits
    written in decimal.
    """
    key = stored_key(message_id)
    if not key:
        return ()
    keys = [key]
    if _DECIMAL.fullmatch(key):
        keys.append(f"{int(key):x}")
    if _HEXADECIMAL.fullmatch(key):
        keys.append(str(int(key, 16)))
    return tuple(dict.fromkeys(keys))


def rare_keys(message_id: str) -> tuple[str, ...]:
    """Return the stored keys for which an id is looked up once `candidate_keys` found nothing.

    They are the characters whose hexadecimal it is, and the hexadecimal of its characters.
    """
    written = message_id.strip(" \t\r\n\0")
    keys = []
    folded = written.casefold()
    if _OCTETS.fullmatch(folded):
        keys.append(stored_key(bytes.fromhex(folded).decode("ascii")))
    if written.isascii() and 0 < len(written) <= _LONGEST_CHARACTERS:
        keys.append(written.encode().hex())
    return tuple(key for key in keys if key)


def spelling(response_id: str, receipt_id: str) -> Spelling:
    """Say how a receipt that was matched wrote the id of its segment's response."""
    if response_id == receipt_id:
        return Spelling.SAME
    stored, key = stored_key(response_id), stored_key(receipt_id)
    if stored == key:
        return Spelling.FOLDED
    if _DECIMAL.fullmatch(key) and f"{int(key):x}" == stored:
        return Spelling.HEXADECIMAL
    if _HEXADECIMAL.fullmatch(key) and str(int(key, 16)) == stored:
        return Spelling.DECIMAL
    return Spelling.ASCII
