"""Hashes that older releases made, and how they are replaced."""

from argon2 import PasswordHasher

from api.issued_secrets import SPARES_OLD_SECONDS, IssuedSecrets
from smsc.vault import digest_key, is_plain_digest, secret_matches
from tests.integration.conftest import House

SECRET = "0123456789abcdefghijklmnopqrstuvwxyz_-ABCDE"


async def insert_old_key(house: House) -> None:
    async with house.database.single() as connection:
        await connection.execute(
            """INSERT INTO api_keys (sid, carrier_sid, account_sid, friendly_name, kind, digest)
               SELECT 'SK1', carrier_sid, sid, '', 'main', $1 FROM accounts""",
            digest_key(SECRET),
        )


async def kept_in(house: House) -> bytes:
    kept = await house.value("SELECT digest FROM api_keys WHERE sid = 'SK1'")
    assert isinstance(kept, bytes)
    return kept


async def test_an_old_hash_is_replaced_when_its_key_is_used_and_no_older_release_runs(
    house: House,
) -> None:
    await insert_old_key(house)
    now = 0.0
    secrets = IssuedSecrets(house.database, clock=lambda: now)
    old = digest_key(SECRET)

    assert await secrets.matches("api_keys", "SK1", SECRET, old)
    assert await kept_in(house) == old, "the release before may run beside us"
    now = SPARES_OLD_SECONDS
    assert not await secrets.matches("api_keys", "SK1", "wrong", old)
    assert await kept_in(house) == old
    assert await secrets.matches("api_keys", "SK1", SECRET, old)
    replaced = await kept_in(house)
    assert not is_plain_digest(replaced)
    assert secret_matches(SECRET, replaced)
    assert await secrets.matches("api_keys", "SK1", SECRET, old), "a cache shows it for a moment"
    assert await kept_in(house) == replaced
    assert await secrets.matches("api_keys", "SK1", SECRET, replaced)


async def test_a_hash_that_was_changed_meanwhile_is_left_alone(house: House) -> None:
    await insert_old_key(house)
    now = 0.0
    secrets = IssuedSecrets(house.database, clock=lambda: now)
    now = SPARES_OLD_SECONDS
    other = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("other").encode()
    async with house.database.single() as connection:
        await connection.execute("UPDATE api_keys SET digest = $1", other)

    assert await secrets.matches("api_keys", "SK1", SECRET, digest_key(SECRET))
    assert await kept_in(house) == other
