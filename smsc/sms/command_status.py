"""What a remote's command_status means: whether to try again, and why, in plain words."""

from enum import StrEnum
from typing import Final, NamedTuple


class Verdict(StrEnum):
    """What to do with a segment after its response."""

    OK = "ok"
    THROTTLED = "throttled"  # back in its place; the bind slows down
    QUEUE_FULL = "queue_full"  # the same
    TEMPORARY = "temporary"  # try again later
    PERMANENT = "permanent"  # never again


class _Fact(NamedTuple):
    name: str
    meaning: str
    verdict: Verdict = Verdict.PERMANENT
    twilio_error: int = 30008


# Source: SMPP 3.4 §5.1.3; SMPP 5.0 §4.7.6 from 0x100 on.
_FACTS: Final[dict[int, _Fact]] = {
    0x00: _Fact("ESME_ROK", "no error", Verdict.OK),
    0x01: _Fact("ESME_RINVMSGLEN", "invalid message length"),
    0x02: _Fact("ESME_RINVCMDLEN", "invalid command length"),
    0x03: _Fact("ESME_RINVCMDID", "invalid command ID"),
    # The session was not bound for sending: nothing is wrong with the message.
    0x04: _Fact("ESME_RINVBNDSTS", "incorrect bind status for the command", Verdict.TEMPORARY),
    0x05: _Fact("ESME_RALYBND", "already bound"),
    0x06: _Fact("ESME_RINVPRTFLG", "invalid priority flag"),
    0x07: _Fact("ESME_RINVREGDLVFLG", "invalid registered delivery flag"),
    0x08: _Fact("ESME_RSYSERR", "system error", Verdict.TEMPORARY),
    0x0A: _Fact("ESME_RINVSRCADR", "invalid source address"),
    0x0B: _Fact("ESME_RINVDSTADR", "invalid destination address", twilio_error=30005),
    0x0C: _Fact("ESME_RINVMSGID", "invalid message ID"),
    0x0D: _Fact("ESME_RBINDFAIL", "bind failed"),
    0x0E: _Fact("ESME_RINVPASWD", "invalid password"),
    0x0F: _Fact("ESME_RINVSYSID", "invalid system ID"),
    0x11: _Fact("ESME_RCANCELFAIL", "cancel failed"),
    0x13: _Fact("ESME_RREPLACEFAIL", "replace failed"),
    0x14: _Fact("ESME_RMSGQFUL", "message queue full", Verdict.QUEUE_FULL, 30001),
    0x15: _Fact("ESME_RINVSERTYP", "invalid service type"),
    0x33: _Fact("ESME_RINVNUMDESTS", "invalid number of destinations"),
    0x34: _Fact("ESME_RINVDLNAME", "invalid distribution list name"),
    0x40: _Fact("ESME_RINVDESTFLAG", "invalid destination flag"),
    0x42: _Fact("ESME_RINVSUBREP", "invalid request to submit with replace"),
    0x43: _Fact("ESME_RINVESMCLASS", "invalid esm_class"),
    0x44: _Fact("ESME_RCNTSUBDL", "cannot submit to a distribution list"),
    # Names no cause; SIM boxes answer so while a SIM has no network.
    0x45: _Fact("ESME_RSUBMITFAIL", "submit failed", Verdict.TEMPORARY),
    0x48: _Fact("ESME_RINVSRCTON", "invalid source type of number"),
    0x49: _Fact("ESME_RINVSRCNPI", "invalid source numbering plan"),
    0x50: _Fact("ESME_RINVDSTTON", "invalid destination type of number", twilio_error=30005),
    0x51: _Fact("ESME_RINVDSTNPI", "invalid destination numbering plan", twilio_error=30005),
    0x53: _Fact("ESME_RINVSYSTYP", "invalid system type"),
    0x54: _Fact("ESME_RINVREPFLAG", "invalid replace_if_present flag"),
    0x55: _Fact("ESME_RINVNUMMSGS", "invalid number of messages"),
    0x58: _Fact("ESME_RTHROTTLED", "too many messages in this time", Verdict.THROTTLED, 30022),
    0x61: _Fact("ESME_RINVSCHED", "invalid scheduled delivery time"),
    0x62: _Fact("ESME_RINVEXPIRY", "invalid validity period", twilio_error=30036),
    0x63: _Fact("ESME_RINVDFTMSGID", "predefined message not found"),
    0x64: _Fact("ESME_RX_T_APPN", "temporary error of the receiver", Verdict.TEMPORARY, 30017),
    0x65: _Fact("ESME_RX_P_APPN", "permanent error of the receiver"),
    0x66: _Fact("ESME_RX_R_APPN", "refused by the receiver", twilio_error=30007),
    0x67: _Fact("ESME_RQUERYFAIL", "query failed"),
    0xC0: _Fact("ESME_RINVOPTPARSTREAM", "error in the optional parameters"),
    0xC1: _Fact("ESME_ROPTPARNOTALLWD", "optional parameter not allowed"),
    0xC2: _Fact("ESME_RINVPARLEN", "invalid parameter length"),
    0xC3: _Fact("ESME_RMISSINGOPTPARAM", "expected optional parameter missing"),
    0xC4: _Fact("ESME_RINVOPTPARAMVAL", "invalid optional parameter value"),
    0xFE: _Fact("ESME_RDELIVERYFAILURE", "delivery failed", twilio_error=30003),
    0xFF: _Fact("ESME_RUNKNOWNERR", "unknown error", Verdict.TEMPORARY),
    0x100: _Fact("ESME_RSERTYPUNAUTH", "not authorised for this service type"),
    0x101: _Fact("ESME_RPROHIBITED", "operation prohibited", twilio_error=30007),
    0x102: _Fact("ESME_RSERTYPUNAVAIL", "service type unavailable", Verdict.TEMPORARY, 30017),
    0x103: _Fact("ESME_RSERTYPDENIED", "service type denied"),
    0x104: _Fact("ESME_RINVDCS", "invalid data coding"),
    0x105: _Fact("ESME_RINVSRCADDRSUBUNIT", "invalid source address subunit"),
    0x106: _Fact("ESME_RINVDSTADDRSUBUNIT", "invalid destination address subunit"),
}

_VENDOR_RANGE: Final = range(0x400, 0x500)  # what each peer means by these, its own manual says


def verdict(command_status: int) -> Verdict:
    """Say what to do after a response; statuses without a name are permanent.

    A message that a peer refuses with a code of its own would be refused again, and tried for
    ever it would hold up the line.
    """
    fact = _FACTS.get(command_status)
    return fact.verdict if fact else Verdict.PERMANENT


def twilio_error(command_status: int) -> int:
    """Return Twilio's error code for a message that failed with this status."""
    fact = _FACTS.get(command_status)
    return fact.twilio_error if fact else 30008


def reason(command_status: int) -> str:
    """Say it in plain words: `ESME_RINVDSTADR (0x0B): invalid destination address`."""
    fact = _FACTS.get(command_status)
    if fact is not None:
        return f"{fact.name} (0x{command_status:02X}): {fact.meaning}"
    kind = "an error of the peer's own" if command_status in _VENDOR_RANGE else "no known error"
    return f"0x{command_status:08X}: {kind}"
