"""Secrets come back only with the key, and passwords not at all."""

import base64
import os

import pytest
from pydantic import SecretStr

from smsc import vault
from smsc.errors import SettingError
from smsc.vault import Vault


def make_vault() -> Vault:
    return Vault(SecretStr(base64.urlsafe_b64encode(os.urandom(32)).decode()))


def test_what_was_sealed_opens_and_does_not_show_the_secret() -> None:
    own = make_vault()
    sealed = own.seal("auth token")
    assert "auth token" not in sealed
    assert own.open(sealed) == "auth token"
    assert own.seal("auth token") != sealed


def test_another_key_says_that_it_is_the_wrong_one() -> None:
    with pytest.raises(SettingError, match="SMSC_SECRET_KEY"):
        make_vault().open(make_vault().seal("secret"))


def test_a_password_matches_its_hash_alone() -> None:
    hashed = vault.hash_password("pass1234")
    assert vault.password_matches("pass1234", hashed)
    assert not vault.password_matches("pass1235", hashed)
    assert not vault.password_matches("pass1234", "no hash")


def test_a_key_matches_its_digest_alone() -> None:
    digest = vault.digest_key("key")
    assert vault.key_matches("key", digest)
    assert not vault.key_matches("kez", digest)


def test_a_token_has_the_shape_of_twilios() -> None:
    assert len({vault.make_token() for _ in range(100)}) == 100
    assert all(len(bytes.fromhex(vault.make_token())) == 16 for _ in range(10))
