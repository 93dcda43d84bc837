"""Makes a message of a draft: source, route, text, price; nothing is stored."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from smsc import sids
from smsc.billing.ledger import Charge
from smsc.billing.prices import Price, category
from smsc.errors import BodyTooLong, NoRoute
from smsc.errors.guard import AccountQuarantined, RecipientUnverified
from smsc.errors.messages import RegionNotEnabled
from smsc.messaging.accept.draft_rules import check_send_at, read_draft
from smsc.messaging.accept.drafts import Accepted, Beside, Draft
from smsc.messaging.accept.senders import ServiceFacts
from smsc.messaging.accept.sources import Sources, validity_of
from smsc.messaging.directory import Directory
from smsc.messaging.guard.evidence import looks_at
from smsc.messaging.guard.protection import Cap
from smsc.messaging.guard.pumping import Pumping
from smsc.models import Lane, TariffDirection
from smsc.routing.table import Way
from smsc.sms import segments, smart_encoding
from smsc.sms.number_facts import iso_country_of
from smsc.sms.recoding import plan_passed
from smsc.sms.status import MessageStatus
from smsc.sms.text_style import DEFAULT as DEFAULT_STYLE


class Drafting:
    """Checks drafts for one process."""

    def __init__(self, directory: Directory, pumping: Pumping | None = None) -> None:
        self._directory = directory
        self._sources = Sources(directory)
        self._pumping = pumping  # None: nothing is made but our own answers, which nobody suspects

    async def foresee(self, drafts: Sequence[Draft]) -> None:
        """Read at once what `check` will ask of each of these drafts of one source."""
        await self._sources.foresee(drafts)

    async def check(self, draft: Draft) -> tuple[Accepted, Way]:
        """Return the message that a draft makes, and the way it goes; nothing is stored yet.

        Raises:
            GatewayError: Twilio's refusal, in Twilio's order of checks.
        """
        _require_free(draft)
        now = datetime.now(UTC)
        to, from_, body = read_draft(draft)
        if draft.account.protection.is_trial:
            body = _on_trial(draft, to, body)
        check_send_at(draft, now)
        source = await self._sources.find(draft, from_, to)
        service = source.service
        callback = await self._sources.callback(draft, service)
        if from_[:1] != "+":  # else it is none: most are not
            await self._sources.require_shown(draft.account.carrier_sid, from_, iso_country_of(to))
        closed = draft.account.closed_countries
        if closed and iso_country_of(to) in closed:
            raise RegionNotEnabled(to)
        way = (await self._directory.routes(draft.account.carrier_sid)).find(to)
        if way is None:
            raise NoRoute(to)
        style = way.style.flashing() if draft.flash else way.style
        if is_smart_encoded(draft, service):
            body = smart_encoding.simplify(body, segments.MAX_BODY_CHARACTERS)
        if draft.user_data is None:
            plan = segments.plan(body, style)
        else:
            plan = plan_passed(draft.user_data, draft.data_coding or 0, has_udh=draft.has_udh)
        makes_sticky = False
        if service is not None and not from_ and draft.send_at is None:
            choice = await self._sources.choose(draft.account.carrier_sid, service, to, plan.count)
            from_, makes_sticky = choice.address, choice.is_new
        if self._pumping is not None and looks_at(
            draft.account.protection.pumping_guard, is_code=draft.lane is Lane.OTP
        ):
            await self._pumping.admit(draft, to)
        validity = validity_of(draft, service)
        sid = draft.sid or sids.make(sids.Prefix.MESSAGE)
        caps = () if draft.is_automatic else draft.account.protection.caps
        charge, spend = await self._cost(draft, sid, from_, to, plan.count, is_capped=bool(caps))
        message = Accepted(
            sid=sid,
            account_sid=draft.account.sid,
            carrier_sid=draft.account.carrier_sid,
            direction=draft.direction,
            status=MessageStatus.QUEUED if draft.send_at is None else MessageStatus.SCHEDULED,
            to=to,
            from_=from_,
            body=body,
            data_coding=int(plan.data_coding),
            num_segments=plan.count,
            num_submits=plan.submits,
            text_style=None if style is DEFAULT_STYLE else style.words(),
            lane=draft.lane,
            connector_sid=way.connector_sid,
            smpp_credential_sid=draft.smpp_credential_sid,
            registered_delivery=draft.registered_delivery,
            status_callback=callback,
            user_data=draft.user_data,
            has_udh=draft.has_udh,
            created_at=now,
            submitted_as=draft.submitted_as,
            messaging_service_sid=draft.messaging_service_sid,
            validity_seconds=None if validity is None else int(validity.total_seconds()),
            action=draft.action,
            beside=_beside(draft, now, to, validity, charge, caps, spend, makes_sticky),
        )
        return message, way

    async def _cost(
        self, draft: Draft, sid: str, from_: str, to: str, segments: int, *, is_capped: bool
    ) -> tuple[Charge | None, Decimal]:
        """Return what a message is charged now, and what of its account's caps it takes.

        A scheduled one is charged when it is queued, our own answer to a STOP never.
        """
        is_charged = draft.send_at is None and not draft.is_automatic
        if not is_charged and not is_capped:
            return None, Decimal(0)
        prices = await self._directory.prices(draft.account.carrier_sid)
        price = prices.of(TariffDirection.OUTBOUND, to, segments)
        if price is None:
            return None, Decimal(0)
        return _charge(draft, sid, from_, price) if is_charged else None, price.amount


def _require_free(draft: Draft) -> None:
    quarantine = draft.account.protection.quarantine
    if quarantine is not None and not draft.is_automatic:
        raise AccountQuarantined(draft.account.sid, quarantine)


def _on_trial(draft: Draft, to: str, body: str) -> str:
    """Return the text as an account on trial sends it.

    Raises:
        RecipientUnverified: it may write to numbers of its own alone, and `to` is none.
        BodyTooLong: there is no room for what stands before it.
    """
    protection = draft.account.protection
    if draft.is_automatic:  # our answer to a STOP
        return body
    if protection.only_recipients is not None and to not in protection.only_recipients:
        raise RecipientUnverified(to)
    if protection.text_prefix is None or draft.user_data is not None:
        return body
    if len(protection.text_prefix) + 1 + len(body) > segments.MAX_BODY_CHARACTERS:
        raise BodyTooLong
    return f"{protection.text_prefix} {body}"


def is_smart_encoded(draft: Draft, service: ServiceFacts | None) -> bool:
    """Say whether look-alikes are replaced: as the draft says, else the service."""
    if draft.smart_encoded is not None or service is None:
        return bool(draft.smart_encoded)
    return service.smart_encoding


def _beside(
    draft: Draft,
    now: datetime,
    to: str,
    validity: timedelta | None,
    charge: Charge | None,
    caps: tuple[Cap, ...],
    spend: Decimal,
    makes_sticky: bool,  # noqa: FBT001 one of many that the caller has just decided
) -> Beside | None:
    has_none = validity is None and charge is None and draft.idempotency_key is None
    if has_none and draft.send_at is None and not makes_sticky and not caps:
        return None
    return Beside(
        charge=charge,
        expires_at=None if validity is None or draft.send_at is not None else now + validity,
        send_at=draft.send_at,
        iso_country=None if draft.send_at is None else iso_country_of(to),
        makes_sticky=makes_sticky,
        idempotency_key=draft.idempotency_key,
        caps=caps,
        spend=spend,
    )


def _charge(draft: Draft, sid: str, from_: str, price: Price) -> Charge:
    return Charge(
        message_sid=sid,
        account_sid=draft.account.sid,
        payer_sid=draft.account.payer_sid,
        carrier_sid=draft.account.carrier_sid,
        category=category(draft.direction, from_),
        price=price,
    )
