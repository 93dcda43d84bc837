"""Row-level security: a request's transactions see its tenant's rows, though no query says so."""

from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from smsc import sids, wall
from smsc.billing import usage
from smsc.billing.usage import Span
from smsc.db import Database
from smsc.errors import NotFound
from smsc.messaging.verification.verify import Verifier
from smsc.models import metadata
from smsc.provisioning.transaction import changing, reading
from smsc.tenancy import CONFINE, ROLE, Tenant, confine_to
from tests.integration.conftest import House

NEIGHBOUR = "AC" + "1" * 32
STRANGER = "AC" + "2" * 32
OTHER_CARRIER = "CR" + "2" * 32
WITHOUT_TENANT = {"worker_processes"}  # of all tenants alike
BY_ANOTHER_ROW = {"carriers", "message_export_parts"}


async def nobody_need_know() -> None:
    """No process has a cache here."""


@pytest.fixture
async def tenants(house: House) -> House:
    """Add an account of the same carrier and one of another, and a message to each of the three."""
    async with house.database.begin() as connection:
        await connection.execute(
            "INSERT INTO carriers (sid, name) VALUES ($1, 'Other')", OTHER_CARRIER
        )
        ours = house.account.carrier_sid
        for sid, carrier in ((NEIGHBOUR, ours), (STRANGER, OTHER_CARRIER)):
            await connection.execute(
                """INSERT INTO accounts (sid, carrier_sid, friendly_name, status, auth_token_sealed)
                   VALUES ($1, $2, '', 'active', 'x')""",
                sid,
                carrier,
            )
        for sid in (house.account.sid, NEIGHBOUR, STRANGER):
            await connection.execute(
                """INSERT INTO messages (sid, carrier_sid, account_sid, direction, status, to_,
                     from_, body, data_coding, num_segments, lane)
                   SELECT $1, carrier_sid, sid, 'outbound-api', 'queued', '', '', '', 0, 1, 2
                   FROM accounts WHERE sid = $2""",
                sids.make(sids.Prefix.MESSAGE),
                sid,
            )
        house.database.has_wall = await wall.stands(connection)
    assert house.database.has_wall
    return house


def ours(tenants: House) -> Tenant:
    return Tenant(tenants.account.carrier_sid, (tenants.account.sid,))


async def seen(database: Database, query: str = "SELECT account_sid FROM messages") -> set[str]:
    async with database.single() as connection:
        return {row[0] for row in await connection.fetch(query)}


async def test_a_query_without_a_where_shows_an_account_its_own_rows(tenants: House) -> None:
    confine_to(ours(tenants))
    confined = tenants.database.confined()
    assert await seen(confined) == {tenants.account.sid}
    assert await seen(confined, "SELECT sid FROM accounts") == {tenants.account.sid}
    assert await seen(confined, "SELECT sid FROM carriers") == {tenants.account.carrier_sid}


async def test_a_session_of_a_request_is_confined_too(tenants: House) -> None:
    confine_to(ours(tenants))
    async with reading(tenants.database) as db:
        rows = await (await db.connection()).execute(text("SELECT account_sid FROM messages"))
        assert set(rows.scalars()) == {tenants.account.sid}
    async with changing(tenants.database, nobody_need_know) as db:
        await (await db.connection()).execute(text("UPDATE messages SET from_ = 'touched'"))
    assert await tenants.rows("SELECT account_sid FROM messages WHERE from_ = 'touched'") == [
        (tenants.account.sid,)
    ]


async def test_a_carrier_sees_its_accounts_and_no_other_carrier_s(tenants: House) -> None:
    confine_to(Tenant(tenants.account.carrier_sid))
    assert await seen(tenants.database.confined()) == {tenants.account.sid, NEIGHBOUR}


async def test_a_parent_sees_its_subaccounts(tenants: House) -> None:
    await tenants.value(
        "UPDATE accounts SET owner_sid = $1 WHERE sid = $2", tenants.account.sid, NEIGHBOUR
    )
    confine_to(ours(tenants))
    accounts = await seen(tenants.database.confined(), "SELECT sid FROM accounts")
    assert accounts == {tenants.account.sid, NEIGHBOUR}


async def test_nothing_can_be_written_in_another_s_name(tenants: House) -> None:
    confine_to(ours(tenants))
    async with tenants.database.confined().single() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await connection.execute("UPDATE messages SET account_sid = $1", NEIGHBOUR)


async def test_who_names_no_tenant_sees_nothing_of_any_table(tenants: House) -> None:
    async with tenants.database.begin() as connection:
        await connection.execute(f"SET LOCAL ROLE {ROLE}")
        for table in sorted(set(metadata.tables) - WITHOUT_TENANT):
            assert not await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table})"), table


async def test_every_table_with_a_tenant_s_column_has_its_policy(tenants: House) -> None:
    guarded = await seen(
        tenants.database,
        f"""SELECT c.relname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
            WHERE p.polname = '{wall.POLICY}' AND c.relrowsecurity""",
    )
    named = {
        name
        for name, table in metadata.tables.items()
        if {"account_sid", "carrier_sid"} & set(table.columns.keys())
    }
    assert named | BY_ANOTHER_ROW == guarded == set(metadata.tables) - WITHOUT_TENANT


