"""What a peer can do wrong on a connection, to be counted by kind."""

from enum import StrEnum


class Misdeed(StrEnum):
    """One kind of it; the value is a metric's label."""

    NOT_A_PDU = "not_a_pdu"  # HTTP, TLS on the wrong port, a length that nobody could mean
    MALFORMED_PDU = "malformed_pdu"  # its body contradicts itself
    UNKNOWN_COMMAND = "unknown_command"
    TOO_MUCH_BEFORE_BIND = "too_much_before_bind"
    NO_BIND_IN_TIME = "no_bind_in_time"
    NOT_BOUND_FOR_IT = "not_bound_for_it"  # a message before the bind, or from a receiver
    UNMATCHED_RESPONSE = "unmatched_response"
    FLOOD = "enquire_link_flood"
    SLOW_READER = "slow_reader"  # it does not read what we write
    SILENT = "silent"  # it does not answer enquire_link
