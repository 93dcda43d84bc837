"""Makes the response that refuses a request, of the operation's own kind where it has one."""

from collections import Counter

from smsc.smpp.misdeeds import Misdeed
from smsc.smpp.pdu import (
    RESPONSE_BIT,
    UNANSWERED,
    Bind,
    BindResp,
    BindType,
    CancelSmResp,
    CommandId,
    CommandStatus,
    DataSmResp,
    DeliverSmResp,
    GenericNack,
    Pdu,
    QuerySmResp,
    ReplaceSmResp,
    SubmitMultiResp,
    SubmitSmResp,
    Unknown,
)
from smsc.smpp.session_owner import Request

_OWN_RESPONSES: dict[int, type[Pdu]] = {
    CommandId.SUBMIT_SM: SubmitSmResp,
    CommandId.DELIVER_SM: DeliverSmResp,
    CommandId.DATA_SM: DataSmResp,
    CommandId.SUBMIT_MULTI: SubmitMultiResp,
    CommandId.QUERY_SM: QuerySmResp,
    CommandId.CANCEL_SM: CancelSmResp,
    CommandId.REPLACE_SM: ReplaceSmResp,
}
_BINDS: dict[int, BindType] = {
    CommandId.BIND_TRANSCEIVER: BindType.TRANSCEIVER,
    CommandId.BIND_TRANSMITTER: BindType.TRANSMITTER,
    CommandId.BIND_RECEIVER: BindType.RECEIVER,
}


def refusal(command_id: int, sequence_number: int, command_status: int) -> Pdu | None:
    """Return what says no to this request; None where SMPP knows no answer.

    Source: SMPP 3.4 §4.3.1.
    """
    if command_id & RESPONSE_BIT or command_id in UNANSWERED:
        return None
    if own := _OWN_RESPONSES.get(command_id):
        return own(sequence_number, command_status)
    if bind_type := _BINDS.get(command_id):
        return BindResp(sequence_number, command_status, bind_type)
    return GenericNack(sequence_number, command_status)


def refuse(answers: list[Pdu], pdu: Request | Bind | Unknown, command_status: int) -> None:
    """Add to `answers` what says no to a request, if anything does."""
    answer = refusal(pdu.command_id, pdu.sequence_number, command_status)
    if answer is not None:
        answers.append(answer)


def refuse_request(
    answers: list[Pdu],
    pdu: Request,
    misdeeds: Counter[Misdeed],
    *,
    offered: tuple[type[Pdu], ...],
) -> None:
    """Refuse a request that does not fit the bind, or that is not `offered` at all; count it."""
    if isinstance(pdu, offered):
        misdeeds[Misdeed.NOT_BOUND_FOR_IT] += 1
        refuse(answers, pdu, CommandStatus.ESME_RINVBNDSTS)
    else:  # an operation that is not offered is one that we do not know
        misdeeds[Misdeed.UNKNOWN_COMMAND] += 1
        answers.append(GenericNack(pdu.sequence_number, CommandStatus.ESME_RINVCMDID))
