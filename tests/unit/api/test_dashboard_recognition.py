"""What the house says in English is found in a catalogue, whatever facts stand in it."""

import io
from collections.abc import Callable, Iterator

import pytest

from smsc.languages import extraction, language, said, speaking
from smsc.languages.recognition import Recognition

PAIRS = [
    ("no answer within %(seconds)s s", "rien en %(seconds)s s"),
    ("No answer: %(why)s", "Sans réponse : %(why)s"),
    ("%(name)s arrived: %(what)s", "%(what)s, dit %(name)s"),
    ("%(first)s is not %(first)s", "%(first)s nest pas %(first)s"),
    ("100%% of it", "100%% de cela"),
    ("it is full", "plein"),
]


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("it is full", "plein"),
        ("no answer within 2.5 s", "rien en 2.5 s"),
        ("No answer: no answer within 3 s", "Sans réponse : rien en 3 s"),
        ("Text A arrived: it is full", "plein, dit Text A"),
        ("one is not one", "one nest pas one"),
    ],
    ids=["whole", "a fact", "a sentence in a sentence", "facts change places", "a fact twice"],
)
def test_a_sentence_is_recognized_by_its_shape(english: str, french: str) -> None:
    assert Recognition(PAIRS).said(english) == french


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("host: it is full", "host: plein"),
        ("ESME_X: it is full; it is full", "ESME_X: plein; plein"),
    ],
)
def test_what_is_put_together_is_recognized_part_by_part(english: str, french: str) -> None:
    assert Recognition(PAIRS).said(english) == french


def test_what_is_not_known_is_said_as_it_is() -> None:
    assert Recognition(PAIRS).said("nobody says this: ever") == "nobody says this: ever"


def test_from_right_to_left_a_fact_keeps_its_own_direction() -> None:
    recognition = Recognition([("The number %(to)s is gone.", "ذهب %(to)s.")], isolates=True)
    assert recognition.said("The number +15075550100 is gone.") == "ذهب \u2068+15075550100\u2069."


def test_in_arabic_what_is_put_together_has_its_commas() -> None:
    recognition = Recognition([("no error", "لا خطأ")], isolates=True)
    assert recognition.said("no error, message_id 7; no error") == "لا خطأ، message_id 7؛ لا خطأ"


@pytest.mark.parametrize("code", ["fr", "es", "ar", "km", "lo"])
@pytest.mark.parametrize(
    "english",
    [
        "The 'To' number '+1' cannot be reached: no route leads to it.",
        "Its receipts have no sub, dlvrd or text; that is no loss.",
        "name: String should have at most 64 characters",
        "Port 2775: no way to this host: is the VPN up?",
        "ESME_RINVDSTADR (0x0B): invalid destination address",
        "the connector is backing off: no connection within 10.0 s",
    ],
)
def test_what_pages_show_of_the_house_is_said_in_each_language(code: str, english: str) -> None:
    with speaking(code):
        assert said(english) != english
        assert not set(said(english).split()) & {"the", "should", "is", "within"}


def test_in_english_everything_stays_as_it_is_said() -> None:
    assert language("en").recognition.said("it is full") == "it is full"


SOURCE = b'''
"""A module says nothing to readers."""
TABLE = {"a": "one of a table", "b": 2}
PAIR = ("one of a tuple", 3)
log.info("something.happened", why="nobody reads this here")
def check(name: str, items: list[str]) -> "list[Some, thing]":
    """Nor does a function."""
    if not items:
        raise Refusal(f"There is no {name!r} among {', '.join(items)}.")
    return f"It is {name or '(no name)'} at 50%."
class Refusal(Exception):
    def __init__(self, to: str) -> None:
        super().__init__(f"The number {to} is gone.")
'''
REFUSALS = {"There is no %(name)s among %(items)s.", "The number %(to)s is gone."}


@pytest.mark.parametrize(
    ("method", "found"),
    [
        (extraction.tables, {"one of a table", "one of a tuple"}),
        (extraction.refusals, REFUSALS),
        (
            extraction.findings,
            REFUSALS | {"one of a table", "one of a tuple", "It is %(name)s at 50%%.", "(no name)"},
        ),
    ],
    ids=["tables", "refusals", "findings"],
)
def test_sentences_are_found_with_names_in_the_place_of_facts(
    method: Callable[..., Iterator[extraction.Found]], found: set[str]
) -> None:
    assert {text for _, _, text, _ in method(io.BytesIO(SOURCE), (), (), {})} == found


def test_of_a_profile_its_notes_are_found_and_not_its_name() -> None:
    profile = (
        b'title = "A device"\nnotes = ["Turn it on.", "Mind its rate."]\n[settings]\nwindow = 1\n'
    )
    found = [text for _, _, text, _ in extraction.notes(io.BytesIO(profile), (), (), {})]
    assert found == ["Turn it on.", "Mind its rate."]
