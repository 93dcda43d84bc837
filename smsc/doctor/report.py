"""Whom the doctor examines, what is tried, and what is found."""

import ssl
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from smsc.smpp.pdu import BindType


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A remote and how to bind to it."""

    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    system_type: str = ""
    interface_version: int = 0x34
    bind_types: tuple[BindType, ...] = tuple(BindType)
    patience: timedelta = timedelta(seconds=10)  # for each answer
    ssl_context: ssl.SSLContext | None = None  # None: plain TCP
    tls_server_name: str | None = None  # in the remote's certificate; None: the host

    @property
    def server_hostname(self) -> str | None:
        """What a connection asks for and checks; None without TLS."""
        return None if self.ssl_context is None else self.tls_server_name or self.host


class Step(StrEnum):
    """What can be tried with texts, beside the first one; each costs some."""

    ALPHABET = "alphabet"  # what data_coding 0 means, and which other codings arrive
    WINDOW = "window"  # how many segments may be unanswered
    RATE = "rate"  # how many segments a second


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A text to send, whose receipt is then waited for; and what to try with further ones."""

    source: str
    destination: str
    text: str = "smsc doctor: this is a test."
    receipt_within: timedelta = timedelta(seconds=60)
    steps: frozenset[Step] = frozenset()
    most_texts: int | None = None  # segments in all; None: those of `text`


class Outcome(StrEnum):
    """What came of a step."""

    OK = "ok"
    WARNING = "warning"  # it works, but somebody should know
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One step of an examination, in words for whoever reads the report."""

    step: str
    outcome: Outcome
    words: str
    milliseconds: float | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A setting of the connector that fits what was found, by the Carrier API's name."""

    setting: str
    value: object
    why: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text may look on a handset, and what that means."""

    text: str
    means: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A text that was sent: only who holds the handset knows which of the readings it shows."""

    name: str
    about: str
    readings: tuple[Reading, ...]


@dataclass(slots=True)
class Report:
    """All findings about one remote."""

    host: str
    port: int
    engine: str
    findings: list[Finding] = field(default_factory=list)
    suggestions: list[Suggestion] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    found: Callable[[Finding], None] = lambda _finding: None  # is told as it goes

    @property
    def healthy(self) -> bool:
        """Whether nothing failed."""
        return all(finding.outcome is not Outcome.FAILED for finding in self.findings)

    def add(self, step: str, outcome: Outcome, words: str, *, seconds: float | None = None) -> None:
        """Add a finding."""
        milliseconds = None if seconds is None else round(seconds * 1000, 1)
        finding = Finding(step, outcome, words, milliseconds)
        self.findings.append(finding)
        self.found(finding)

    def suggest(self, setting: str, value: object, why: str) -> None:
        """Suggest a setting; what is suggested later of the same one counts."""
        self.suggestions = [one for one in self.suggestions if one.setting != setting]
        self.suggestions.append(Suggestion(setting, value, why))

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "Report":
        """Read what `as_json` made, or the beginning of it."""
        return cls(
            host=said.get("host", ""),
            port=said.get("port", 0),
            engine=said.get("engine", ""),
            findings=[
                Finding(**one | {"outcome": Outcome(one["outcome"])})
                for one in said.get("findings", ())
            ],
            suggestions=[Suggestion(**one) for one in said.get("suggestions", ())],
            questions=[
                Question(
                    one["name"],
                    one["about"],
                    tuple(Reading(r["text"], tuple(r["means"])) for r in one["readings"]),
                )
                for one in said.get("questions", ())
            ],
        )

    def as_json(self) -> dict[str, object]:
        """Return it for JSON."""
        return {
            "host": self.host,
            "port": self.port,
            "engine": self.engine,
            "findings": [asdict(finding) for finding in self.findings],
            "suggestions": [asdict(suggestion) for suggestion in self.suggestions],
            "questions": [asdict(question) for question in self.questions],
            "healthy": self.healthy,
        }
