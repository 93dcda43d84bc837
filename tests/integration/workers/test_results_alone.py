"""What is one statement is committed by itself, and what it leaves by a transaction behind it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import pytest
from asyncpg.connection import LoggedQuery

from smsc.db import Database
from smsc.messaging.receiving.matching import ReceivedReceipt
from smsc.messaging.result_writer import ResultWriter
from smsc.messaging.results import Delivery, Item
from smsc.messaging.sending import dispatch
from smsc.messaging.sending.dispatch import Claim, QueueCursor
from smsc.provisioning.event_subscriptions import EventType
from smsc.smpp.pdu import DeliverSm
from smsc.webhooks.delivery import Claimant, DueWebhook
from tests.integration.conftest import OWNER, House
from tests.integration.messaging.test_plain_results import answer, receipt
from tests.integration.workers.test_carrier_events import subscribe

ROWS = """
SELECT m.status, s.state, m.segments_sent, m.segments_delivered, s.receipt_raw IS NOT NULL
FROM messages m LEFT JOIN segments s ON s.message_sid = m.sid ORDER BY m.sid
"""
DELIVERED = ("delivered", 2, 1, 1, True)
SENT = ("sent", None, 1, 0, False)
OWED = """
SELECT m.to_, ordinal FROM messages m JOIN (
  SELECT message_sid, ordinal FROM webhooks UNION ALL
  SELECT unnest(message_sids), unnest(ordinals) FROM callback_batches
) o ON o.message_sid = m.sid ORDER BY m.sid, ordinal
"""
COUNTED = "SELECT matched, parked FROM connector_receipts"
# The connection ends in the midst of a transaction, as if its process had died there.
DIES = """
CREATE FUNCTION dies() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM pg_terminate_backend(pg_backend_pid());
  RETURN NEW;
