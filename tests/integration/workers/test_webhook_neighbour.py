"""Webhooks that a process owes and calls itself: claimed as they are put in the outbox."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from smsc.db import Connection
from smsc.messaging import result_writer
from smsc.messaging.neighbour import lending
from smsc.messaging.reading import journey
from smsc.messaging.result_writer import ResultWriter
from smsc.messaging.sending import dispatch
from smsc.messaging.sending.dispatch import QueueCursor
from smsc.messaging.sending.responses import Answer
from smsc.messaging.statuses import Advance, Changed, advance
from smsc.webhooks import claiming, delivery
from smsc.webhooks.delivery import Claimant
from tests.integration.conftest import OWNER, House
from tests.integration.webhooks.web_server import Received, WebServer, respond, serve
from tests.integration.workers.parts import delivering, form, tell, until
from workers.webhook_places import MOST_CLAIMED
from workers.webhooks import Deliverer

ONE, TWO = (f"WP{digit * 32}" for digit in "12")


async def owe(
    house: House, sids: Sequence[str], claimant: Claimant | None, **counts: int
) -> list[Changed]:
    async with house.database.begin() as connection:
        advances = [Advance(message_sid=sid, **counts) for sid in sids]  # type: ignore[arg-type]
        return await advance(connection, advances, claimant)


async def owed(house: House) -> list[tuple[object, ...]]:
    """Return what is owed, by rows and in batches: ordinal, and whose claim it is."""
    return await house.rows(
        """SELECT ordinal, claimed_by FROM webhooks UNION ALL
           SELECT unnest(ordinals), claimed_by FROM callback_batches ORDER BY 1"""
    )


async def is_drained(house: House) -> bool:
    return await owed(house) == []


def events(server: WebServer) -> list[str]:
    return [form(received)["MessageStatus"] for received in server.requests]


async def hand(house: House, deliverer: Deliverer, sid: str, **counts: int) -> None:
    """Let a message's status change in a transaction for which the deliverer is at hand."""
    changed: list[Changed] = []
    with lending(deliverer, changed) as claimant:
        changed += await owe(house, [sid], claimant, **counts)


async def test_a_claimant_s_webhook_is_what_a_claim_would_have_given(house: House) -> None:
    first = await house.accept(status_callback="http://127.0.0.1/")
    await owe(house, [first.sid], None, sent=1)
    (claimed,) = (await claiming.claim(house.database, ONE, 10)).webhooks
    second = await house.accept(status_callback="http://127.0.0.1/")
    (change,) = await owe(house, [second.sid], Claimant(ONE, 10, []), sent=1)
    (handed,) = change.claimed
    assert not change.has_webhook  # for others to claim
    same = {"message_sid": second.sid, "message_created_at": handed.message_created_at}
    assert handed._replace(batch=None) == claimed._replace(**same)  # type: ignore[arg-type]
    assert await owed(house) == [(10, ONE)] * 2
    assert (await claiming.claim(house.database, TWO, 10)).webhooks == []


async def test_a_failure_s_code_is_handed_over(house: House) -> None:
    message = await house.accept(status_callback="http://127.0.0.1/")
    (change,) = await owe(house, [message.sid], Claimant(ONE, 10, []), failed=1, error_code=30005)
    assert [(hook.event, hook.error_code) for hook in change.claimed] == [("failed", 30005)]


async def test_busy_accounts_and_what_is_over_the_limit_are_left_to_others(house: House) -> None:
    messages = [await house.accept(status_callback="http://127.0.0.1/") for _ in range(3)]
    busy = Claimant(ONE, 10, [house.account.sid])
    (first,) = await owe(house, [messages[0].sid], busy, sent=1)
    assert (first.has_webhook, first.claimed) == (True, ())
    changed = await owe(house, [one.sid for one in messages[1:]], Claimant(ONE, 1, []), sent=1)
    assert sorted(len(change.claimed) for change in changed) == [0, 1]


@pytest.mark.parametrize(
    ("owner", "is_handed"),
    [(ONE, True), (TWO, False), (None, False)],
    ids=["the claimant's own", "another's", "nobody's"],
)
async def test_a_later_event_is_handed_over_only_behind_the_claimant_s_own(
    house: House, owner: str | None, *, is_handed: bool
) -> None:
    message = await house.accept(status_callback="http://127.0.0.1/")
    await owe(house, [message.sid], Claimant(owner, 10, []) if owner else None, sent=1)
    (change,) = await owe(house, [message.sid], Claimant(ONE, 10, []), delivered=1)
    assert bool(change.claimed) is is_handed
    assert change.has_webhook is not is_handed


