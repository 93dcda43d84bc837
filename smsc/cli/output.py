"""How commands show objects: tables for people, JSON for programs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_UNLIMITED = 10_000  # characters a line
_GOOD = frozenset({"active", "bound", "delivered", "received"})
_BAD = frozenset({"closed", "failed", "undelivered", "refused"})


def show_list(
    items: Iterable[Mapping[str, object]], columns: Sequence[str], *, as_json: bool, empty: str
) -> None:
    """Print objects: a row each, or a JSON array. `empty` says what to do when there are none."""
    rows = list(items)
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    console = Console()
    if not rows:
        console.print(empty, markup=False)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold", no_wrap=column == "sid")
    for row in rows:
        table.add_row(*(cell(row.get(column)) for column in columns))
    _print(console, table)


def show_one(item: Mapping[str, object], *, as_json: bool) -> None:
    """Print an object: a line a field, or a JSON object."""
    if as_json:
        print(json.dumps(item, indent=2, ensure_ascii=False))
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in item.items():
        table.add_row(name.replace("_", " "), cell(value))
    _print(Console(), table)


def show_done(what: str, sid: str, *, as_json: bool) -> None:
    """Say that something is gone."""
    if as_json:
        print(json.dumps({"sid": sid, "done": what}))
    else:
        print(f"{sid} {what}.")


def _print(console: Console, table: Table) -> None:
    """Print a table as wide as it is when no terminal limits it: a cut SID can't be copied."""
    if not console.is_terminal:
        console.width = _UNLIMITED
    console.print(table)


def cell(value: object) -> str:
    """Return a value as a table shows it."""
    if value is None:
        return "[dim]–[/dim]"  # noqa: RUF001 a dash where nothing is
    if isinstance(value, dict | list):
        return escape(json.dumps(value, ensure_ascii=False)) if value else "[dim]–[/dim]"  # noqa: RUF001 as above
    text = escape(str(value).lower() if isinstance(value, bool) else str(value))
    if value in _GOOD:
        return f"[green]{text}[/green]"
    if value in _BAD:
        return f"[red]{text}[/red]"
    return text


def sent_fields(**fields: object) -> dict[str, object]:
    """Return the fields for which an option was given."""
    return {name: value for name, value in fields.items() if value is not None}


def set_fields(settings: Sequence[str] | None) -> dict[str, object]:
    """Return the fields of `FIELD=VALUE` options; a value that is no JSON is a text.

    Raises:
        typer.BadParameter: one has no `=`.
    """
    fields: dict[str, object] = {}
    for setting in settings or ():
        name, equals, value = setting.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{setting!r} is not FIELD=VALUE", param_hint="--set")
        try:
            fields[name] = json.loads(value)
        except ValueError:
            fields[name] = value
    return fields
