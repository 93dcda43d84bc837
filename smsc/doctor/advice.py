"""What a fault most likely means, in words for whoever runs the link."""

import errno
import socket
from typing import Final

from smsc.smpp.pdu import CommandStatus, status_name

_BY_STATUS: Final = {
    CommandStatus.ESME_RINVPASWD: (
        "the password is wrong, or the system_id: not every remote tells which; "
        "SMPP passwords have at most 8 characters, and case counts"
    ),
    CommandStatus.ESME_RINVSYSID: "no such system_id at the remote",
    CommandStatus.ESME_RBINDFAIL: (
        "the remote refuses the bind: a wrong system_type, an address that it does not know "
        "(ask for your IP to be allowed), or too many binds"
    ),
    CommandStatus.ESME_RALYBND: (
        "already bound: another client, maybe our own gateway, holds the only session"
    ),
    CommandStatus.ESME_RINVBNDSTS: "the remote does not offer this type of bind",
    CommandStatus.ESME_RINVCMDID: "the remote does not know this type of bind",
    CommandStatus.ESME_RINVSYSTYP: "the remote wants another system_type",
    CommandStatus.ESME_RSYSERR: "the remote has a fault of its own: try again, then ask its people",
    CommandStatus.ESME_RTHROTTLED: "too fast for the remote: lower the connector's throughput",
    CommandStatus.ESME_RMSGQFUL: "the remote's queue is full: wait, or ask its people",
    CommandStatus.ESME_RINVSRCADR: (
        "the remote does not let you send from this number: ask which senders are allowed"
    ),
    CommandStatus.ESME_RINVDSTADR: (
        "the remote does not take this destination: see whether it wants another form of number"
    ),
    CommandStatus.ESME_RSUBMITFAIL: "the remote could not send it, and does not say why",
}

_BY_ERRNO: Final = {
    errno.ECONNREFUSED: (
        "nothing listens there: a wrong port, the device is off or SMPP is switched off in it"
    ),
    errno.ETIMEDOUT: "nothing answers: a firewall, a wrong address, or the device is off",
    errno.EHOSTUNREACH: "no way to this host: is the VPN up?",
    errno.ENETUNREACH: "no way to this network: is the VPN up?",
}


def for_status(command_status: int) -> str:
    """Say what a command_status means to a client."""
    name = status_name(command_status)
    words = _BY_STATUS.get(CommandStatus(command_status)) if name in _NAMES else None
    return f"{name}: {words}" if words else f"{name}: see the remote's list of error codes"


def for_fault(fault: OSError | UnicodeError) -> str:
    """Say what a failure of the network, or of a host name, means."""
    if isinstance(fault, socket.gaierror | UnicodeError):
        return "no such host name: a typing error, or this machine's DNS does not work"
    if isinstance(fault, TimeoutError):
        return _BY_ERRNO[errno.ETIMEDOUT]
    return _BY_ERRNO.get(fault.errno or 0) or fault.strerror or str(fault)


_NAMES: Final = frozenset(CommandStatus.__members__)