async def test_first_tries_of_what_is_handed_over_are_in_order(
    house: House, redis_url: str
) -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def answer(received: Received, writer: asyncio.StreamWriter) -> None:
        if form(received)["MessageStatus"] == "sent":
            asked.set()
            await may_answer.wait()
        await respond()(received, writer)

    async with serve(answer) as server, delivering(house, redis_url) as deliverer:
        message = await house.accept(status_callback=server.url())
        await hand(house, deliverer, message.sid, sent=1)
        await asyncio.wait_for(asked.wait(), 10)
        await hand(house, deliverer, message.sid, delivered=1)
        assert await owed(house) == [(10, deliverer._sid), (20, deliverer._sid)]
        # Another message's is under way meanwhile, and ends.
        other = await house.accept(status_callback=server.url())
        await hand(house, deliverer, other.sid, failed=1)
        await until(lambda: has_none_of(house, other.sid))
        may_answer.set()
        await until(lambda: is_drained(house))
    assert events(server) == ["sent", "failed", "delivered"]
    assert await house.value("SELECT count(*) FROM webhook_attempts") == 3


async def has_none_of(house: House, sid: str) -> bool:
    traced = await journey.trace(house.database, house.account.carrier_sid, sid)
    return traced is not None and not traced.webhooks_owed


async def test_what_waits_for_something_handed_over_is_claimed_when_that_has_ended(
    house: House, redis_url: str
) -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def answer(received: Received, writer: asyncio.StreamWriter) -> None:
        asked.set()
        if form(received)["MessageStatus"] == "sent":
            await may_answer.wait()
        await respond()(received, writer)

    async with serve(answer) as server, delivering(house, redis_url) as deliverer:
        message = await house.accept(status_callback=server.url())
        await hand(house, deliverer, message.sid, sent=1)
        await asyncio.wait_for(asked.wait(), 10)
        await tell(house, message.sid, delivered=1)  # by another process
        may_answer.set()
        await until(lambda: is_drained(house))
    assert events(server) == ["sent", "delivered"]


async def test_a_full_deliverer_is_handed_nothing(house: House, redis_url: str) -> None:
    async with delivering(house, redis_url) as deliverer:
        with lending(deliverer, []) as claimant:
            assert claimant is not None
        deliverer._places.claimed = {("SM", number) for number in range(MOST_CLAIMED)}
        with lending(deliverer, []) as claimant:
            assert claimant is None
        deliverer._places.claimed.clear()


async def test_what_was_committed_unheard_is_delivered_all_the_same(
    house: House, redis_url: str
) -> None:
    async with serve(respond()) as server, delivering(house, redis_url) as deliverer:
        message = await house.accept(status_callback=server.url())
        context = lending(deliverer, [])
        await owe(house, [message.sid], context.__enter__(), sent=1)
        # Instead of the answer to the commit; it goes through.
        assert not context.__exit__(ConnectionError, ConnectionError(), None)
        house.bells.ring_webhooks()
        await until(lambda: is_drained(house))
    assert events(server) == ["sent"]


async def test_a_stopping_deliverer_leaves_what_is_handed_over_to_others(
    house: House, redis_url: str
) -> None:
    async with serve(respond()) as server:
        message = await house.accept(status_callback=server.url())
        changed: list[Changed] = []
        async with delivering(house, redis_url) as deliverer:
            context = lending(deliverer, changed)
            changed += await owe(house, [message.sid], context.__enter__(), sent=1)
        context.__exit__(None, None, None)
        assert server.requests == []
        async with delivering(house, redis_url):
            await until(lambda: is_drained(house))
    assert events(server) == ["sent"]


class Notebook:
    """A neighbour that notes what it is told."""

    def __init__(self) -> None:
        self.notes: list[object] = []

    def lend(self) -> Claimant:
        self.notes.append("lent")
        return Claimant(ONE, 10, [])

    def take(self, webhooks: Sequence[delivery.DueWebhook]) -> None:
        self.notes.append([webhook.event for webhook in webhooks])

    def lose(self) -> None:
        self.notes.append("lost")


async def test_the_writer_hands_over_what_it_has_committed_and_that_alone(
    house: House,
) -> None:
    notebook = Notebook()
    message = await house.accept(status_callback="http://127.0.0.1/")
    (claim,) = await dispatch.claim(house.database, house.lease, OWNER, QueueCursor(), 10)
    writer = ResultWriter(house.database, house.directory, house.bells, notebook)
    at = claim.queued_at
    good = Answer(house.connector_sid, message.sid, 1, house.lease.epoch, 0, "id 1", at)
    bad = Answer(house.connector_sid, "SM", 2**40, house.lease.epoch, 0, "id 2", at)
    assert not await writer.write([bad, good])
    # Together they are refused; apart the good one is written.
    assert notebook.notes == ["lent", [], "lent", [], "lent", ["sent"]]


async def test_the_writer_says_so_when_it_does_not_know_what_was_committed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = Notebook()
    writer = ResultWriter(house.database, house.directory, house.bells, notebook)

    async def fail(connection: Connection, *_: object) -> None:
        await connection.fetch("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(result_writer, "record_responses", fail)
    item = Answer(house.connector_sid, "SM", 1, 1, 0, None, datetime.now(UTC))
    assert await writer.write([item]) == [item]
    assert notebook.notes == ["lent", "lost"]
