"""The keys by which a receipt's id finds the segment whose response gave it, in any dialect.

A remote may answer `submit_sm` with an id in hexadecimal and report it in decimal or the other
way about, padded with zeros or stripped of them, in upper or lower case. One could store a set of
spellings a segment: as it came, lower case, stripped, dec(hex), hex(dec), padded to 8, 10, 16.
One key and three candidates find the same. Let n fold case and strip leading zeros. n takes all
paddings and cases of a spelling to one, so only the base is left to differ; and dec(hex) and
hex(dec) undo each other on what n leaves. So "dec(hex) of the stored id is n of the receipt's" says
the same as "n of the stored id is hex(dec) of the receipt's", and the change of base may be made
on the receipt's side alone, where an index over the one stored key answers it.

Two ids of one remote that differ only in zeros or case have one key. Where a key finds more than
one segment, or one only by a later candidate, recipient and raw id decide; the rest is parked.
"""

import re
from typing import Final

# A message_id has up to 64 octets (SMPP 3.4 §5.2.23); 64 hexadecimal digits are up to 78 decimal
# ones. Whatever is longer is no number to us, nor does Python turn thousands of digits into one.
_DECIMAL: Final = re.compile(r"[0-9]{1,78}")
_HEXADECIMAL: Final = re.compile(r"[0-9a-f]{1,78}")


def stored_key(message_id: str) -> str:
    """Return the key under which a segment is stored when its response comes.

    Case folded, leading zeros gone; a zero stays "0". "" when there is no id to speak of.
    """
    folded = message_id.strip(" \t\r\n\0").casefold()
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
