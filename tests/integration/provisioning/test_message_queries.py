from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from smsc import sids
from smsc.db import Database
from smsc.messaging.accept.drafts import Accepted
from smsc.messaging.accept.inserting import insert
from smsc.messaging.reading import account_pages, journey, queries
from smsc.messaging.reading.journey import Place
from smsc.messaging.reading.queries import Cursor, MessageFilter
from smsc.models import Direction, Lane
from smsc.sms.status import MessageStatus

ACCOUNT = "AC" + "1" * 32
CARRIER = "CR" + "1" * 32
CONNECTOR = "CN" + "1" * 32
LATER = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)  # made before, sent then


@dataclass(frozen=True, slots=True)
class Messages:
    """Messages of one account, made one by one."""

    database: Database

    async def add(
        self,
        *,
        to: str = "+85512345678",
        sent_at: datetime | None = None,
        direction: Direction = Direction.OUTBOUND_API,
        account_sid: str = ACCOUNT,
        num_segments: int = 1,
    ) -> str:
        sid = sids.make(sids.Prefix.MESSAGE)
        message = Accepted(
            sid=sid,
            account_sid=account_sid,
            carrier_sid=CARRIER,
            direction=direction,
            status=MessageStatus.QUEUED,
            to=to,
            from_="+15075550123",
            body="x",
            data_coding=0,
            num_segments=num_segments,
            lane=Lane.NORMAL,
            connector_sid=CONNECTOR,
            smpp_credential_sid=None,
            registered_delivery=0,
            status_callback=None,
            user_data=None,
            has_udh=False,
            created_at=datetime.now(UTC),
        )
        async with self.database.single() as connection:
            await insert(connection, [message])
            await connection.execute(
                "UPDATE messages SET sent_at = $2 WHERE sid = $1", sid, sent_at
            )
        return sid

    async def found(self, wanted: MessageFilter, **options: int) -> list[str]:
        limit = options.get("limit", 10)
        page = await account_pages.page(self.database, ACCOUNT, wanted, limit=limit)
        return [message.sid for message in page.messages]


@pytest.fixture
async def messages(database_url: str) -> AsyncIterator[Messages]:
    async with await Database.connect(database_url, size=2) as database:
        yield Messages(database)


async def test_the_time_of_sending_is_in_a_half_open_span(messages: Messages) -> None:
    second = timedelta(seconds=1)
    sent = [await messages.add(sent_at=LATER + number * second) for number in range(4)]
    wanted = MessageFilter(sent_from=LATER + second, sent_before=LATER + 3 * second)
    assert await messages.found(wanted) == [sent[2], sent[1]]
    assert await messages.found(MessageFilter(sent_from=LATER + 2 * second)) == sent[:1:-1]
    assert await messages.found(MessageFilter(sent_before=LATER + second)) == [sent[0]]


async def test_what_was_not_sent_has_no_time_of_sending(messages: Messages) -> None:
    await messages.add()
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    assert await messages.found(MessageFilter(sent_from=long_ago)) == []


async def test_an_inbound_message_was_sent_when_it_came(messages: Messages) -> None:
    sid = await messages.add(direction=Direction.INBOUND)
    now = datetime.now(UTC)
    wanted = MessageFilter(sent_from=now - timedelta(hours=1), sent_before=now + timedelta(hours=1))
    assert await messages.found(wanted) == [sid]


async def test_a_page_towards_newer_ends_right_before_its_cursor(messages: Messages) -> None:
    sent = [await messages.add() for _ in range(6)]
    page = await account_pages.page(
        messages.database,
        ACCOUNT,
        MessageFilter(),
        limit=2,
        cursor=Cursor(sent[1], towards_newer=True),
    )
    assert [message.sid for message in page.messages] == [sent[3], sent[2]]
    assert (page.has_newer, page.has_older) == (True, True)


async def test_another_accounts_messages_are_not_seen(messages: Messages) -> None:
    sid = await messages.add(account_sid="AC" + "2" * 32)
    assert await messages.found(MessageFilter()) == []
    assert await queries.fetch(messages.database, ACCOUNT, sid) is None
    assert await journey.trace(messages.database, "CR" + "2" * 32, sid) is None


async def test_a_journey_says_where_each_segment_is_and_who_was_told(messages: Messages) -> None:
    sid = await messages.add(num_segments=3)
    async with messages.database.single() as connection:
        await connection.execute(
            f"""
            WITH gone AS (DELETE FROM queue WHERE number < 3 RETURNING *), flying AS (
              INSERT INTO in_flight (message_sid, number, connector_sid, lane, queued_at,
                carrier_sid, account_sid, attempts, doubts, epoch, claimed_at)
              SELECT message_sid, number, connector_sid, lane, queued_at, carrier_sid, account_sid,
                1, 0, 1, now() FROM gone WHERE number = 2
            ), events AS (
              INSERT INTO message_events (message_sid, carrier_sid, account_sid, event, why, raw)
              VALUES ('{sid}', '{CARRIER}', '{ACCOUNT}', 'sent', 'all answered', '\\x00ff')
            ), attempts AS (
              INSERT INTO webhook_attempts
                (message_sid, carrier_sid, account_sid, event, url, duration_ms, http_status)
              VALUES ('{sid}', '{CARRIER}', '{ACCOUNT}', 'sent', 'http://x/', 12, 204)
            )
            INSERT INTO segments (message_sid, number, carrier_sid, account_sid, connector_sid,
              command_status, smsc_message_id, submitted_at, answered_at)
            SELECT message_sid, number, carrier_sid, account_sid, connector_sid, 0, 'a1f',
              now(), now() FROM gone WHERE number = 1
            """
        )
    traced = await journey.trace(messages.database, CARRIER, sid)
    assert traced is not None
    assert [(segment.number, segment.place) for segment in traced.segments] == [
        (1, Place.ANSWERED),
        (2, Place.IN_FLIGHT),
        (3, Place.QUEUED),
    ]
    assert traced.segments[0].smsc_message_id == "a1f"
    assert [(event.event, event.why, event.raw) for event in traced.events] == [
        ("sent", "all answered", b"\x00\xff")
    ]
    assert [(attempt.event, attempt.http_status) for attempt in traced.attempts] == [("sent", 204)]
    assert traced.webhooks_owed == 0
