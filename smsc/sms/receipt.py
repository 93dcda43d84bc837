"""Reads delivery receipts of every dialect, never failing, and writes them in the usual one."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple

from smsc.sms.correlation import candidate_keys
from smsc.sms.status import MessageState

_MESSAGE_TYPE_MASK: Final = 0x3C
# Delivery receipt, delivery acknowledgement, intermediate notification. 0x10 is the recipient's
# own acknowledgement: a message, not a report.
_RECEIPT_TYPES: Final = frozenset({0x04, 0x08, 0x20})

_LABEL: Final = re.compile(
    r"(?<!\w)(id|sub|dlvrd|submit(?:[ _]?date)?|done(?:[ _]?date)?|stat|err|text)[ \t]*:",
    re.IGNORECASE | re.ASCII,
)
# The usual receipt between its id and its text, which is what many have in common: it is read once
# for all of them. No value holds a colon, so none hides a label.
_USUAL: Final = re.compile(
    r"(?:sub:[^\s:]+ dlvrd:[^\s:]+ )?"
    r"submit date:([^\s:]+) done date:([^\s:]+) stat:([^\s:]+) err:([^\s:]+)"
)
_LONGEST_USUAL: Final = 120  # characters: nobody fills our memory with what is remembered
_ID: Final = re.compile(r"[^\s:]+")

_STATES: Final = {
    "SCHEDULED": MessageState.SCHEDULED,
    "ENROUTE": MessageState.ENROUTE,
    "BUFFRED": MessageState.ENROUTE,
    "BUFFERED": MessageState.ENROUTE,
    "DELIVRD": MessageState.DELIVERED,
    "DELIVERD": MessageState.DELIVERED,
    "DELIVERED": MessageState.DELIVERED,
    "EXPIRED": MessageState.EXPIRED,
    "DELETED": MessageState.DELETED,
    "UNDELIV": MessageState.UNDELIVERABLE,
    "UNDELIVERED": MessageState.UNDELIVERABLE,
    "UNDELIVERABLE": MessageState.UNDELIVERABLE,
    "FAILED": MessageState.UNDELIVERABLE,
    "ACCEPTD": MessageState.ACCEPTED,
    "ACCEPTED": MessageState.ACCEPTED,
    "ACKED": MessageState.ACCEPTED,
    "UNKNOWN": MessageState.UNKNOWN,
    "REJECTD": MessageState.REJECTED,
    "REJECTED": MessageState.REJECTED,
    "DND_REJECTED": MessageState.REJECTED,
    "SKIPPED": MessageState.SKIPPED,
}
_DATES: Final = frozenset({"submit", "done"})
_STATE_VALUES: Final = {state.value: state for state in MessageState if state >= 0}

_WORDS: Final = {
    MessageState.UNRECOGNISED: "UNKNOWN",
    MessageState.SCHEDULED: "SCHEDULED",
    MessageState.ENROUTE: "ENROUTE",
    MessageState.DELIVERED: "DELIVRD",
    MessageState.EXPIRED: "EXPIRED",
    MessageState.DELETED: "DELETED",
    MessageState.UNDELIVERABLE: "UNDELIV",
    MessageState.ACCEPTED: "ACCEPTD",
    MessageState.UNKNOWN: "UNKNOWN",
    MessageState.REJECTED: "REJECTD",
    MessageState.SKIPPED: "SKIPPED",
}


class Receipt(NamedTuple):
    """What a receipt says; None where it says nothing."""

    message_id: str | None  # the TLV's, else the text's; as it came
    text_message_id: str | None  # the text's, also when the TLV won
    state: MessageState
    raw_state: str  # the text's word, and the TLV's number if it says otherwise; "" without either
    error_code: str | None  # `err`, else network_error_code's; as it came, it may be hex
    submit_date: str | None  # as it came
    done_date: str | None  # as it came
    done_at: datetime | None  # `done_date` read as UTC: receipts name no zone
    text: str

    def candidate_keys(self) -> tuple[str, ...]:
        """Return the stored keys of the segment it can be of, most likely first."""
        ids = (self.message_id, self.text_message_id)
        keys = (key for message_id in ids if message_id for key in candidate_keys(message_id))
        return tuple(dict.fromkeys(keys))


def is_receipt(
    esm_class: int,
    *,
    has_receipted_message_id: bool,
    has_message_state: bool,
    unmarked_body: bytes | None = None,
) -> bool:
    """Say whether a `deliver_sm` or `data_sm` reports a segment's state.

    `unmarked_body` is given only for a connector known to send receipts without any mark. Then a
    body is one that begins with a field of a receipt, has an id, and a state that we know or both
    dates. Whatever a handset's text quotes further on, it stays a text.

    Source: SMPP 3.4 §5.2.12, §5.3.2.12, §5.3.2.35.
    """
    if has_receipted_message_id or has_message_state:
        return True
    if esm_class & _MESSAGE_TYPE_MASK in _RECEIPT_TYPES:
        return True
    if unmarked_body is None:
        return False
    first = _LABEL.match(unmarked_body.lstrip(b"\0 \t\r\n").decode("latin-1"))
    if first is None or first[1].lower() == "text":
        return False
    fields = _read_fields(unmarked_body)
    has_state = fields.get("stat", "").upper() in _STATES
    return "id" in fields and (has_state or ("stat" in fields and fields.keys() >= _DATES))


def parse(
    body: bytes,
    *,
    receipted_message_id: bytes | None = None,
    message_state: int | None = None,
    network_error_code: bytes | None = None,
) -> Receipt:
    """Read a receipt from its body (short_message or message_payload) and TLVs; never raises.

    The body is read as octets whatever its data_coding says; labels come in any order and case. A
    TLV wins over the text. A state that no table knows is UNRECOGNISED, which is not a failure.

    Source: SMPP 3.4 Appendix B, §5.3.2.12, §5.3.2.31, §5.3.2.35.
    """
    found = _read_usual(body)
    if found is not None:
        its_id, usual, its_text = found
        submit, done, stat, err, state, done_at = usual
        if message_state is None or _STATE_VALUES.get(message_state, state) is state:
            message_id = _read_c_octets(receipted_message_id) or its_id
            return Receipt(message_id, its_id, state, stat, err, submit, done, done_at, its_text)
    fields = _read_fields(body)
    text_message_id = fields.get("id")
    word = fields.get("stat", "")
    state = _STATES.get(word.upper(), MessageState.UNRECOGNISED)
    if message_state is not None:
        told = _STATE_VALUES.get(message_state, state)
        if not word:
            word = str(message_state)
        elif told is not state:
            word = f"{word} message_state:{message_state}"
        state = told
    error_code = fields.get("err")
    if error_code is None and network_error_code:
        error_code = _read_network_error_code(network_error_code)
    done_date = fields.get("done")
    return Receipt(
        message_id=_read_c_octets(receipted_message_id) or text_message_id,
        text_message_id=text_message_id,
        state=state,
        raw_state=word,
        error_code=error_code,
        submit_date=fields.get("submit"),
        done_date=done_date,
        done_at=parse_date(done_date) if done_date else None,
        text=fields.get("text", ""),
    )


@lru_cache(maxsize=1024)  # many receipts tell the same minute
def parse_date(digits: str) -> datetime | None:
    """Read 10 digits (yyMMddHHmm), 12 (yyMMddHHmmss or yyyyMMddHHmm) or 14 (yyyyMMddHHmmss).

    Twelve digits that begin with 20 are a full year when the month would else be above 12. None
    for anything else, and for the zeros and the year 1970 that stand for "no date".
    """
    if not (digits.isascii() and digits.isdecimal()):
        return None
    is_full_year = len(digits) == 14 or (
        len(digits) == 12 and digits.startswith("20") and int(digits[2:4]) >= 13
    )
    if is_full_year:
        year, rest = int(digits[:4]), digits[4:]
    elif len(digits) in {10, 12}:
        year, rest = 2000 + int(digits[:2]), digits[2:]
    else:
        return None
    if not 2000 <= year < 2070:
        return None
    month, day, hour, minute, *second = (int(rest[at : at + 2]) for at in range(0, len(rest), 2))
    try:
        return datetime(year, month, day, hour, minute, second[0] if second else 0, tzinfo=UTC)
    except ValueError:
        return None


def state_word(state: MessageState) -> str:
    """Return what stands for a state after `stat:`.

    Source: SMPP 3.4 Appendix B.
    """
    return _WORDS[state]


def format_receipt(
    message_id: str,
    state: MessageState,
    *,
    submit_at: datetime,
    done_at: datetime,
    error_code: str | None = None,
    text: str = "",
    sub: int = 1,
    dlvrd: int | None = None,
) -> bytes:
    """Write a receipt's body: every field, in the order and the widths that strict readers want.

    `dlvrd` is 1 for DELIVERED and else 0 when not given. Dates are yyMMddHHmm, in the zone that
    they come in. Of `text` the first 20 characters go in, ASCII only.

    Source: SMPP 3.4 Appendix B.
    """
    if dlvrd is None:
        dlvrd = int(state is MessageState.DELIVERED)
    return (
        f"id:{message_id} sub:{sub:03d} dlvrd:{dlvrd:03d}"
        f" submit date:{submit_at:%y%m%d%H%M} done date:{done_at:%y%m%d%H%M}"
        f" stat:{_WORDS[state]} err:{error_code or '000':0>3} text:{text[:20]}"
    ).encode("ascii", "replace")


class _Usual(NamedTuple):
    """What stands in a usual receipt between its id and its text, all of it there."""

    submit: str
    done: str
    stat: str
    err: str
    state: MessageState
    done_at: datetime | None


@lru_cache(maxsize=1024)
def _read_middle(middle: str) -> _Usual | None:
    found = _USUAL.fullmatch(middle)
    if found is None:
        return None
    submit, done, stat, err = found.groups()
    state = _STATES.get(stat.upper(), MessageState.UNRECOGNISED)
    return _Usual(submit, done, stat, err, state, parse_date(done))


def _read_usual(octets: bytes) -> tuple[str, _Usual, str] | None:
    """Read id, middle and text of a usual receipt, at a fifth of the walk's cost."""
    body = octets.replace(b"\0", b" ").decode("latin-1")
    head, label, text = body.partition(" text:")
    if not label:
        head, _, text = body.partition(" Text:")
    first, _, middle = head.partition(" ")
    message_id = first[3:]
    if first[:3] != "id:" or len(middle) > _LONGEST_USUAL:
        return None
    if not (message_id.isalnum() or _ID.fullmatch(message_id)):
        return None
    usual = _read_middle(middle)
    return None if usual is None else (message_id, usual, text.strip())


