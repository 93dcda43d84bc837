"""What bound ESMEs ask for: accepts a read's worth in one batch, and makes the answers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Final

import structlog

from smsc.db import UNAVAILABLE
from smsc.errors import (
    BodyRequired,
    BodyTooLong,
    DestinationRequired,
    GatewayError,
    InvalidDestination,
    InvalidSender,
    NoRoute,
    QueueFull,
    SameAddress,
    SenderNotOwned,
    SenderRequired,
    ServiceUnavailable,
)
from smsc.messaging.directory import AccountFacts, Directory
from smsc.messaging.outbound import Accepted, Draft, Outbound
from smsc.messaging.submitted import Unacceptable, read_submit
from smsc.smpp.pdu import CommandStatus, DataSmResp, Pdu, SubmitSm, SubmitSmResp
from smsc.smpp.server_session import Submitted
from workers.admission import Esme

log = structlog.get_logger()

_STATUSES: Final[dict[type[GatewayError], CommandStatus]] = {
    DestinationRequired: CommandStatus.ESME_RINVDSTADR,
    InvalidDestination: CommandStatus.ESME_RINVDSTADR,
    NoRoute: CommandStatus.ESME_RINVDSTADR,
    SameAddress: CommandStatus.ESME_RINVDSTADR,
    InvalidSender: CommandStatus.ESME_RINVSRCADR,
    SenderNotOwned: CommandStatus.ESME_RINVSRCADR,
    SenderRequired: CommandStatus.ESME_RINVSRCADR,
    BodyRequired: CommandStatus.ESME_RINVMSGLEN,
    BodyTooLong: CommandStatus.ESME_RINVMSGLEN,
    QueueFull: CommandStatus.ESME_RMSGQFUL,
    ServiceUnavailable: CommandStatus.ESME_RSYSERR,
}
Outcome = Accepted | GatewayError


class EsmeRequests:
    """The accept path of one process's sessions: the API's rules, in SMPP's words."""

    def __init__(self, directory: Directory, outbound: Outbound) -> None:
        self._directory = directory
        self._outbound = outbound

    async def submit(self, esme: Esme, pdus: Sequence[Submitted]) -> list[Pdu]:
        """Accept messages and return their answers in order, after the commit."""
        outcomes = await self._outcomes(esme, pdus)
        return [_answer(pdu, outcome) for pdu, outcome in zip(pdus, outcomes, strict=True)]

    async def _outcomes(self, esme: Esme, pdus: Sequence[Submitted]) -> Sequence[Outcome]:
        try:
            return await self._accept(esme, pdus)
        except UNAVAILABLE as error:
            log.warning("submits.refused", count=len(pdus), error=str(error))
        except Exception:
            # A door: what is not answered now is never answered, and its window stays shut.
            log.exception("submits.broken", count=len(pdus), system_id=esme.credential.sid)
        return [ServiceUnavailable()] * len(pdus)

    async def _accept(self, esme: Esme, pdus: Sequence[Submitted]) -> Sequence[Outcome]:
        account = await self._directory.account(esme.credential.account_sid)
        if account is None or account.status != "active":
            return [ServiceUnavailable("The account is not active.")] * len(pdus)
        granted = esme.bucket.take(len(pdus), monotonic())
        read = [_read(pdu, account, esme) for pdu in pdus[:granted]]
        drafts = [draft for draft in read if isinstance(draft, Draft)]
        accepted = iter(await self._outbound.accept_all(drafts))
        outcomes = [next(accepted) if isinstance(one, Draft) else one for one in read]
        return outcomes + [_THROTTLED] * (len(pdus) - granted)


_THROTTLED: Final = Unacceptable(
    CommandStatus.ESME_RTHROTTLED, "more messages a second than its throughput"
)


def _read(pdu: Submitted, account: AccountFacts, esme: Esme) -> Draft | Unacceptable:
    try:
        return read_submit(pdu, account, esme.credential, datetime.now(UTC))
    except Unacceptable as refusal:
        return refusal


def command_status(refusal: GatewayError) -> CommandStatus:
    """Return what tells an ESME of a refusal."""
    if isinstance(refusal, Unacceptable):
        return refusal.command_status
    return _STATUSES.get(type(refusal), CommandStatus.ESME_RSUBMITFAIL)


def _answer(pdu: Submitted, outcome: Outcome) -> SubmitSmResp | DataSmResp:
    make = SubmitSmResp if isinstance(pdu, SubmitSm) else DataSmResp
    if isinstance(outcome, Accepted):
        return make(pdu.sequence_number, CommandStatus.ESME_ROK, outcome.sid)
    return make(pdu.sequence_number, command_status(outcome))
