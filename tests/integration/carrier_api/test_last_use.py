from api.last_use import LastUse
from tests.integration.conftest import House


async def test_a_key_s_last_use_is_written_once_a_minute_at_most(house: House) -> None:
    async with house.database.single() as connection:
        await connection.execute(
            """INSERT INTO api_keys (sid, carrier_sid, account_sid, friendly_name, kind, digest)
               SELECT 'SK' || n, carrier_sid, sid, '', 'main', '' FROM accounts,
                      unnest(ARRAY['used', 'idle']) AS n"""
        )
    last_use = LastUse()

    async def written() -> list[tuple[object, ...]]:
        return await house.rows("SELECT sid, last_used_at FROM api_keys ORDER BY sid DESC")

    last_use.note("SKused")
    await last_use.write(house.database)
    first = await written()
    assert first[0][1] is not None
    assert first[1] == ("SKidle", None)
    last_use.note("SKused")
    await last_use.write(house.database)
    assert await written() == first


async def test_of_a_kannel_login_it_is_written_too(house: House) -> None:
    async with house.database.single() as connection:
        await connection.execute(
            """INSERT INTO kannel_users (sid, carrier_sid, account_sid, username, digest,
                                         inbound_method)
               SELECT 'KU1', carrier_sid, sid, 'rapidpro', '', 'GET' FROM accounts"""
        )
    last_use = LastUse()
    last_use.note("KU1")
    await last_use.write(house.database)
    assert await house.value("SELECT last_used_at IS NOT NULL FROM kannel_users")
