"""Checks the lines of a bulk that differ by recipient and text alone: once what is theirs together.

What is not so plain is for the common check, which alone refuses.
"""

from datetime import UTC, datetime, timedelta

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


class PlainLines:
    """Makes messages of lines whose source asks for no look at the recipient but the route."""

    def __init__(self, alike: Draft, from_: str, routes: RouteTable) -> None:
        """`alike` is what all have in common; `from_` its sender, normalised."""
        self._alike = alike
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
        alike = self._alike
        return Accepted(
            sid=sids.make(sids.Prefix.MESSAGE),
            account_sid=alike.account.sid,
            carrier_sid=alike.account.carrier_sid,
            direction=alike.direction,
            status=MessageStatus.QUEUED,
            to=number,
            from_=self._from,
            body=body,
            data_coding=int(plan.data_coding),
            num_segments=plan.count,
            num_submits=plan.submits,
            text_style=None if way.style is DEFAULT_STYLE else way.style.words(),
            lane=alike.lane,
            connector_sid=way.connector_sid,
            smpp_credential_sid=None,
            registered_delivery=0,
            status_callback=None,
            user_data=None,
            has_udh=False,
            created_at=self._now,
            validity_seconds=self._validity,
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
