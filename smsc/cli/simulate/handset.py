"""`smsc simulate handset`: what people do with a phone."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from smsc.cli.output import AsJson, show_list
from smsc.cli.simulate.place import SimulatorUrl, simulator

_WAIT_SECONDS = 20.0  # a request of --follow; then the next
_NOT_ACKNOWLEDGED = 1

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_all(url: SimulatorUrl = None, as_json: AsJson = False) -> None:
    """List the phones that were used, the latest first."""
    rows = simulator(url).handsets()["data"]
    show_list(
        rows if isinstance(rows, list) else [],
        ["number", "received", "sent"],
        as_json=as_json,
        empty="No phone was used yet. Every number has one.",
    )


@app.command()
def send(
    text: Annotated[str, typer.Argument(metavar="TEXT")],
    *,
    from_: Annotated[str, typer.Option("--from", help="The phone that sends: +85512345678.")],
    to: Annotated[str, typer.Option("--to", help="Your number, or a short code.")],
    within: Annotated[float, typer.Option(help="Seconds to wait for the gateway's answer.")] = 10.0,
    url: SimulatorUrl = None,
    as_json: AsJson = False,
) -> None:
    """Send an SMS from a phone; the exit code is 1 unless the gateway acknowledged it."""
    answer = simulator(url).send(from_, to, text, within=within)
    if as_json:
        print(json.dumps(answer, indent=2, ensure_ascii=False))
    elif answer["acknowledged"]:
        print(f"Acknowledged, {answer['segments']} segment(s).")
    else:
        print(
            f"Not acknowledged yet (segments: {answer['command_statuses']}); it waits in the SIM "
            "box. Is a receiver bound? See `smsc simulate sessions`."
        )
    if not answer["acknowledged"]:
        raise typer.Exit(_NOT_ACKNOWLEDGED)


@app.command()
def read(
    number: Annotated[str, typer.Argument(help="The phone: +85512345678.")],
    after: Annotated[int, typer.Option(help="Only what came after the message with this id.")] = 0,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    url: SimulatorUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show what a phone received, oldest first. With --json, one object a line."""
    client, console = simulator(url), Console()
    wait = 0.0
    try:
        while True:
            messages = client.read(number, after=after, wait=wait)["data"]
            for message in messages if isinstance(messages, list) else []:
                _show(message, console, as_json=as_json)
                after = message["id"]
            if not follow:
                return
            wait = _WAIT_SECONDS
    except KeyboardInterrupt:
        return


def _show(message: dict[str, object], console: Console, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(message, ensure_ascii=False), flush=True)
        return
    head = Text(f"{message['id']}  {message['received_at']}  from {message['from']}", "dim")
    console.print(head)
    console.print(Text(f"{message['text']}"))
