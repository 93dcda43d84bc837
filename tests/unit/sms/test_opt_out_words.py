"""Which bodies are words, and what is answered."""

import pytest

from smsc.sms.opt_out import DEFAULT_RULES, DEFAULT_TEXTS, OptOutType, parse_rules

OWN = parse_rules(
    {
        "stop_words": ["Arrêt", "fin  du service"],
        "start_words": ["oui"],
        "help_words": [],
        "texts": {
            "en": {"stop": "Bye.", "start": "", "help": ""},
            "km": {"stop": "លាហើយ", "start": "", "help": ""},
        },
        "languages": {"KH": "km"},
        "language": "en",
    }
)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("STOP", OptOutType.STOP),
        ("  stop \n", OptOutType.STOP),
        ("StopAll", OptOutType.STOP),
        ("optout", OptOutType.STOP),
        ("unstop", OptOutType.START),
        ("Yes", OptOutType.START),
        ("info", OptOutType.HELP),
        ("please stop", None),
        ("stop.", None),
        ("", None),
        ("x" * 2000, None),
    ],
)
def test_default_words_are_whole_messages(body: str, kind: OptOutType | None) -> None:
    assert DEFAULT_RULES.read(body) is kind


def test_own_words_replace_the_default_ones() -> None:
    assert OWN.read("ARRÊT") is OptOutType.STOP
    assert OWN.read("Fin du  service") is OptOutType.STOP
    assert OWN.read("oui") is OptOutType.START
    assert OWN.read("STOP") is None


def test_the_answer_is_in_the_language_of_the_country() -> None:
    assert OWN.answer(OptOutType.STOP, "KH") == "លាហើយ"
    assert OWN.answer(OptOutType.STOP, "US") == "Bye."
    assert OWN.answer(OptOutType.STOP, None) == "Bye."


def test_what_has_no_text_of_its_own_gets_the_default_one() -> None:
    assert OWN.answer(OptOutType.HELP, "KH") == DEFAULT_TEXTS[OptOutType.HELP]


def test_default_answers_name_the_way_back() -> None:
    assert "unsubscribed" in DEFAULT_TEXTS[OptOutType.STOP]
    assert "START" in DEFAULT_TEXTS[OptOutType.STOP]
    assert "STOP" in DEFAULT_TEXTS[OptOutType.START]
    assert "HELP" in DEFAULT_TEXTS[OptOutType.START]
    assert "rates" in DEFAULT_TEXTS[OptOutType.HELP]
    assert all(text.isascii() and len(text) <= 160 for text in DEFAULT_TEXTS.values())
