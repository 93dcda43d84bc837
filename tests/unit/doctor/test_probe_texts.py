import pytest

from smsc.doctor.report import Outcome, Report
from smsc.doctor.texts import AS_SENT, ProbeText, conclude, probe_texts, recognise
from smsc.sms.alphabet import Alphabet
from smsc.sms.decoding import decode_text

TEXTS = {text.name: text for text in probe_texts("4f2a")}


def shown(text: ProbeText, alphabet: Alphabet) -> str:
    """Return a text of one segment as a remote with that alphabet shows it."""
    ((data_coding, octets, _),) = text.segments
    return decode_text(octets, data_coding, alphabet)


def concluded(seen: dict[str, tuple[str, ...] | None]) -> Report:
    report = Report("", 0, "")
    conclude(seen, report)
    return report


@pytest.mark.parametrize("alphabet", Alphabet)
def test_two_texts_tell_every_alphabet(alphabet: Alphabet) -> None:
    seen = {name: recognise(TEXTS[name], [shown(TEXTS[name], alphabet)]) for name in ("A", "B")}
    report = concluded(seen)
    assert [(one.setting, one.value) for one in report.suggestions] == [
        ("default_alphabet", alphabet.value)
    ]


def test_the_first_text_alone_tells_gsm_7_bit() -> None:
    seen = {"A": recognise(TEXTS["A"], [shown(TEXTS["A"], Alphabet.GSM7)]), "B": None}
    assert concluded(seen).suggestions[0].value == "gsm7"


def test_without_the_second_text_the_8_bit_alphabets_are_not_told_apart() -> None:
    seen = {"A": recognise(TEXTS["A"], [shown(TEXTS["A"], Alphabet.LATIN1)]), "B": None}
    report = concluded(seen)
    assert report.suggestions == []
    assert report.findings[0].outcome is Outcome.WARNING
    assert "Latin-1, ASCII, UTF-8" in report.findings[0].words


@pytest.mark.parametrize("mark", ["?", "", "\ufffd", "□"], ids=["?", "left out", "U+FFFD", "box"])
def test_what_no_alphabet_knows_may_be_shown_in_any_way(mark: str) -> None:
    text = shown(TEXTS["B"], Alphabet.ASCII).replace("\ufffd", mark)
    assert recognise(TEXTS["B"], [text]) == ("gsm7", "ascii")


def test_a_text_of_another_examination_is_not_taken_for_ours() -> None:
    other = shown(TEXTS["A"], Alphabet.GSM7).replace("4f2a", "1111")
    assert recognise(TEXTS["A"], [other]) is None


def test_a_text_that_arrived_changed_is_not_as_sent() -> None:
    khmer = TEXTS["D"].readings[0].text
    assert recognise(TEXTS["D"], [khmer]) == (AS_SENT,)
    assert recognise(TEXTS["D"], [khmer[:12] + "????"]) == ()
    report = concluded({"D": ()})
    assert report.findings[0].outcome is Outcome.WARNING


def test_the_texts_take_seven_segments_in_all() -> None:
    assert sum(len(text.segments) for text in TEXTS.values()) == 7
    assert len(TEXTS["E"].segments) == 2
