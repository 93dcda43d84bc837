"""Keeps secrets at rest: encrypted where we must use them again, hashed where we only compare."""

import hashlib
import hmac
import secrets
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from smsc.errors import SettingError

_passwords = PasswordHasher()
# For what we issue ourselves: 256 random bits need no more than OWASP's least, and it is asked
# for by programs, on machines that may be small: 7 MiB, a core's 15 to 25 ms.
_secrets = PasswordHasher(time_cost=5, memory_cost=7 * 1024, parallelism=1)
_SHA256_OCTETS: Final = 32


class Vault:
    """Encrypts and decrypts with `SMSC_SECRET_KEY` (Fernet: AES-128-CBC and HMAC-SHA256).

    What was sealed with `SMSC_SECRET_KEY_OLD` is opened, too; nothing more is sealed with it.
    """

    def __init__(self, secret_key: SecretStr, old_key: SecretStr | None = None) -> None:
        keys = [key.get_secret_value() for key in (secret_key, old_key) if key is not None]
        self._newest = Fernet(keys[0])
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._codes_keys = [_derived(key, b"verification codes") for key in keys]
        self._digest_key = _derived(keys[0], b"digests of parts")

    def seal(self, plain: str) -> str:
        """Encrypt a secret for its column."""
        return self.seal_octets(plain.encode())

    def open(self, sealed: str) -> str:
        """Decrypt what `seal` made.

        Raises:
            SettingError: it was sealed with another key.
        """
        return self.open_octets(sealed).decode()

    def seal_octets(self, plain: bytes) -> str:
        """Encrypt octets, a key for instance, for their column."""
        return self._fernet.encrypt(plain).decode()

    def open_octets(self, sealed: str) -> bytes:
        """Decrypt what `seal_octets` made.

        Raises:
            SettingError: it was sealed with another key.
        """
        try:
            return self._fernet.decrypt(sealed.encode())
        except InvalidToken:
            raise SettingError(
                "SMSC_SECRET_KEY is not the key that this database's secrets were encrypted with. "
                "Set it to the key of the installation that made the database."
            ) from None

    def is_newest(self, sealed: str) -> bool:
        """Say whether it was sealed with `SMSC_SECRET_KEY` itself, not with the old one."""
        try:
            self._newest.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True

    def digits(self, name: str, length: int) -> str:
        """Derive a code of decimal digits from a name: the same each time, and kept nowhere."""
        return self.all_digits(name, length)[0]

    def all_digits(self, name: str, length: int) -> list[str]:
        """Return what `digits` gives, then what it gave before `SMSC_SECRET_KEY` was changed."""
        digests = [hmac.digest(key, name.encode(), "sha256") for key in self._codes_keys]
        return [str(int.from_bytes(one) % 10**length).zfill(length) for one in digests]

    def digest(self, octets: bytes) -> bytes:
        """Digest octets so that without the key nobody can try out what they were."""
        return hmac.digest(self._digest_key, octets, "sha256")


def _derived(key: str, purpose: bytes) -> bytes:
    return hmac.digest(key.encode(), purpose, "sha256")


def same_text(one: str, other: str) -> bool:
    """Compare secrets in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def make_token() -> str:
    """Make a secret of Twilio's shape: 32 lower-case hex digits."""
    return secrets.token_hex(16)


def digest_key(secret: str) -> bytes:
    """Digest a random 256-bit token, of a session or a link: its row is found by this."""
    return hashlib.sha256(secret.encode()).digest()


def key_matches(secret: str, digest: bytes) -> bool:
    """Compare a random key with its digest in constant time."""
    return hmac.compare_digest(digest_key(secret), digest)


def is_plain_digest(kept: bytes) -> bool:
    """Say whether a secret is kept as older releases did: by `digest_key`, not `hash_secret`."""
    return len(kept) == _SHA256_OCTETS


def hash_secret(secret: str) -> bytes:
    """Hash a secret that we issued (Argon2id): tens of milliseconds, not on an event loop."""
    return _secrets.hash(secret).encode()


def secret_matches(secret: str, kept: bytes) -> bool:
    """Compare a secret with what is kept of it, in either way: not on an event loop."""
    if is_plain_digest(kept):
        return key_matches(secret, kept)
    return password_matches(secret, kept.decode())


def hash_password(password: str) -> str:
    """Hash a password that a person may have chosen (Argon2id)."""
    return _passwords.hash(password)


@cache
def nobodys_hash() -> str:
    """Return a hash to compare with where nobody has the name: so that takes as long as if one had.

    Made when it is first needed: a start has no tens of milliseconds to spare for it.
    """
    return hash_password("nobody's")


def password_matches(password: str, hashed: str) -> bool:
    """Compare a password with its Argon2id hash: tens of milliseconds, not on an event loop."""
    try:
        return _passwords.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False
