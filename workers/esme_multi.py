"""`submit_multi`: accepted as one message a destination."""

from collections.abc import Sequence

from smsc import sids
from smsc.errors import GatewayError
from smsc.messaging.accept.drafts import Accepted, Draft
from smsc.messaging.esmes.submit_times import Unacceptable
from smsc.messaging.esmes.submitted_as import SubmittedAs
from smsc.smpp.pdu import CommandStatus, SubmitMulti, SubmitMultiResp, SubmitSm, Unsuccess
from workers.esme_statuses import Outcome, command_status


def bind_together(read: Sequence[Draft | Unacceptable]) -> list[Draft | Unacceptable]:
    """Give the drafts of one `submit_multi` the message_id that its response will name.

    That is the SID of the first; a single one needs no other name.
    """
    drafts = [one for one in read if isinstance(one, Draft)]
    if not drafts:
        return list(read)
    message_id = sids.make(sids.Prefix.MESSAGE)
    bound: list[Draft | Unacceptable] = []
    for one in read:
        if isinstance(one, Draft):
            bound.append(_named(one, message_id, is_first=one is drafts[0], of=len(drafts)))
        else:
            bound.append(one)
    return bound


def _named(draft: Draft, message_id: str, *, is_first: bool, of: int) -> Draft:
    sid = message_id if is_first else None
    if of == 1:
        return draft._replace(sid=sid)
    from_, to = draft.from_ or "", draft.to or ""
    written = SubmittedAs.read(draft.submitted_as, from_, to).under(message_id)
    return draft._replace(sid=sid, submitted_as=written.stored(from_, to))


def answer(
    pdu: SubmitMulti,
    destinations: Sequence[SubmitSm],
    drafts: Sequence[Draft | Unacceptable],
    outcomes: Sequence[Outcome],
) -> SubmitMultiResp:
    """Return the response: OK if one destination at least was accepted, the others by name.

    Were all refused, its status is theirs if they agree.
    """
    refused = [
        (one, command_status(outcome))
        for one, outcome in zip(destinations, outcomes, strict=True)
        if isinstance(outcome, GatewayError)
    ]
    unsuccess = tuple(
        Unsuccess(one.dest_addr_ton, one.dest_addr_npi, one.destination_addr, status)
        for one, status in refused
    )
    if any(isinstance(outcome, Accepted) for outcome in outcomes):
        message_id = next(one.sid for one in drafts if isinstance(one, Draft)) or ""
        return SubmitMultiResp(pdu.sequence_number, CommandStatus.ESME_ROK, message_id, unsuccess)
    statuses = {status for _, status in refused}
    status = statuses.pop() if len(statuses) == 1 else CommandStatus.ESME_RSUBMITFAIL
    return SubmitMultiResp(pdu.sequence_number, status, "", unsuccess)
