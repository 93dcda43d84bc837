"""What `smsc up` shows: steps while it starts, then news of the children."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

from smsc.cli.child import Change, ChildEvent


class Screen:
    """A line for each step and each event; a spinner for the step at work, on a terminal."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._known: set[str] = set()
        self._stopping = False

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Show that it is being done, then how long it took."""
        begun = time.monotonic()
        with self.console.status(f"{what} …"):
            yield
        took = time.monotonic() - begun
        self.console.print(f"[green]✓[/green] {what} [dim]{took:.1f} s[/dim]", highlight=False)

    def say(self, line: str) -> None:
        """Print a line as it is."""
        self.console.print(escape(line), highlight=False, soft_wrap=True)

    def stopping(self) -> None:
        """Say that the end has begun; each child's is reported from now on."""
        self._stopping = True
        self.say("Stopping; Ctrl-C again hurries.")

    def report(self, event: ChildEvent) -> None:
        """Show news of a child. Its first readiness is shown by the step that waits for it."""
        name = escape(event.name)
        if event.change is Change.DIED:
            self.console.print(
                f"[red]✗[/red] {name} {escape(event.detail)} "
                f"[dim]— starts again in {event.delay:g} s[/dim]",
                highlight=False,
                soft_wrap=True,
            )
        elif event.change is Change.READY:
            if event.name in self._known:
                self.console.print(f"[green]✓[/green] {name} is back", highlight=False)
            self._known.add(event.name)
        elif self._stopping:
            self.console.print(f"[dim]- {name} stopped[/dim]", highlight=False)
