"""Words by which a handset refuses or wants messages, and what it is answered; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class OptOutType(StrEnum):
    """What a word asks for, as Twilio's `OptOutType` says it."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"


DEFAULT_LANGUAGE: Final = "en"
# Source: https://help.twilio.com/articles/223134027
DEFAULT_WORDS: Final[Mapping[str, OptOutType]] = {
    **dict.fromkeys(
        ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"),
        OptOutType.STOP,
    ),
    **dict.fromkeys(("START", "YES", "UNSTOP"), OptOutType.START),
    **dict.fromkeys(("HELP", "INFO"), OptOutType.HELP),
}
DEFAULT_TEXTS: Final[Mapping[OptOutType, str]] = {
    OptOutType.STOP: (
        "You are unsubscribed and get no more messages from this number. Reply START to get them "
        "again."
    ),
    OptOutType.START: (
        "You are subscribed to messages from this number again. Reply HELP for help, STOP to end "
        "them. Msg and data rates may apply."
    ),
    OptOutType.HELP: "Reply STOP to get no more messages. Msg and data rates may apply.",
}


@dataclass(frozen=True, slots=True)
class OptOutRules:
    """The words of a sender or service, and its answers by language."""

    words: Mapping[str, OptOutType] = field(default_factory=lambda: DEFAULT_WORDS)
    texts: Mapping[str, Mapping[OptOutType, str]] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)  # by country: {"KH": "km"}
    language: str = DEFAULT_LANGUAGE  # of other countries
    advanced: bool = False  # the customer's own: its webhooks are told the type

    def read(self, body: str) -> OptOutType | None:
        """Say what a message asks for, if the whole of it is a word; case and spaces are nothing.

        A language's own letters are compared without their case too.
        """
        if len(body) > _LONGEST:
            return None
        return self.words.get(normalise(body))

    def answer(self, kind: OptOutType, iso_country: str | None) -> str:
        """Return what the handset is told, in the language of its country."""
        language = self.languages.get(iso_country or "", self.language)
        for texts in (self.texts.get(language), self.texts.get(self.language)):
            if texts and texts.get(kind):
                return texts[kind]
        return DEFAULT_TEXTS[kind]


_LONGEST: Final = 100  # characters of a body that may be a word
DEFAULT_RULES: Final = OptOutRules()


def normalise(word: str) -> str:
    """Return a word as words are compared."""
    return " ".join(word.split()).upper()


def parse_rules(settings: Mapping[str, Any]) -> OptOutRules:
    """Return the rules that a service's settings make; none: the default ones."""
    if not settings:
        return DEFAULT_RULES
    words = {
        normalise(word): kind
        for name, kind in (
            ("stop_words", OptOutType.STOP),
            ("start_words", OptOutType.START),
            ("help_words", OptOutType.HELP),
        )
        for word in settings.get(name, ())
    }
    texts = {
        language: {OptOutType(kind.upper()): text for kind, text in answers.items() if text}
        for language, answers in settings.get("texts", {}).items()
    }
    return OptOutRules(
        words=words,
        texts=texts,
        languages=settings.get("languages", {}),
        language=settings.get("language", DEFAULT_LANGUAGE),
        advanced=True,
    )
