"""Our GSM 7-bit, packed and not, against aiosmpplib's and smpplib's: they wrote theirs alone."""

import smpplib.gsm
from aiosmpplib.codec import GSM7BitCodec, GSM7BitPackedCodec
from hypothesis import given
from hypothesis import strategies as st

from smsc.sms.alphabet import BASIC, EXTENSION, decode_gsm7, encode_gsm7
from smsc.sms.packing import pack, unpack

basic = BASIC.replace("\x1b", "")
texts = st.text(alphabet=basic + "".join(EXTENSION.values()).replace("\f", ""), max_size=150)


@given(texts)
def test_unpacked_text_is_aiosmpplibs(text: str) -> None:
    octets, _ = GSM7BitCodec().encode(text)
    assert encode_gsm7(text) == octets
    assert GSM7BitCodec().decode(octets)[0] == decode_gsm7(octets) == text


@given(texts)
def test_packed_text_is_aiosmpplibs_but_for_the_cr_that_fills_up(text: str) -> None:
    ours = pack(encode_gsm7(text))
    theirs, _ = GSM7BitPackedCodec().encode(text)
    assert ours == theirs or ours[: len(theirs) - 1] == theirs[:-1]
    assert GSM7BitPackedCodec().decode(ours)[0].rstrip("\r@") == text.rstrip("\r@")


@given(texts)
def test_text_that_aiosmpplib_packed_is_read_but_for_an_at_sign_of_its_filling(text: str) -> None:
    packed, _ = GSM7BitPackedCodec().encode(text)
    assert decode_gsm7(unpack(packed)).rstrip("@\r") == text.rstrip("@\r")


@given(st.text(alphabet=basic.replace("§", ""), max_size=150))
def test_unpacked_text_is_smpplibs(text: str) -> None:
    assert encode_gsm7(text) == smpplib.gsm.gsm_encode(text)
