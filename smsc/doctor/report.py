"""Whom the doctor examines, and what it finds."""

from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import StrEnum

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A text to send, whose receipt is then waited for."""

    source: str
    destination: str
    text: str = "smsc doctor: this is a test."
    receipt_within: timedelta = timedelta(seconds=60)


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


@dataclass(slots=True)
class Report:
    """All findings about one remote."""

    host: str
    port: int
    engine: str
    findings: list[Finding] = field(default_factory=list)

    @property
    def healthy(self) -> bool:
        """Whether nothing failed."""
        return all(finding.outcome is not Outcome.FAILED for finding in self.findings)

    def add(self, step: str, outcome: Outcome, words: str, *, seconds: float | None = None) -> None:
        """Add a finding."""
        milliseconds = None if seconds is None else round(seconds * 1000, 1)
        self.findings.append(Finding(step, outcome, words, milliseconds))

    def as_json(self) -> dict[str, object]:
        """Return it for JSON."""
        return {**asdict(self), "healthy": self.healthy}
