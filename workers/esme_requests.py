"""What bound ESMEs ask for: accepts a read's worth in one batch, and makes the answers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Final

import structlog

from smsc.db import UNAVAILABLE
from smsc.errors import GatewayError, ServiceUnavailable
from smsc.messaging.accept.draft_rules import read_draft
from smsc.messaging.accept.drafts import Accepted, Draft
from smsc.messaging.accept.outbound import Outbound
from smsc.messaging.directory import AccountFacts, Directory
from smsc.messaging.esmes.submit_times import Unacceptable
from smsc.messaging.esmes.submitted import read_multi, read_submit
from smsc.smpp.pdu import (
    CommandStatus,
    DataSmResp,
    Pdu,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
)
from smsc.smpp.server_session import Submitted
from smsc.smpp.session_owner import Ancillary
from workers import esme_multi
from workers.admission import Esme
from workers.esme_ancillary import EsmeAncillary, refused
from workers.esme_statuses import Outcome, Replaced, command_status

log = structlog.get_logger()

Read = Draft | Unacceptable
_THROTTLED: Final = Unacceptable(
    CommandStatus.ESME_RTHROTTLED, "more messages a second than its throughput"
)


class EsmeRequests:
    """The accept path of one process's sessions: the API's rules, in SMPP's words."""

    def __init__(self, directory: Directory, outbound: Outbound, ancillary: EsmeAncillary) -> None:
        self._directory = directory
        self._outbound = outbound
        self._ancillary = ancillary

    async def submit(self, esme: Esme, pdus: Sequence[Submitted]) -> list[Pdu]:
        """Accept messages and return their answers in order, after the commit."""
        read = await self._read(esme, pdus)
        outcomes = await self._accept(esme, pdus, read)
        return [_answer(pdu, outcome) for pdu, outcome in zip(pdus, outcomes, strict=True)]

    async def ask(self, esme: Esme, pdus: Sequence[Ancillary]) -> list[Pdu]:
        """Answer the rarer operations one by one: a query may ask what a cancel just did."""
        answers: list[Pdu] = []
        for pdu in pdus:
            if isinstance(pdu, SubmitMulti):
                answers.append(await self._submit_multi(esme, pdu))
            elif not esme.bucket.take(1, monotonic()):
                answers.append(refused(pdu, CommandStatus.ESME_RTHROTTLED))
            else:
                answers.append(await self._ancillary.answer(esme, pdu))
        return answers

    async def _submit_multi(self, esme: Esme, pdu: SubmitMulti) -> SubmitMultiResp:
        try:
            destinations = read_multi(pdu)
        except Unacceptable as refusal:
            return SubmitMultiResp(pdu.sequence_number, refusal.command_status)
        read = esme_multi.bind_together(await self._read(esme, destinations))
        outcomes = await self._accept(esme, destinations, read)
        return esme_multi.answer(pdu, destinations, read, outcomes)

    async def _read(self, esme: Esme, pdus: Sequence[Submitted]) -> Sequence[Read]:
        """Read as many as the throughput grants; the rest is throttled."""
        granted = esme.bucket.take(len(pdus), monotonic())
        try:
            account = await self._directory.account(esme.credential.account_sid)
        except UNAVAILABLE as error:
            log.warning("submits.refused", count=len(pdus), error=str(error))
            return [_unavailable("the database is away")] * len(pdus)
        if account is None or account.status != "active":
            return [_unavailable("the account is not active")] * len(pdus)
        read = [_read(pdu, account, esme) for pdu in pdus[:granted]]
        return read + [_THROTTLED] * (len(pdus) - granted)

    async def _accept(
        self, esme: Esme, pdus: Sequence[Submitted], read: Sequence[Read]
    ) -> Sequence[Outcome]:
        try:
            replaced = await self._replace(esme, pdus, read)
            drafts = [
                one for at, one in enumerate(read) if isinstance(one, Draft) and at not in replaced
            ]
            accepted = iter(await self._outbound.accept_all(drafts))
        except UNAVAILABLE as error:
            log.warning("submits.refused", count=len(pdus), error=str(error))
        except Exception:
            # A door: what is not answered now is never answered, and its window stays shut.
            log.exception("submits.broken", count=len(pdus), credential=esme.credential.sid)
        else:
            return [
                replaced.get(at) or (next(accepted) if isinstance(one, Draft) else one)
                for at, one in enumerate(read)
            ]
        return [ServiceUnavailable()] * len(pdus)

    async def _replace(
        self, esme: Esme, pdus: Sequence[Submitted], read: Sequence[Read]
    ) -> dict[int, Replaced]:
        """Replace what some of the messages are to replace if it is present; say which did."""
        replaced: dict[int, Replaced] = {}
        for at, (pdu, draft) in enumerate(zip(pdus, read, strict=True)):
            if not isinstance(pdu, SubmitSm) or not pdu.replace_if_present_flag:
                continue
            if not isinstance(draft, Draft) or draft.user_data is not None:
                continue
            try:
                to, from_, body = read_draft(draft)
            except GatewayError:
                continue  # the accept refuses it in its own words
            message_id = await self._ancillary.replace_if_present(esme, pdu, body, from_, to)
            if message_id is not None:
                replaced[at] = Replaced(message_id)
        return replaced


def _unavailable(why: str) -> Unacceptable:
    return Unacceptable(CommandStatus.ESME_RSYSERR, why)


def _read(pdu: Submitted, account: AccountFacts, esme: Esme) -> Read:
    try:
        return read_submit(pdu, account, esme.credential, datetime.now(UTC))
    except Unacceptable as refusal:
        return refusal
    except Exception:
        # A door: what is not answered now is never answered, and its window stays shut.
        log.exception("submit.broken", credential=esme.credential.sid)
        return _unavailable("it could not be read")


def _answer(pdu: Submitted, outcome: Outcome) -> SubmitSmResp | DataSmResp:
    make = SubmitSmResp if isinstance(pdu, SubmitSm) else DataSmResp
    if isinstance(outcome, Accepted):
        return make(pdu.sequence_number, CommandStatus.ESME_ROK, outcome.sid)
    if isinstance(outcome, Replaced):
        return make(pdu.sequence_number, CommandStatus.ESME_ROK, outcome.message_id)
    return make(pdu.sequence_number, command_status(outcome))
