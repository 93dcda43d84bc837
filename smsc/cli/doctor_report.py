"""What the doctor shows and asks at a terminal."""

from collections.abc import Mapping
from typing import Final

import typer
from rich.console import Console
from rich.markup import escape

from smsc.doctor import Finding, Outcome, Report, Suggestion
from smsc.doctor.report import Question
from smsc.doctor.texts import conclude

_MARKS: Final = {
    Outcome.OK: "[green]✓[/green]",
    Outcome.WARNING: "[yellow]![/yellow]",
    Outcome.FAILED: "[red]✗[/red]",
}
_STEP_WIDTH: Final = 21


class Screen:
    """Where findings appear, one by one; nowhere when quiet."""

    def __init__(self, *, quiet: bool, can_ask: bool) -> None:
        self.quiet = quiet
        self.can_ask = can_ask
        self._console = Console(quiet=quiet, highlight=False)

    def say(self, words: str) -> None:
        """Say something."""
        self._console.print(words, markup=False, soft_wrap=True)

    def show(self, finding: Finding) -> None:
        """Show a finding."""
        took = "" if finding.milliseconds is None else f" [dim]{finding.milliseconds:g} ms[/dim]"
        step = escape(f"{finding.step:<{_STEP_WIDTH}}")
        self._console.print(
            f"{_MARKS[finding.outcome]} [bold]{step}[/bold] {escape(finding.words)}{took}",
            soft_wrap=True,
        )

    def ask(self, report: Report) -> None:
        """Ask how the texts look that no program could read; conclude from the answers."""
        if not report.questions:
            return
        if not self.can_ask:
            names = ", ".join(question.name for question in report.questions)
            self.say(f"How texts {names} look on the handset tells more: run it at a terminal.")
            return
        self.say("Look at the handset. Each text begins with a mark like 'smsc 4f2aA'.")
        report.found = self.show
        conclude({one.name: self._ask_about(one) for one in report.questions}, report)
        report.questions = []

    def conclude(self, report: Report) -> None:
        """Say how it went."""
        verdict = "[green]It works.[/green]"
        if not report.healthy:
            verdict = "[red]It does not work yet.[/red]"
        place = f"{report.host}:{report.port}, engine {report.engine}" if report.host else ""
        self._console.print(f"{verdict} [dim]{escape(place)}[/dim]")

    def list_changes(self, changes: Mapping[str, Suggestion], known: Mapping[str, object]) -> None:
        """List settings that fit what was found, with what they are now."""
        self.say("What was found suggests:")
        for setting, suggestion in changes.items():
            before = f"{_word(known[setting])} → " if setting in known else ""
            self.say(f"  {setting}: {before}{_word(suggestion.value)} ({suggestion.why})")

    def _ask_about(self, question: Question) -> tuple[str, ...] | None:
        """Return what the reading means that a person chose; None: the text did not arrive."""
        self.say(f"\nText {question.name} ({question.about}). Which does it look like?")
        for number, reading in enumerate(question.readings, start=1):
            self.say(f"  {number}  {reading.text}")
        other = len(question.readings) + 1
        self.say(f"  {other}  something else\n  0  it did not arrive")
        chosen = -1
        while not 0 <= chosen <= other:
            chosen = typer.prompt("Number", type=int)
        if chosen == 0:
            return None
        return () if chosen == other else question.readings[chosen - 1].means


def _word(value: object) -> str:
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
