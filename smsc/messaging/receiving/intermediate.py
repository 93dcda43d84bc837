"""Owes ESMEs an intermediate notification of each change that a remote reports on the way."""

from collections.abc import Iterable
from typing import Final

from smsc.db import Connection
from smsc.messaging.receiving.matching import Candidate, ReceivedReceipt
from smsc.sms.status import MessageState


async def owe(connection: Connection, matched: Iterable[tuple[ReceivedReceipt, Candidate]]) -> bool:
    """Owe what is news to ESMEs that asked for it; say whether anything is.

    To be called before the segments' states are written. An ESME was told ENROUTE when its message
    was sent; of a message of several segments the first to report a state tells it.

    Source: SMPP 3.4 §5.2.17, bit 4 of registered_delivery.
    """
    news = _news(matched)
    if not news:
        return False
    rows = await connection.fetch(
        _OWE,
        [message_sid for message_sid, _, _ in news],
        [number for _, number, _ in news],
        [int(state) for _, _, state in news],
    )
    return bool(rows)


def _news(
    matched: Iterable[tuple[ReceivedReceipt, Candidate]],
) -> list[tuple[str, int, MessageState]]:
    news: list[tuple[str, int, MessageState]] = []
    states: dict[tuple[str, int], MessageState] = {}
    told: set[tuple[str, MessageState]] = set()  # of messages of several segments
    for receipt, segment in matched:
        if not segment.asks_for_changes or receipt.state is MessageState.UNRECOGNISED:
            continue
        key = segment.message_sid, segment.number
        before = states.get(key, _known(segment.state))
        if before.final or receipt.state is before:
            continue
        states[key] = receipt.state
        if receipt.state.final or (segment.message_sid, receipt.state) in told:
            continue
        if segment.num_submits > 1:
            told.add((segment.message_sid, receipt.state))
        news.append((*key, receipt.state))
    return news


def _known(state: int | None) -> MessageState:
    """Return what the ESME knows of a segment in this state."""
    known = MessageState.ENROUTE if state is None else MessageState(state)
    return MessageState.ENROUTE if known is MessageState.UNRECOGNISED else known


_OWE: Final = """
INSERT INTO esme_deliveries (carrier_sid, account_sid, smpp_credential_sid, message_sid, kind,
                             status, state)
SELECT m.carrier_sid, m.account_sid, m.smpp_credential_sid, m.sid, 'receipt', m.status, news.state
FROM unnest($1::text[], $2::smallint[], $3::smallint[]) WITH ORDINALITY
  AS news (message_sid, number, state, place)
JOIN messages m ON m.sid = news.message_sid
WHERE m.status = 'sent' AND m.smpp_credential_sid IS NOT NULL
  AND (SELECT true FROM segments s
       WHERE s.message_sid = m.sid AND s.number <> news.number AND s.state = news.state
       LIMIT 1) IS NULL
ORDER BY news.place
RETURNING id
"""
