"""The texts that tell alphabets apart, and what follows from how they arrived; pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from smsc.doctor.report import Outcome, Question, Reading, Report
from smsc.sms.alphabet import Alphabet
from smsc.sms.decoding import decode_text
from smsc.sms.segments import Segment, split

AS_SENT: Final = "as sent"
_DATA_CODING_LATIN1: Final = 3  # SMPP 3.4 §5.2.19
_KHMER: Final = "សួស្តី ពិភពលោក"
_LONG: Final = "0123456789" * 17  # with its mark it takes two segments


@dataclass(frozen=True, slots=True)
class ProbeText:
    """A text to send: octets under a data_coding, and how they may look when they arrive."""

    name: str
    about: str
    segments: tuple[tuple[int, bytes, bool], ...]  # data_coding, user data, has a UDH
    readings: tuple[Reading, ...]

    @property
    def question(self) -> Question:
        """What to ask whoever holds the handset."""
        return Question(self.name, self.about, self.readings)


def probe_texts(tag: str) -> Iterator[ProbeText]:
    """Yield the texts, those that tell most first; `tag` tells this examination's from others.

    A and B are octets with one meaning in each alphabet. In GSM 7-bit 0x40 is ¡ and 0x24 is ¤; in
    all others they are @ and $. 0xE9 is é in Latin-1 alone, 0xC3 0xA9 is é in UTF-8 alone.
    """
    yield _raw("A", tag, b"1=@ 2=$ 3=[ 4={ 5=_ end", "what data_coding 0 means")
    yield _raw("B", tag, b"1=\xe9 2=\xc3\xa9 end", "which 8-bit alphabet it is, if it is one")
    yield _ours("C", tag, "@£$¥èéùìòÇ €[]{}^~\\| end", "GSM 7-bit with its extension, as we send")
    yield _ours("D", tag, f"{_KHMER} end", "UCS-2, as we send Khmer")
    yield _ours("E", tag, f"{_LONG} end", "two segments that are joined on the handset")
    text = f"smsc {tag}F 1=é 2=ü 3=ñ 4=£ 5=à end"
    octets = text.encode("latin-1")
    sent = Reading(text, (AS_SENT,))
    yield ProbeText(
        "F", "Latin-1 as data_coding 3", ((_DATA_CODING_LATIN1, octets, False),), (sent,)
    )


def recognise(text: ProbeText, arrived: Sequence[str]) -> tuple[str, ...] | None:
    """Return what a text means that is among those which arrived; None when it is not."""
    mark = _mark(text.readings[0].text)
    for one in arrived:
        if mark not in one:
            continue
        for reading in text.readings:
            if _pattern(reading.text).search(one):
                return reading.means
        return ()  # it arrived, and reads like nothing that we know
    return None


def conclude(seen: Mapping[str, Sequence[str] | None], report: Report) -> None:
    """Say what follows from how the texts arrived; None: that one did not arrive, or who knows."""
    meanings = [set(seen[name] or ()) for name in ("A", "B") if seen.get(name) is not None]
    possible = set.intersection(*meanings) if meanings else set()
    if len(possible) == 1:
        (alphabet,) = possible
        report.add("Alphabet", Outcome.OK, f"data_coding 0 means {_NAMES[Alphabet(alphabet)]}")
        report.suggest("default_alphabet", alphabet, "so the test texts read on the handset")
    elif possible:
        names = ", ".join(_NAMES[one] for one in Alphabet if one.value in possible)
        words = f"data_coding 0 is one of {names}; the second test text did not tell which"
        report.add("Alphabet", Outcome.WARNING, words)
    elif meanings:
        words = "The test texts read like no alphabet that we know: ask the remote's people"
        report.add("Alphabet", Outcome.WARNING, words)
    for name, about in (("C", "GSM 7-bit"), ("D", "UCS-2"), ("E", "A long text"), ("F", "Latin-1")):
        means = seen.get(name)
        if means is None:
            continue
        if AS_SENT in means:
            report.add(f"Text {name}", Outcome.OK, f"{about} arrived as it was sent")
        else:
            report.add(f"Text {name}", Outcome.WARNING, f"{about} arrived changed: {_ADVICE[name]}")


_NAMES: Final = {
    Alphabet.GSM7: "GSM 7-bit",
    Alphabet.LATIN1: "Latin-1",
    Alphabet.ASCII: "ASCII",
    Alphabet.UTF8: "UTF-8",
}
_ADVICE: Final = {
    "C": "with the right default_alphabet it should not",
    "D": "the remote may want it little-endian, or not at all",
    "E": "try another concatenation: sar, payload, udh16",
    "F": "leave sends_latin1 off",
}


def _raw(name: str, tag: str, octets: bytes, about: str) -> ProbeText:
    user_data = f"smsc {tag}{name} ".encode() + octets
    readings: dict[str, tuple[str, ...]] = {}
    for alphabet in Alphabet:
        text = decode_text(user_data, 0, alphabet)
        readings[text] = (*readings.get(text, ()), alphabet.value)
    shown = tuple(Reading(text, means) for text, means in readings.items())
    return ProbeText(name, about, ((0, user_data, False),), shown)


def _ours(name: str, tag: str, body: str, about: str) -> ProbeText:
    text = f"smsc {tag}{name} {body}"
    segments = tuple(map(_octets, split(text, reference=ord(name))))
    return ProbeText(name, about, segments, (Reading(text, (AS_SENT,)),))


def _octets(segment: Segment) -> tuple[int, bytes, bool]:
    return int(segment.data_coding), segment.user_data, segment.has_udh


def _mark(text: str) -> str:
    return " ".join(text.split(" ")[:2]) + " "


def _pattern(text: str) -> re.Pattern[str]:
    """Match a reading; what no alphabet knows is shown in many ways, or left out."""
    return re.compile(re.escape(text).replace("\ufffd", "[^\\w ]{0,2}"))
