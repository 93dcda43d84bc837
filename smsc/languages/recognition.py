"""Recognizes the English sentences of the house, and says them in another language.

Refusals and the doctor's reports are said in English by parts that know no reader, are answered to
programs so, and are kept so. A page that shows them to somebody finds the sentence in the
catalogue by its shape, and with it the facts that stand in it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_FACT: Final = re.compile(r"%\((\w+)\)s")
_DEPTH: Final = 4  # a fact can be a sentence, in which a fact can be one
_JOINTS: Final = ("; ", ": ", ", ")  # where sentences are put together without words
_FROM_THE_RIGHT: Final = {"; ": "؛ ", ", ": "، "}  # as Arabic has them
_FIRST_STRONG_ISOLATE: Final = "\u2068"
_POP_ISOLATE: Final = "\u2069"


@dataclass(frozen=True, slots=True)
class _Shape:
    """A sentence with facts in it."""

    pattern: re.Pattern[str]
    letters: int  # without its facts: of two that fit, the one that says more is meant
    translation: str


class Recognition:
    """Knows what the sentences are in one language."""

    def __init__(self, pairs: Iterable[tuple[str, str]], *, isolates: bool = False) -> None:
        """`pairs` are sentences, facts as `%(name)s`, and their translations.

        `isolates`: facts keep their own direction of writing, as is needed from right to left.
        """
        self._isolates = isolates
        self._joints = _FROM_THE_RIGHT if isolates else {}
        self._whole: dict[str, str] = {}
        shapes: list[_Shape] = []
        for english, translation in pairs:
            if _FACT.search(english):
                shapes.append(_shape(english, translation))
            else:
                self._whole[english] = translation
        self._shapes = sorted(shapes, key=lambda one: -one.letters)

    def said(self, english: str, *, depth: int = _DEPTH) -> str:
        """Return it in the language; what is not recognized, as it is."""
        if (whole := self._whole.get(english)) is not None:
            return whole
        if depth == 0 or " " not in english:
            return english
        for shape in self._shapes:
            if (found := shape.pattern.fullmatch(english)) is not None:
                facts = {
                    name: self._fact(fact, depth - 1) for name, fact in found.groupdict().items()
                }
                return shape.translation % facts
        return self._said_in_parts(english, depth - 1)

    def _said_in_parts(self, english: str, depth: int) -> str:
        for joint in _JOINTS:
            first, there, rest = english.partition(joint)
            if there:
                parts = (self.said(first, depth=depth), self.said(rest, depth=depth))
                if parts != (first, rest):
                    return self._joints.get(joint, joint).join(parts)
        return english

    def _fact(self, fact: str, depth: int) -> str:
        is_name = " " not in fact and not fact.islower()  # of a connector, of a step: whose word?
        said = fact if is_name else self.said(fact, depth=depth)
        if said == fact and self._isolates:
            return f"{_FIRST_STRONG_ISOLATE}{fact}{_POP_ISOLATE}"
        return said


def _shape(english: str, translation: str) -> _Shape:
    """Return the shape of a sentence; a name that stands in it twice is one fact."""
    parts = _FACT.split(english)  # text, name, text, name, …, text
    texts, names = parts[::2], parts[1::2]
    pattern = re.escape(texts[0].replace("%%", "%"))
    for position, (name, text) in enumerate(zip(names, texts[1:], strict=True)):
        again = name in names[:position]
        pattern += f"(?P={name})" if again else f"(?P<{name}>.+?)"
        pattern += re.escape(text.replace("%%", "%"))
    letters = sum(len(text) for text in texts)
    return _Shape(re.compile(pattern, re.DOTALL), letters, translation)
