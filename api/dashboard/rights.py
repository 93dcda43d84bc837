"""What a page or a form asks of who is signed in, before anything else is looked at."""

from enum import StrEnum

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
    RUN_CARRIER = "run the carrier"  # change routes and inventory, pause connectors


def has(reach: Reach, right: Right) -> bool:
    """Say whether a person has a right, by the memberships of theirs that are active."""
    match right:
        case Right.READ:
            return not reach.is_empty
        case Right.SEND:
            return reach.sends
        case Right.DEVELOP:
            return reach.develops
        case Right.KEEP:
            return reach.keeps
        case Right.READ_CARRIER:
            return reach.sees_carrier
        case Right.SEND_CARRIER:
            return reach.sends_for_carrier
        case Right.OWN_CARRIER:
            return reach.owns_carrier
        case Right.RUN_PLATFORM:
            return reach.runs_platform
        case Right.RUN_CARRIER:
            return reach.runs_carrier
