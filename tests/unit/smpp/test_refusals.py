import pytest

from smsc.smpp.pdu import (
    BindResp,
    BindType,
    CancelSmResp,
    CommandId,
    CommandStatus,
    DeliverSmResp,
    GenericNack,
    Pdu,
    QuerySmResp,
    ReplaceSmResp,
    SubmitMultiResp,
    SubmitSmResp,
)
from smsc.smpp.refusals import refusal

STATUS = CommandStatus.ESME_RSYSERR


@pytest.mark.parametrize(
    ("command_id", "answer"),
    [
        (CommandId.SUBMIT_SM, SubmitSmResp(7, STATUS)),
        (CommandId.DELIVER_SM, DeliverSmResp(7, STATUS)),
        (CommandId.BIND_RECEIVER, BindResp(7, STATUS, BindType.RECEIVER)),
        (CommandId.SUBMIT_MULTI, SubmitMultiResp(7, STATUS)),
        (CommandId.QUERY_SM, QuerySmResp(7, STATUS)),
        (CommandId.CANCEL_SM, CancelSmResp(7, STATUS)),
        (CommandId.REPLACE_SM, ReplaceSmResp(7, STATUS)),
        (CommandId.BROADCAST_SM, GenericNack(7, STATUS)),
        (0x00010200, GenericNack(7, STATUS)),
        (CommandId.SUBMIT_SM_RESP, None),
        (CommandId.GENERIC_NACK, None),
        (CommandId.ALERT_NOTIFICATION, None),
        (CommandId.OUTBIND, None),
    ],
    ids=lambda value: getattr(value, "name", type(value).__name__),
)
def test_a_refusal_is_of_the_requests_own_kind(command_id: int, answer: Pdu | None) -> None:
    assert refusal(command_id, 7, STATUS) == answer
