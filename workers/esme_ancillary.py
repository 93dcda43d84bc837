"""What ESMEs ask of messages that they submitted before: query, cancel, replace."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import structlog

from smsc import sids
from smsc.db import UNAVAILABLE, Database, storable
from smsc.jobs import Bells
from smsc.messaging.directory import Directory
from smsc.messaging.esmes import esme_lookup
from smsc.messaging.esmes.esme_lookup import KnownMessage
from smsc.messaging.esmes.submit_times import Unacceptable, read_send_at, read_validity
from smsc.messaging.esmes.submitted import RECEIPT_BITS
from smsc.messaging.sending import recall
from smsc.messaging.sending.recall import Replacement
from smsc.models import TariffDirection
from smsc.smpp.pdu import (
    CancelSm,
    CancelSmResp,
    CommandStatus,
    Pdu,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    ReplaceSmResp,
    SubmitSm,
)
from smsc.smpp.refusals import refusal as no_to
from smsc.smpp.times import format_time
from smsc.sms import segments
from smsc.sms.address import from_smpp
from smsc.sms.alphabet import Alphabet
from smsc.sms.decoding import decode_text
from smsc.sms.status import MessageStatus
from smsc.sms.text_style import parse_style
from workers.admission import Esme

log = structlog.get_logger()

Later = QuerySm | CancelSm | ReplaceSm
MOST_ERROR_CODE: Final = 255  # an octet, SMPP 3.4 §5.2.30


class EsmeAncillary:
    """Answers for one process. An ESME sees its account's messages and no others."""

    def __init__(self, database: Database, directory: Directory, bells: Bells) -> None:
        self._database = database
        self._directory = directory
        self._bells = bells

    async def answer(self, esme: Esme, pdu: Later) -> Pdu:
        """Do what is asked and return the response."""
        try:
            return await self._do(esme, pdu)
        except Unacceptable as refusal:
            return refused(pdu, refusal.command_status)
        except UNAVAILABLE as error:
            log.warning("esme_request.refused", error=str(error))
        except Exception:
            # A door: what is not answered now is never answered, and its window stays shut.
            log.exception("esme_request.broken", credential=esme.credential.sid)
        return refused(pdu, CommandStatus.ESME_RSYSERR)

    async def _do(self, esme: Esme, pdu: Later) -> Pdu:
        account_sid = esme.credential.account_sid
        match pdu:
            case QuerySm():
                return await self._query(account_sid, pdu)
            case CancelSm():
                await self._cancel(account_sid, pdu)
                return CancelSmResp(pdu.sequence_number)
            case ReplaceSm():
                await self._replace(esme, pdu)
                return ReplaceSmResp(pdu.sequence_number)

    async def replace_if_present(
        self, esme: Esme, pdu: SubmitSm, body: str, from_: str, to: str
    ) -> str | None:
        """Let a `submit_sm` take the place of the latest that still waits between its addresses.

        Return that one's message_id; None if there is none, or it has just left.
        """
        account_sid = esme.credential.account_sid
        waiting = await esme_lookup.waiting_between(
            self._database, account_sid, from_, to, pdu.service_type
        )
        for known in reversed(waiting):
            if known.written.service_type != pdu.service_type or known.is_passed:
                continue
            now = datetime.now(UTC)
            send_at = read_send_at(pdu.schedule_delivery_time, now)
            validity = read_validity(pdu.validity_period, now, send_at)
            asked = Replacement(
                body=body,
                plan=segments.plan(body, parse_style(known.text_style)),
                registered_delivery=pdu.registered_delivery & RECEIPT_BITS,
                validity=validity,
                send_at=send_at,
            )
            if await self._is_unpaid(esme, known, asked.plan):
                return None
            if await recall.replace(self._database, account_sid, known.sid, asked):
                return known.written.message_id or known.sid
            return None
        return None

    async def _query(self, account_sid: str, pdu: QuerySm) -> QuerySmResp:
        failed = CommandStatus.ESME_RQUERYFAIL
        known, *_ = await self._find(account_sid, pdu, failed)
        state = known.message_state
        return QuerySmResp(
            pdu.sequence_number,
            CommandStatus.ESME_ROK,
            pdu.message_id,
            format_time(known.updated_at) if state.final else "",
            state,
            min((known.error_code or 0) % 1000, MOST_ERROR_CODE),
        )

    async def _cancel(self, account_sid: str, pdu: CancelSm) -> None:
        failed = CommandStatus.ESME_RCANCELFAIL
        to = _address(pdu.destination_addr, pdu.dest_addr_ton, pdu.dest_addr_npi)
        if pdu.message_id:
            known = await self._find(account_sid, pdu, failed)
        elif pdu.source_addr and to:
            from_ = _address(pdu.source_addr, pdu.source_addr_ton, pdu.source_addr_npi)
            known = await esme_lookup.waiting_between(
                self._database, account_sid, from_, to, pdu.service_type
            )
        else:
            raise Unacceptable(failed, "without a message_id both addresses are needed")
        mine = [one.sid for one in known if not to or one.to == to]
        changed = await recall.cancel(self._database, account_sid, mine) if mine else []
        if not changed:
            raise Unacceptable(failed, "nothing of it waits whole")
        if any(one.has_webhook for one in changed):
            self._bells.ring_webhooks()
        if any(one.smpp_credential_sid for one in changed):
            self._bells.ring_esmes()

    async def _replace(self, esme: Esme, pdu: ReplaceSm) -> None:
        account_sid = esme.credential.account_sid
        failed = CommandStatus.ESME_RREPLACEFAIL
        now = datetime.now(UTC)
        send_at = read_send_at(pdu.schedule_delivery_time, now)
        validity = read_validity(pdu.validity_period, now, send_at)
        known, *others = await self._find(account_sid, pdu, failed)
        if others or known.is_passed:
            raise Unacceptable(failed, "it is one of several, or a segment of the ESME's own")
        body = storable(decode_text(pdu.message_octets, known.written.data_coding, Alphabet.GSM7))
        if not 0 < len(body) <= segments.MAX_BODY_CHARACTERS:
            raise Unacceptable(CommandStatus.ESME_RINVMSGLEN, f"{len(body)} characters")
        replacement = Replacement(
            body=body,
            plan=segments.plan(body, parse_style(known.text_style)),
            registered_delivery=pdu.registered_delivery & RECEIPT_BITS,
            validity=validity,
            send_at=send_at,
        )
        if await self._is_unpaid(esme, known, replacement.plan):
            raise Unacceptable(failed, "it would take more segments than were charged")
        if not await recall.replace(self._database, account_sid, known.sid, replacement):
            raise Unacceptable(failed, "it does not wait whole any more")

    async def _is_unpaid(self, esme: Esme, known: KnownMessage, plan: segments.Plan) -> bool:
        """Say whether a text takes more segments than its message was charged for when accepted."""
        if plan.count <= known.num_segments or known.status == MessageStatus.SCHEDULED:
            return False
        prices = await self._directory.prices(esme.credential.carrier_sid)
        return prices.of(TariffDirection.OUTBOUND, known.to, plan.count) is not None

    async def _find(
        self, account_sid: str, pdu: Later, failed: CommandStatus
    ) -> Sequence[KnownMessage]:
        """Return the messages of a PDU's message_id, one at least.

        Raises:
            Unacceptable: there is none, or it was sent from another address than the PDU names.
        """
        if not sids.is_sid(pdu.message_id, sids.Prefix.MESSAGE):
            raise Unacceptable(CommandStatus.ESME_RINVMSGID, "no message_id of ours")
        known = await esme_lookup.by_message_id(self._database, account_sid, pdu.message_id)
        if not known:
            raise Unacceptable(failed, "the account has no such message")
        from_ = _address(pdu.source_addr, pdu.source_addr_ton, pdu.source_addr_npi)
        if from_ not in {"", known[0].from_}:
            raise Unacceptable(failed, "it was sent from another address")
        return known


def _address(addr: str, ton: int, npi: int) -> str:
    return from_smpp(addr, ton, npi) if addr else ""


def refused(pdu: Later, command_status: CommandStatus) -> Pdu:
    """Return the response that says no."""
    answer = no_to(pdu.command_id, pdu.sequence_number, command_status)
    if answer is None:
        raise TypeError(f"{type(pdu).__name__} is a request, and has an answer")
    return answer
