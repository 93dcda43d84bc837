"""Checks the lines of a bulk that differ by recipient and text alone: once what is theirs together.

What is not so plain is for the common check, which alone refuses.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from smsc import sids
from smsc.db import storable
from smsc.errors import GatewayError, InvalidDestination
from smsc.messaging.accept.drafts import LONGEST_VALIDITY, Accepted, Draft
from smsc.messaging.directory import Directory
from smsc.messaging.guard.evidence import looks_at
from smsc.models import Lane, TariffDirection
from smsc.routing.table import RouteTable
from smsc.sms import address_rules, segments
from smsc.sms.address import parse_destination
from smsc.sms.status import MessageStatus
from smsc.sms.text_style import DEFAULT as DEFAULT_STYLE

_MESSAGE: Final = sids.Prefix.MESSAGE  # a member of an enum costs a look-up in its class
_QUEUED: Final = MessageStatus.QUEUED


class PlainLines:
    """Makes messages of lines whose source asks for no look at the recipient but the route."""

    def __init__(self, alike: Draft, from_: str, routes: RouteTable) -> None:
        """`alike` is what all have in common; `from_` its sender, normalised."""
        self._account_sid = alike.account.sid
        self._carrier_sid = alike.account.carrier_sid
        self._direction = alike.direction
        self._lane = alike.lane
        self._from = from_
        self._routes = routes
        self._validity = None if alike.validity is None else int(alike.validity.total_seconds())
        self._now = datetime.now(UTC)

    def check(self, to: str, body: str) -> Accepted | None:
        """Return the message that a line makes; None: it is for the common check."""
        body = storable(body)
        if not body or len(body) > segments.MAX_BODY_CHARACTERS:
            return None
        try:
            number = parse_destination(to).value
        except InvalidDestination:
            return None
        way = self._routes.find(number)
        if way is None or number == self._from:
            return None
        plan = segments.plan(body, way.style)
        style = None if way.style is DEFAULT_STYLE else way.style.words()
        return Accepted(  # in the order of its fields: so many names cost more than all the rest
            sids.make(_MESSAGE),
            self._account_sid,
            self._carrier_sid,
            self._direction,
            _QUEUED,
            number,
            self._from,
            body,
            int(plan.data_coding),
            plan.count,
            self._lane,
            way.connector_sid,
            None,  # no ESME's,
            0,  # who asked for no receipt
            None,  # nor is a StatusCallback told
            None,
            False,  # noqa: FBT003 no octets of its own, with a header or without
            self._now,
            plan.submits,
            style,
            None,
            None,
            self._validity,
        )


async def plain_lines(directory: Directory, alike: Draft) -> PlainLines | None:
    """Return the check of lines that have this in common; None: each needs the common one.

    So does what comes from a service or a name, of an account that is limited, watched or charged,
    or from whom somebody has opted out.
    """
    account = alike.account
    protection = account.protection
    if (
        alike.messaging_service_sid is not None
        or not alike.from_
        or alike.smart_encoded
        or protection.quarantine is not None
        or protection.is_trial
        or protection.caps
        or account.closed_countries
        or looks_at(protection.pumping_guard, is_code=alike.lane is Lane.OTP)
        or not (alike.validity is None or timedelta() < alike.validity <= LONGEST_VALIDITY)
    ):
        return None
    try:
        from_ = address_rules.sender(alike.from_).value
    except GatewayError:
        return None
    sender = await directory.sender(account.sid, from_)
    if sender is None or sender.has_opt_outs or from_[:1] != "+":
        return None
    if (await directory.prices(account.carrier_sid)).rates(TariffDirection.OUTBOUND):
        return None
    return PlainLines(alike, from_, await directory.routes(account.carrier_sid))
