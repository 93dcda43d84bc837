"""What is sealed is opened by its key and under its name alone."""

import os
from datetime import date

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from smsc.sealing import NONCE_OCTETS, DayKey, Keys

SID = "SM" + "1" * 32
ACCOUNT = "AC" + "1" * 32


def keys() -> Keys:
    cipher = AESGCM(os.urandom(32))
    return Keys({ACCOUNT: DayKey(7, date(2026, 11, 26), cipher)}, {7: cipher})


def test_a_text_is_read_as_it_was_written() -> None:
    own = keys()
    sealed = own.seal_text(ACCOUNT, SID, "Hé ж 🎉", b"\x00\x01")
    assert own.open_text(SID, *sealed) == ("Hé ж 🎉", b"\x00\x01")


def test_a_sealed_row_shows_nothing_of_its_text() -> None:
    sealed = keys().seal_text(ACCOUNT, SID, "canary", b"canary")
    assert (sealed.key_id, sealed.body) == (7, "")
    assert b"canary" not in (sealed.sealed_body or b"") + (sealed.user_data or b"")


def test_one_text_is_never_sealed_alike_twice() -> None:
    own = keys()
    assert len({own.seal_text(ACCOUNT, SID, "Hi", None).sealed_body for _ in range(300)}) == 300


def test_a_forked_process_seals_by_no_nonce_of_its_parent() -> None:
    def nonces() -> list[bytes]:
        return [(own.seal(7, "name", b"") or b"")[:NONCE_OCTETS] for _ in range(50)]

    own = keys()
    nonces()  # some are drawn, and left
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.write(writer, b"".join(nonces()))
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reader, 50 * NONCE_OCTETS)
    os.close(reader)
    os.close(writer)
    assert len(theirs) == 50 * NONCE_OCTETS
    assert [one for one in nonces() if one in theirs] == []


def test_a_value_that_was_moved_to_another_row_cannot_be_read() -> None:
    own = keys()
    sealed = own.seal_text(ACCOUNT, SID, "Hi", None)
    assert own.open_text("SM" + "2" * 32, *sealed) == (None, None)


def test_a_value_that_was_tampered_with_cannot_be_read() -> None:
    own = keys()
    octets = own.seal(7, "name", b"octets") or b""
    assert own.open(7, "name", octets) == b"octets"
    assert own.open(7, "name", octets[:-1] + bytes([octets[-1] ^ 1])) is None


def test_without_its_key_a_text_is_lost() -> None:
    sealed = keys().seal_text(ACCOUNT, SID, "Hi", None)
    assert Keys({}, {}).open_text(SID, *sealed) == (None, None)


def test_an_older_release_s_row_is_read_as_it_lies() -> None:
    assert keys().open_text(SID, None, "plain", None, b"data") == ("plain", b"data")
    assert keys().open(None, "name", b"octets") == b"octets"
    assert keys().seal(None, "name", b"octets") == b"octets"


def test_a_redacted_row_is_read_as_empty() -> None:
    assert keys().open_text(SID, 7, "", None, None) == ("", None)
