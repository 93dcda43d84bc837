"""What a page or a form asks of who is signed in, before anything else is looked at."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from smsc.provisioning.reach import Reach


class Right(StrEnum):
    """What somebody may do, somewhere in their reach; of which account is asked of each object."""

    READ = "read"  # whoever is signed in
    SEND = "send"  # send and answer, and say where webhooks go
    DEVELOP = "develop"  # keys, tokens, webhooks, and what programs have sent
    KEEP = "keep"  # buy and release numbers, keep services and opt-outs, redact
    READ_CARRIER = "read the carrier"  # connectors, routes, all accounts
    SEND_CARRIER = "send for the carrier"  # as any of its accounts
    OWN_CARRIER = "own the carrier"  # read mails to its people: they have links that let in
    RUN_PLATFORM = "run the platform"  # of all carriers
    DEVELOP_CARRIER = "develop for the carrier"  # what its own programs are told
    RUN_CARRIER = "run the carrier"  # change routes and inventory, pause connectors


_HELD: Final[Mapping[Right, Callable[[Reach], bool]]] = {
    Right.READ: lambda reach: not reach.is_empty,
    Right.SEND: lambda reach: reach.sends,
    Right.DEVELOP: lambda reach: reach.develops,
    Right.KEEP: lambda reach: reach.keeps,
    Right.READ_CARRIER: lambda reach: reach.sees_carrier,
    Right.SEND_CARRIER: lambda reach: reach.sends_for_carrier,
    Right.OWN_CARRIER: lambda reach: reach.owns_carrier,
    Right.RUN_PLATFORM: lambda reach: reach.runs_platform,
    Right.DEVELOP_CARRIER: lambda reach: reach.develops_for_carrier,
    Right.RUN_CARRIER: lambda reach: reach.runs_carrier,
}


def has(reach: Reach, right: Right) -> bool:
    """Say whether a person has a right, by the memberships of theirs that are active."""
    return _HELD[right](reach)
