"""Prints figures as one table, machine and versions in its head, and writes them as JSON."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.figures import Figure, as_json

Sections = Sequence[tuple[str, Sequence[Figure]]]


def show(machine: Mapping[str, str], work: str, sections: Sections) -> None:
    """Print one table, a part for each section."""
    head = ", ".join(f"{name} {value}" for name, value in machine.items())
    table = Table(title=f"{head}\n{work}", show_header=False, title_justify="left")
    table.add_column()
    table.add_column()
    table.add_column(justify="right")
    for scenario, figures in sections:
        table.add_section()
        for place, figure in enumerate(figures):
            style = "bold" if figure.name.endswith(("_total", "_norm")) else None
            table.add_row("" if place else scenario, figure.words, figure.text, style=style)
    Console().print(table)


def write(path: Path, machine: Mapping[str, str], work: object, sections: Sections) -> None:
    """Write the same as JSON."""
    content = {"machine": machine, "work": work, "figures": as_json(sections)}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, default=str) + "\n")