END $$;
CREATE TRIGGER dies BEFORE {when} FOR EACH ROW EXECUTE FUNCTION dies();
"""
LIVES = "DROP FUNCTION dies CASCADE"
REFUSES = """
CREATE FUNCTION refuses() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.receipt_error = '666' THEN RAISE EXCEPTION 'no' USING ERRCODE = 'data_exception'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER refuses BEFORE INSERT OR UPDATE ON segments
FOR EACH ROW EXECUTE FUNCTION refuses();
"""
RECIPIENTS = [f"+8551230000{n}" for n in range(4)]


@pytest.fixture
def seals() -> bool:
    return True


class Origin:
    """A session that notes what it is answered, receipt by receipt."""

    def __init__(self) -> None:
        self.answers: list[tuple[str | None, int]] = []

    def answer(self, deliveries: Sequence[Delivery], command_status: int) -> None:
        for delivery in deliveries:
            assert isinstance(delivery.content, ReceivedReceipt)
            self.answers.append((delivery.content.message_id, command_status))


class Deliverer:
    """A neighbour that notes what it is handed."""

    def __init__(self) -> None:
        self.handed: list[tuple[str, str]] = []
        self.lost = 0

    def lend(self) -> Claimant:
        return Claimant(OWNER, 10, [])

    def take(self, webhooks: Sequence[DueWebhook]) -> None:
        self.handed += [(webhook.message_sid, webhook.event) for webhook in webhooks]

    def lose(self) -> None:
        self.lost += 1


async def claimed(house: House, count: int) -> list[Claim]:
    for to in RECIPIENTS[:count]:
        await house.accept(to=to, status_callback="http://127.0.0.1/")
    return await dispatch.claim(house.database, house.lease, OWNER, QueueCursor(), count)


async def run(house: House, script: str) -> None:
    async with house.database.single() as connection:
        await connection.execute(script)


def writer_of(house: House, neighbour: Deliverer | None = None) -> ResultWriter:
    return ResultWriter(house.database, house.directory, house.bells, neighbour)


def delivered(house: House, one: Claim, origin: Origin, stat: str = "DELIVRD") -> Delivery:
    content = receipt(house, one, stat)
    return Delivery(content, content.raw, DeliverSm(), origin)


def ok(*claims: Claim) -> list[tuple[str, int]]:
    return [(f"id-{one.message_sid}", 0) for one in claims]


@contextlib.asynccontextmanager
async def asked(database: Database) -> AsyncIterator[list[str]]:
    """Note the first words of what is asked meanwhile over the connection that is lent next."""
    words: list[str] = []

    def note(query: LoggedQuery) -> None:
        words.append(query.query.split()[0].strip(";"))

    async with database.single() as connection:
        connection.add_query_logger(note)
    yield words
    await asyncio.sleep(0)  # it is told a turn of the loop later
    async with database.single() as connection:
        connection.remove_query_logger(note)


@pytest.mark.parametrize("is_late", [False, True], ids=["with its answer", "later"])
async def test_what_is_one_statement_is_asked_without_begin_and_commit(
    house: House, *, is_late: bool
) -> None:
    (one,) = await claimed(house, 1)
    origin, writer = Origin(), writer_of(house)
    both: list[Item] = [answer(house, one), delivered(house, one, origin)]
    batches = [both[:1], both[1:]] if is_late else [both]
    async with asked(house.database) as words:
        for batch in batches:
            assert not await writer.write(batch)
    assert words == ["WITH"] * len(batches)
    assert await house.rows(ROWS) == [DELIVERED]
    assert origin.answers == ok(one)


async def test_answers_with_receipts_of_earlier_ones_are_one_statement_too(house: House) -> None:
    first, second, third = await claimed(house, 3)
    origin, neighbour = Origin(), Deliverer()
    writer = writer_of(house, neighbour)
    await writer.write([answer(house, first)])
    batch: list[Item] = [answer(house, one) for one in (second, third)]
    batch += [delivered(house, one, origin) for one in (first, second)]
    async with asked(house.database) as words:
        assert not await writer.write(batch)
    assert words == ["WITH"]
    assert await house.rows(ROWS) == [DELIVERED, DELIVERED, SENT]
    assert origin.answers == ok(first, second)
    steps = {first: (10, 20), second: (10, 20), third: (10,)}
    owed = [(one.to, ordinal) for one, ordinals in steps.items() for ordinal in ordinals]
    assert await house.rows(OWED) == owed
    assert len(neighbour.handed) == len(owed)
    assert await house.rows(COUNTED) == [(2, 0)]
    assert await house.value("SELECT count(*) FROM messages WHERE sent_at IS NULL") == 0


async def test_of_two_receipts_of_one_message_both_are_looked_at(house: House) -> None:
    (one,) = await claimed(house, 1)
    origin, writer = Origin(), writer_of(house)
    await writer.write([answer(house, one)])
    await writer.write([answer(house, one, "again", epoch=-1)])  # of a lease that was lost
    first = delivered(house, one, origin)
    assert isinstance(first.content, ReceivedReceipt)
    content = first.content._replace(message_id="again", text_message_id=None)
    second = first._replace(content=content)
    assert not await writer.write([first, second])
    assert await house.rows(ROWS) == [DELIVERED]
    assert await house.rows(COUNTED) == [(1, 1)]  # no segment has the other id
    assert origin.answers == [*ok(one), ("again", 0)]


@pytest.mark.parametrize("pooler", ["none", "transaction"])
async def test_what_the_statement_leaves_is_committed_behind_it_before_it_is_answered(
    house: House, database_url: str, pooler: str
) -> None:
    lost, redacted, plain = await claimed(house, 3)
    query = "UPDATE messages SET sealed_body = NULL WHERE sid = $1"
    await house.value(query, redacted.message_sid)
    origin, neighbour = Origin(), Deliverer()
    batch: list[Item] = [
        answer(house, lost, epoch=-1),
        *(answer(house, one) for one in (redacted, plain)),
        *(delivered(house, one, origin) for one in (lost, redacted, plain)),
    ]
    async with await Database.connect(database_url, pooler=pooler, vault=house.vault) as database:
        writer = ResultWriter(database, house.directory, house.bells, neighbour)
        assert not await writer.write(batch)
    assert await house.rows(ROWS) == [
        ("queued", None, 0, 0, False),
        ("delivered", 2, 1, 1, False),
        DELIVERED,
    ]
    assert origin.answers == ok(plain, lost, redacted)
    assert sorted(neighbour.handed) == sorted(
        (one.message_sid, event) for one in (redacted, plain) for event in ("sent", "delivered")
    )
    assert await house.rows(COUNTED) == [(2, 1)]
    assert (writer.matched.total(), writer.parked.total()) == (2, 1)


@pytest.mark.parametrize("is_same_process", [True, False], ids=["", "by another process"])
async def test_a_death_between_the_two_loses_and_doubles_nothing(
    house: House, *, is_same_process: bool
) -> None:
    reused, plain = await claimed(house, 2)
    origin, neighbour = Origin(), Deliverer()
    writer = writer_of(house, neighbour)
    # Two segments with one id: whose receipt it is, is not for the one statement to say.
    await writer.write([answer(house, reused, f"id-{plain.message_sid}")])
    await house.rows("DELETE FROM callback_batches")
    neighbour.handed.clear()
    await run(house, DIES.format(when="UPDATE ON segments"))
    (third,) = await claimed(house, 1)
    batch: list[Item] = [
        *(answer(house, one) for one in (plain, third)),
        *(delivered(house, one, origin) for one in (plain, third)),
    ]
    (unwritten,) = await writer.write(batch)
    assert unwritten is batch[2]
    assert await house.rows(ROWS) == [SENT, SENT, DELIVERED]
    assert origin.answers == ok(third)
    assert (neighbour.lost, len(neighbour.handed)) == (1, 3)
    await run(house, LIVES)
    # It was not answered, and comes again; so may all of it, for answers are lost as well.
    writer = writer if is_same_process else writer_of(house, neighbour)
    for _ in range(2):
        assert not await writer.write([delivered(house, one, origin) for one in (plain, third)])
    assert await house.rows(ROWS) == [SENT, DELIVERED, DELIVERED]
    owed = await house.rows(OWED)
    assert owed == [(to, n) for to in (plain.to, third.to) for n in (10, 20)]
    assert sorted(neighbour.handed) == sorted(
        (one.message_sid, event) for one in (plain, third) for event in ("sent", "delivered")
    )


async def test_a_statement_that_is_broken_off_has_written_nothing(house: House) -> None:
    first, second = await claimed(house, 2)
    origin, neighbour = Origin(), Deliverer()
    writer = writer_of(house, neighbour)
    batch: list[Item] = [
        *(answer(house, one) for one in (first, second)),
        *(delivered(house, one, origin) for one in (first, second)),
    ]
    await run(house, DIES.format(when="INSERT ON callback_batches"))
    assert await writer.write(batch) == batch
    assert await house.rows(ROWS) == [("queued", None, 0, 0, False)] * 2
    assert (origin.answers, neighbour.handed, neighbour.lost) == ([], [], 1)
    await run(house, LIVES)
    assert not await writer.write(batch)
    assert await house.rows(ROWS) == [DELIVERED] * 2
    assert origin.answers == ok(first, second)
    assert len(await house.rows(OWED)) == 4


async def test_what_the_database_refuses_falls_out_of_the_statement_alone(house: House) -> None:
    first, second = await claimed(house, 2)
    origin, writer = Origin(), writer_of(house)
    bad = delivered(house, first, origin)
    assert isinstance(bad.content, ReceivedReceipt)
    bad = bad._replace(content=bad.content._replace(error_code="666"))
    await run(house, REFUSES)
    batch: list[Item] = [answer(house, one) for one in (first, second)]
    assert not await writer.write([*batch, bad, delivered(house, second, origin)])
    assert await house.rows(ROWS) == [SENT, DELIVERED]
    assert origin.answers == ok(first, second)
    assert await house.value("SELECT count(*) FROM quarantine") == 1


async def test_what_carriers_programs_are_to_be_told_is_told_in_one_transaction(
    house: House,
) -> None:
    await subscribe(house, "http://127.0.0.1:9/", EventType.MESSAGE_DELIVERED)
    first, second, third = await claimed(house, 3)
    origin, writer = Origin(), writer_of(house)

    def both(one: Claim) -> list[Item]:
        return [answer(house, one), delivered(house, one, origin)]

    await run(house, DIES.format(when="INSERT ON carrier_events"))
    assert len(await writer.write(both(first))) == 2
    assert await house.status(first.message_sid) == "queued"
    await run(house, LIVES)
    assert not await writer.write(both(first))
    async with asked(house.database) as words:
        assert not await writer.write(both(second))
    assert words == ["BEGIN", "WITH", "WITH", "COMMIT"]  # known, and not tried without
    told = "SELECT message_sid FROM carrier_events ORDER BY message_sid"
    assert await house.rows(told) == [(first.message_sid,), (second.message_sid,)]
    await house.rows("UPDATE event_subscriptions SET state = 'disabled'")
    assert not await writer.write(both(third))
    (fourth,) = await claimed(house, 1)
    async with asked(house.database) as words:
        assert not await writer.write(both(fourth))
    assert words == ["WITH"]
