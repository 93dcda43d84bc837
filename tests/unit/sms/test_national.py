"""National language tables: facts of 3GPP TS 23.038 Annex A, one row or so of each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.sms.alphabet import decode_gsm7
from smsc.sms.national import Language, Shifts, decode_shifted


@pytest.mark.parametrize(
    ("language", "septets", "text"),
    [
        (Language.TURKISH, "04 07 0B 0C 1C 1D 40 60", "€ıĞğŞşİç"),
        (Language.PORTUGUESE, "04 06 07 08 09 0B 0C 0E 0F 12 16 17 18 1A", "êúíóçÔôÁáª^\\€|"),
        (Language.PORTUGUESE, "13 14 15 19 24 40 5B 5C 5D 60 7B 7C 7D 7F", "ÇÀ∞ÓºÍÃÕÚ~ãõ`à"),
        (Language.SPANISH, "40 60 05 10 7B", "¡¿éΔä"),
        (
            Language.BENGALI,
            "00 03 0B 0F 10 13 1C 22 28 29 40 4F 60 7B 7F",
            "\u0981\u0985\u098c\u098f\u0990\u0993\u099b\u099f)(\u09ac\u09bd\u09ce\u09d7\u09f1",
        ),
        (Language.GUJARATI, "0C 10 3D 43 60 7B 7F", "\u0a8d\u0a90\u0aaa\u0aaf\u0ad0\u0ae0\u0af1"),
        (
            Language.HINDI,
            "01 4F 27 2A 3C 4E 50 60 7B 7E 7F",
            "\u0902\u093d\u0924\u0925\u0929\u093c\u093e\u0950\u0972\u097e\u097f",
        ),
        (Language.KANNADA, "01 08 24 45 5F 60 7F", "\u0c82\u0c8a\u0ca1\u0cb1\u0ccd\u0cd5\u0ce3"),
        (Language.MALAYALAM, "02 12 48 58 60 7F", "\u0d03\u0d12\u0d34\u0d46\u0d57\u0d79"),
        (Language.ORIYA, "00 47 49 60 7B 7F", "\u0b01\u0b33\u0b35\u0b56\u0b57\u0b63"),
        (Language.PUNJABI, "05 20 30 5F 60 7F", "\u0a07 0\u0a4d\u0a51\u0a74"),
        (
            Language.TAMIL,
            "02 0A 0D 26 3C 45 60 7C 7F",
            "\u0b83\n\r\u0ba3\u0ba9\u0bb1\u0bd0\u0bf0\u0bf9",
        ),
        (Language.TELUGU, "00 10 3D 50 60 7C 7F", "\u0c01\u0c10\u0c2a\u0c3e\u0c55\u0c60\u0c63"),
        (
            Language.URDU,
            "00 0B 10 1C 22 3C 40 4F 50 5F 60 7B 7F",
            "\u0627\u0679\u062b\u068c\u068f\u069a\u0635\u0646\u06ba\u0657\u0654\u0655\u0670",
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Language) else "",
)
def test_a_locking_shift_reads_its_table(language: Language, septets: str, text: str) -> None:
    assert decode_shifted(bytes.fromhex(septets), Shifts(locking=language)) == text


@pytest.mark.parametrize(
    ("language", "septets", "text"),
    [
        (Language.TURKISH, "47 49 53 63 67 69 73 65 28", "ĞİŞçğış€{"),
        (Language.SPANISH, "09 41 49 4F 55 61 69 6F 75", "çÁÍÓÚáíóú"),
        (Language.PORTUGUESE, "05 0B 12 19 1F 41 5B 61 7C 7F", "êÔΦΘÊÀÃÂõâ"),
        (
            Language.BENGALI,
            "00 05 10 13 19 1A 24 3A 40 41 65",
            '@"<¡\u09e6\u09e7\u09df:|A€',
        ),
        (Language.GUJARATI, "19 1A 1C 25", "\u0964\u0965\u0ae6\u0aef"),
        (Language.HINDI, "1C 26 2C 39 3A", "\u0966\u0951\u0958\u0970\u0971"),
        (Language.KANNADA, "1C 26 2A", "\u0ce6\u0cde\u0cf2"),
        (Language.MALAYALAM, "25 26 34", "\u0d6f\u0d70\u0d7f"),
        (Language.ORIYA, "20 26 2C", "\u0b6a\u0b5c\u0b71"),
        (Language.PUNJABI, "26 2D", "\u0a59\u0a75"),
        (Language.TAMIL, "24 25 2E", "\u0bee\u0bef\u0bfa"),
        (Language.TELUGU, "1C 26 32", "\u0c66\u0c58\u0c7f"),
        (Language.URDU, "19 1C 35 3B 3F", "\u0600\u06f0\u0652\u06cd\u06d4"),
    ],
    ids=lambda value: value.name if isinstance(value, Language) else "",
)
def test_a_single_shift_reads_its_table_after_an_escape(
    language: Language, septets: str, text: str
) -> None:
    escaped = b"".join(b"\x1b" + bytes([septet]) for septet in bytes.fromhex(septets))
    assert decode_shifted(escaped, Shifts(single=language)) == text


def test_both_shifts_hold_together() -> None:
    assert decode_shifted(b"\x1c\x1bs\x1be", Shifts(single=1, locking=1)) == "Şş€"


def test_what_a_single_shift_lacks_reads_unescaped() -> None:
    assert decode_shifted(b"\x1bA\x1b\x1b\x1b", Shifts(single=Language.TURKISH)) == "A  "


@given(st.binary(), st.integers(14, 255))
def test_unknown_languages_read_as_the_default_alphabet(octets: bytes, language: int) -> None:
    octets = bytes(octet & 0x7F for octet in octets)
    assert decode_shifted(octets, Shifts(language, language)) == decode_gsm7(octets)


@given(st.binary(), st.integers(0, 255), st.integers(0, 255))
def test_no_septets_make_reading_fail(octets: bytes, single: int, locking: int) -> None:
    decode_shifted(octets, Shifts(single, locking))
