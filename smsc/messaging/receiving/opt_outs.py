"""Does what STOP, START and HELP ask for, and answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from smsc import sids
from smsc.db import Connection
from smsc.errors import GatewayError
from smsc.messaging.accept.drafting import Drafting
from smsc.messaging.accept.drafts import Accepted, Draft
from smsc.messaging.accept.inserting import insert
from smsc.messaging.directory import Directory, NumberFacts
from smsc.models import Direction
from smsc.sms.number_facts import iso_country_of
from smsc.sms.opt_out import OptOutType

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Asked:
    """A received message that is a word."""

    kind: OptOutType
    number: NumberFacts  # that was written to
    handset: str

    @property
    def told_type(self) -> str | None:
        """What the webhook is told: only a customer with rules of its own expects it."""
        rules = self.number.opt_out
        return self.kind.value if rules is not None and rules.advanced else None


def asked_by(number: NumberFacts, handset: str, body: str) -> Asked | None:
    """Return what a message to a number asks for, if it is one of the number's words."""
    kind = None if number.opt_out is None else number.opt_out.read(body)
    return None if kind is None else Asked(kind, number, handset)


async def obey(connection: Connection, directory: Directory, asked: Sequence[Asked]) -> int:
    """Opt handsets out and in, in order, and queue the answers; return how many.

    STOP and START are answered where they change something, HELP always. The answers are free and
    make no webhook. A message of the same commit still goes out; from two seconds on none does.
    """
    answers: list[Accepted] = []
    drafting = Drafting(directory)
    for item in asked:
        if item.kind is OptOutType.HELP or await _change(connection, item):
            answer = await _answer(directory, drafting, item)
            if answer is not None:
                answers.append(answer)
    if answers:
        await insert(connection, answers)
    return len(answers)


async def _change(connection: Connection, item: Asked) -> bool:
    """Write what a STOP or START says; say whether it was news."""
    number = item.number
    scope = number.messaging_service_sid or number.phone_number
    if item.kind is OptOutType.START:
        changed = await connection.fetchval(
            """
            DELETE FROM opt_outs WHERE account_sid = $1 AND scope = $2 AND handset = $3
            RETURNING true
            """,
            number.account_sid,
            scope,
            item.handset,
        )
    else:
        changed = await connection.fetchval(
            """
            INSERT INTO opt_outs (sid, carrier_sid, account_sid, scope, handset, source)
            VALUES ($1, $2, $3, $4, $5, 'keyword') ON CONFLICT DO NOTHING RETURNING true
            """,
            sids.make(sids.Prefix.OPT_OUT),
            number.carrier_sid,
            number.account_sid,
            scope,
            item.handset,
        )
    return changed is True


async def _answer(directory: Directory, drafting: Drafting, item: Asked) -> Accepted | None:
    """Return the answer, if the handset can be reached."""
    number = item.number
    account = await directory.account(number.account_sid)
    if account is None or number.opt_out is None:
        return None
    draft = Draft(
        account=account,
        to=item.handset,
        from_=number.phone_number,
        body=number.opt_out.answer(item.kind, iso_country_of(item.handset)),
        direction=Direction.OUTBOUND_REPLY,
        is_automatic=True,
    )
    try:
        message, _ = await drafting.check(draft)  # the gateway's sweep finds it within a second
    except GatewayError as refusal:
        log.warning("opt_out.unanswered", code=refusal.code)
        return None
    return message
