import asyncio
import gc

import pytest
from argon2 import PasswordHasher

from smsc import secret_checks
from smsc.errors import ServiceUnavailable
from smsc.secret_checks import SecretChecks
from smsc.vault import hash_secret, is_plain_digest, secret_matches

# As cheap as Argon2id gets: what is tried here is what is remembered of it.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def cheap(secret: str) -> bytes:
    return CHEAP.hash(secret).encode()


class Counted(SecretChecks):
    """Counts the slow comparisons."""

    slow = 0

    async def _check(self, proof: bytes, secret: str, hashed: bytes) -> bool:
        self.slow += 1
        return await super()._check(proof, secret, hashed)


def test_a_secret_of_ours_is_hashed_as_dearly_as_owasp_asks_at_least() -> None:
    hashed = hash_secret("x" * 43)
    assert hashed.startswith(b"$argon2id$v=19$m=7168,t=5,p=1$")
    assert not is_plain_digest(hashed)
    assert secret_matches("x" * 43, hashed)
    assert not secret_matches("x" * 42, hashed)


async def test_what_matched_is_compared_slowly_once_in_its_life() -> None:
    now = 0.0
    checks, hashed = Counted(clock=lambda: now), cheap("right")
    assert [await checks.matches("right", hashed) for _ in range(3)] == [True] * 3
    assert checks.slow == 1
    now = secret_checks.LIFE_SECONDS
    assert await checks.matches("right", hashed)
    assert checks.slow == 2


async def test_what_did_not_match_is_compared_anew_each_time() -> None:
    checks, hashed = Counted(), cheap("right")
    assert [await checks.matches("wrong", hashed) for _ in range(2)] == [False] * 2
    assert checks.slow == 2


async def test_a_secret_that_was_changed_opens_nothing_any_more() -> None:
    checks, before, after = SecretChecks(), cheap("first"), cheap("second")
    assert await checks.matches("first", before)
    assert not await checks.matches("first", after)


async def test_a_hundred_who_ask_the_same_cost_one_comparison() -> None:
    checks, hashed = Counted(), cheap("right")
    assert all(await asyncio.gather(*(checks.matches("right", hashed) for _ in range(100))))
    assert checks.slow == 1


async def test_beyond_a_hundred_that_wait_one_is_told_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(secret_checks, "MOST_WAITING", 3)
    checks, hashed = SecretChecks(), cheap("right")
    assert await checks.matches("right", hashed)
    waiting = [asyncio.ensure_future(checks.matches(f"wrong {n}", hashed)) for n in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(ServiceUnavailable):
        await checks.matches("wrong", hashed)
    assert await checks.matches("right", hashed), "who is known does not wait"
    assert await asyncio.gather(*waiting) == [False] * 3


async def test_no_more_are_remembered_than_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(secret_checks, "MOST_KNOWN", 2)
    checks = Counted()
    hashes = {name: cheap(name) for name in ("one", "two", "three")}
    for name, hashed in hashes.items():
        assert await checks.matches(name, hashed)
    assert await checks.matches("three", hashes["three"])
    assert checks.slow == 3
    assert await checks.matches("one", hashes["one"])
    assert checks.slow == 4


async def test_nothing_that_is_remembered_is_the_secret() -> None:
    checks, secret = SecretChecks(), "sesame, open, 0123456789"
    assert await checks.matches(secret, cheap(secret))
    seen: set[int] = set()
    found = [checks.__dict__]
    texts: list[str | bytes] = []
    while found:
        one = found.pop()
        if id(one) in seen or isinstance(one, type):
            continue
        seen.add(id(one))
        if isinstance(one, (str, bytes)):
            texts.append(one)
        elif isinstance(one, (dict, list, tuple, set)):
            found.extend(gc.get_referents(one))
    assert texts
    assert not [one for one in texts if one in (secret, secret.encode())]