def _read_fields(octets: bytes) -> dict[str, str]:
    """Read the fields that count, by short name (`done` for the done date); none is empty."""
    found = _read_usual(octets)
    if found is None:
        return _walk_fields(octets.replace(b"\0", b" ").decode("latin-1"))
    message_id, usual, text = found
    fields = {"id": message_id, "submit": usual.submit, "done": usual.done}
    fields |= {"stat": usual.stat, "err": usual.err}
    return fields | {"text": text} if text else fields


def _walk_fields(body: str) -> dict[str, str]:
    """Find the labels wherever they stand.

    The text of a message can hold fields that its sender forged. Once a state is known `text:`
    takes the whole rest; what stood before it is the remote's. When the text comes before the
    state, what follows it counts in its last occurrence: behind the text nothing can be forged.
    """
    labels = list(_LABEL.finditer(body))
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    fields = before
    text = ""
    for index, label in enumerate(labels):
        name = label[1].lower()
        following = labels[index + 1].start() if index + 1 < len(labels) else len(body)
        if name == "text":
            if "stat" in before:
                text = body[label.end() :]
                break
            if fields is before:
                text = body[label.end() : following]
                fields = after
            continue
        value = body[label.end() : following].split(None, 1)[:1]
        if not value:
            continue
        name = name.partition("_")[0].partition(" ")[0].removesuffix("date")
        if fields is after or name not in fields:
            fields[name] = value[0]
    found = after | before
    if text := text.strip():
        found["text"] = text
    return found


def _read_c_octets(octets: bytes | None) -> str:
    return (octets or b"").partition(b"\0")[0].decode("latin-1").strip()


def _read_network_error_code(octets: bytes) -> str:
    """Read a network type and a two-octet code, or the three ASCII digits that some send."""
    if len(octets) != 3:
        return octets.hex()
    return octets.decode() if octets.isdigit() else str(int.from_bytes(octets[1:]))