async def test_what_serves_all_tenants_is_not_confined_by_whose_request_it_runs_in(
    tenants: House,
) -> None:
    confine_to(Tenant(OTHER_CARRIER, (STRANGER,)))
    message = await tenants.accept()
    assert await tenants.status(message.sid) == "queued"
    assert len(await seen(tenants.database)) == 3


@pytest.mark.parametrize("pooler", ["none", "transaction"])
async def test_one_connection_after_the_other_s_tenant_shows_nothing_of_it(
    tenants: House, database_url: str, pooler: str
) -> None:
    theirs = Tenant(OTHER_CARRIER, (STRANGER,))
    async with await Database.connect(database_url, pooler=pooler, size=1) as database:
        database.has_wall = True
        for tenant, account in ((ours(tenants), tenants.account.sid), (theirs, STRANGER)) * 2:
            confine_to(tenant)
            assert await seen(database.confined()) == {account}
            async with database.confined().begin() as connection:
                count = await connection.fetchval("SELECT count(*) FROM messages")
                assert count == 1
            assert len(await seen(database)) == 3


async def test_a_turn_that_fails_leaves_the_connection_to_nobody(
    tenants: House, database_url: str
) -> None:
    async with await Database.connect(database_url, size=1) as database:
        database.has_wall = True
        confine_to(ours(tenants))
        assert len(await seen(database.confined())) == 1
        confine_to(Tenant("a\0b"))
        with pytest.raises(asyncpg.DataError):
            await seen(database.confined())
        confine_to(ours(tenants))
        assert await seen(database.confined()) == {tenants.account.sid}


async def test_the_lines_of_an_export_are_seen_by_its_carrier_alone(tenants: House) -> None:
    async with tenants.database.begin() as connection:
        for carrier, sid in ((tenants.account.carrier_sid, "EX1"), (OTHER_CARRIER, "EX2")):
            await connection.execute(
                """INSERT INTO message_exports (sid, carrier_sid, asked, begins_at,
                                                ends_at, expires_at, state, rows, parts)
                   VALUES ($1, $2, '{}', now(), now(), now(), 'done', 1, 1)""",
                sid,
                carrier,
            )
            await connection.execute(
                "INSERT INTO message_export_parts (export_sid, number, content) VALUES ($1, 1, '')",
                sid,
            )
    confine_to(ours(tenants))
    assert await seen(
        tenants.database.confined(), "SELECT export_sid FROM message_export_parts"
    ) == {"EX1"}


async def test_a_verification_is_confined_to_whose_request_it_is(tenants: House) -> None:
    verifier = Verifier(tenants.database, tenants.vault, tenants.outbound)
    async with tenants.database.begin() as connection:
        await connection.execute(
            """INSERT INTO verify_services (sid, carrier_sid, account_sid, friendly_name,
                                            code_length) VALUES ('VA1', $1, $2, '', 6)""",
            OTHER_CARRIER,
            STRANGER,
        )
        await connection.execute(
            """INSERT INTO verifications (sid, carrier_sid, account_sid, service_sid, to_, sends,
                                          expires_at, status)
               VALUES ('VE1', $1, $2, 'VA1', '+1', '[]', now() + interval '1 minute', 'pending')""",
            OTHER_CARRIER,
            STRANGER,
        )
    assert (await verifier.fetch("VA1", "VE1")).sid == "VE1"
    confine_to(ours(tenants))
    with pytest.raises(NotFound):
        await verifier.fetch("VA1", "VE1")


async def test_use_is_counted_of_whose_request_it_is_though_others_are_asked_for(
    tenants: House,
) -> None:
    day = datetime.now(UTC).date()
    asked = [tenants.account.sid, NEIGHBOUR]

    async def messages() -> int:
        database = tenants.database.confined()
        (record,) = await usage.records(database, asked, day, day, Span.DAY, ["sms"])
        return record.used.messages

    assert await messages() == 2
    confine_to(ours(tenants))
    assert await messages() == 1


async def test_a_database_user_who_may_not_build_the_wall_is_told_and_goes_on_without(
    tenants: House, database_url: str
) -> None:
    user = f"plain_{uuid4().hex}"
    await tenants.value(f"CREATE ROLE {user} LOGIN PASSWORD 'plain'")
    try:
        parts = urlsplit(database_url)
        host = parts.netloc.rpartition("@")[2]
        url = urlunsplit(parts._replace(netloc=f"{user}:plain@{host}"))
        connection = await asyncpg.connect(url)
        with capture_logs() as logs:
            await wall.build(connection)
            assert not await wall.stands(connection)
        await connection.close()
        assert [log["event"] for log in logs] == ["wall.incomplete", "wall.missing"]
    finally:
        await tenants.value(f"DROP ROLE {user}")
    confine_to(ours(tenants))
    tenants.database.has_wall = False
    assert tenants.database.confined() is tenants.database


async def test_indexes_are_used_behind_the_wall_as_before_it(tenants: House) -> None:
    async with tenants.database.begin() as connection:
        await connection.execute(CONFINE, *ours(tenants).settings)
        plan = "\n".join(
            row[0]
            for row in await connection.fetch(
                """EXPLAIN SELECT * FROM messages
                   WHERE account_sid = 'AC1' AND sid < 'SM2' ORDER BY sid DESC LIMIT 50"""
            )
        )
    assert "Index Scan Backward using ix_messages_account" in plan
    assert "Index Cond: ((account_sid = 'AC1'::text) AND (sid < 'SM2'::text))" in plan
