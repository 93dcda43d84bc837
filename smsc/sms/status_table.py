"""What a connector means by its command_status: the standard's facts, and its owner's own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from smsc.sms import command_status
from smsc.sms.code_range import CodeRange, parse_range
from smsc.sms.command_status import Verdict
from smsc.sms.receipt_errors import FIRST_CODE, LAST_CODE

_MOST_STATUS: Final = 0xFFFFFFFF
_LONGEST_MEANING: Final = 200  # characters
_FIELDS: Final = frozenset({"status", "verdict", "error_code", "meaning"})


class InvalidVerdicts(ValueError):
    """The table can't be understood; says which entry and how to mend it."""


@dataclass(frozen=True, slots=True)
class StatusRule:
    """What one status or a range of them means; None leaves it to the standard."""

    statuses: CodeRange
    verdict: Verdict | None
    error_code: int | None
    meaning: str | None


@dataclass(frozen=True, slots=True)
class StatusTable:
    """The standard's verdicts, but for `rules`, the narrowest of which come first."""

    rules: tuple[StatusRule, ...] = ()

    def verdict(self, status: int) -> Verdict:
        """Say what to do after a response with this status."""
        if not self.rules:
            return command_status.verdict(status)
        rule = self._find(status)
        if rule is None or rule.verdict is None:
            return command_status.verdict(status)
        return rule.verdict

    def twilio_error(self, status: int) -> int:
        """Return Twilio's error code for a message that failed with this status."""
        rule = self._find(status)
        if rule is None or rule.error_code is None:
            return command_status.twilio_error(status)
        return rule.error_code

    def reason(self, status: int) -> str:
        """Say it in plain words: `0x00000401: the SIM has no credit`."""
        rule = self._find(status)
        if rule is None or rule.meaning is None:
            return command_status.reason(status)
        return f"{command_status.reason(status).partition(': ')[0]}: {rule.meaning}"

    def _find(self, status: int) -> StatusRule | None:
        return next((rule for rule in self.rules if rule.statuses.holds(status)), None)


STANDARD: Final = StatusTable()


def parse_verdicts(entries: Iterable[object]) -> StatusTable:
    """Read a table as it stands in a connector.

    `[{"status": "0x0401", "verdict": "temporary", "error_code": 30017, "meaning": "no credit"},
    {"status": "0x0400-0x04FF", "verdict": "permanent"}]`: a status or a range of them, and one at
    least of the rest.

    Raises:
        InvalidVerdicts: an entry is not of this form.
    """
    rules = sorted((_rule(entry) for entry in entries), key=lambda rule: rule.statuses.width)
    return StatusTable(tuple(rules)) if rules else STANDARD


def _rule(entry: object) -> StatusRule:
    if not isinstance(entry, Mapping) or not entry.keys() <= _FIELDS or "status" not in entry:
        raise InvalidVerdicts(
            'each entry is an object such as {"status": "0x0400-0x04FF", "verdict": "temporary", '
            f'"error_code": 30017, "meaning": "…"}}, with a status; it is {entry!r}.'
        )
    if len(entry) == 1:
        raise InvalidVerdicts(f"{entry!r} says nothing of this status: add a verdict.")
    statuses = _statuses(entry["status"])
    verdict, code, meaning = (entry.get(name) for name in ("verdict", "error_code", "meaning"))
    if verdict is not None and verdict not in [word.value for word in Verdict]:
        raise InvalidVerdicts(f"the verdict {verdict!r} is none of {', '.join(Verdict)}.")
    if code is not None and not (isinstance(code, int) and FIRST_CODE <= code <= LAST_CODE):
        raise InvalidVerdicts(
            f"the error_code {code!r} is no code from {FIRST_CODE} to {LAST_CODE}, such as 30017."
        )
    if meaning is not None and not (
        isinstance(meaning, str) and meaning.isprintable() and len(meaning) <= _LONGEST_MEANING
    ):
        raise InvalidVerdicts(f"a meaning is a text of {_LONGEST_MEANING} characters at most.")
    return StatusRule(statuses, None if verdict is None else Verdict(verdict), code, meaning)


def _statuses(value: object) -> CodeRange:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    statuses = parse_range(str(value)) if is_number or isinstance(value, str) else None
    if statuses is None or not 0 < statuses.first <= statuses.last <= _MOST_STATUS:
        raise InvalidVerdicts(
            f"the status {value!r} is no number from 1 to 0xFFFFFFFF, such as 0x0401 or 1025, "
            "and no range such as 0x0400-0x04FF. (0 is success and can't be changed.)"
        )
    return statuses
