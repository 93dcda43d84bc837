"""`smsc simulate simbox | profiles | behaviour | sessions | submits`: the SIM box itself."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from smsc import log
from smsc.cli.output import AsJson, cell, show_list
from smsc.cli.simulate.place import SimulatorUrl, simulator
from smsc.errors import BadParameter
from smsc.settings import Settings
from smsc.simulator.behaviour import Behaviour, change, descriptions, dump
from smsc.simulator.profiles import every, find

Changes = Annotated[
    list[str] | None,
    typer.Argument(metavar="NAME=VALUE", help="`smsc simulate behaviour` lists the names."),
]
ProfileName = Annotated[
    str | None,
    typer.Option(
        "--profile", help="A device, an operator, or hostility: `smsc simulate profiles`."
    ),
]


def simbox(
    changes: Changes = None,
    *,
    profile: ProfileName = None,
    port: Annotated[
        int | None, typer.Option(help="SMPP port; 0: any. Default: SMSC_SIMULATOR_PORT.")
    ] = None,
    http_port: Annotated[
        int | None, typer.Option(help="HTTP port; 0: any. Default: SMSC_SIMULATOR_HTTP_PORT.")
    ] = None,
    system_id: Annotated[str | None, typer.Option(help="Who may bind. Default: anybody.")] = None,
    password: Annotated[
        str | None,
        typer.Option(
            envvar="SMSC_SIMULATOR_PASSWORD", help="What it must know. Default: anything."
        ),
    ] = None,
    outbind: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="Whom to call and ask by OUTBIND to bind, with --system-id and --password.",
        ),
    ] = None,
) -> None:
    """Run a SIM box until Ctrl-C: every number is a phone that can be read and written.

    By the end of the number: 0001 UNDELIV, 0002 REJECTD, 0003 EXPIRED, 0004 no receipt,
    0005 ENROUTE and then DELIVRD.

    With --profile it behaves as a device or an operator in the field, or worse; NAME=VALUE then
    changes that.
    """
    from smsc.simulator.serving import Calls, serve  # noqa: PLC0415 FastAPI takes long to import
    from smsc.simulator.simbox import SimBox  # noqa: PLC0415 and the other commands need neither

    settings = Settings.read()
    log.configure(settings.log_level)
    box = SimBox(
        change(find(profile).behaviour() if profile else Behaviour(), _parse(changes or [])),
        host=settings.bind,
        port=settings.simulator_port if port is None else port,
        system_id=system_id,
        password=password,
    )

    def started(url: str) -> None:
        print(f"SIM box: SMPP on {box.host}:{box.port}, HTTP on {url}", flush=True)

    http_port = settings.simulator_http_port if http_port is None else http_port
    calls = None
    if outbind is not None:
        host, called_port = _place(outbind)
        calls = Calls(host, called_port, system_id or "", password or "")
    asyncio.run(serve(box, http_port, started, calls))


def profiles(as_json: AsJson = False) -> None:
    """List what a SIM box can be: devices, operators, and plain hostility."""
    if as_json:
        print(json.dumps([asdict(profile) for profile in every()], indent=2))
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("profile", "is", "and does"):
        table.add_column(column, overflow="fold")
    for profile in every():
        table.add_row(profile.name, cell(profile.title), cell(" ".join(profile.notes)))
    Console().print(table)


def behaviour(
    changes: Changes = None,
    *,
    profile: ProfileName = None,
    url: SimulatorUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show how the running SIM box behaves, changed first by --profile and NAME=VALUE."""
    parsed, box = _parse(changes or []), simulator(url)
    if profile is not None:
        box.take_on(profile)
    values = box.behaviour(parsed)
    if as_json:
        print(json.dumps(values, indent=2))
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("name", "value", "meaning"):
        table.add_column(column, overflow="fold")
    meanings = descriptions()
    for name, value in values.items():
        table.add_row(name, cell(_shown(value)), meanings.get(name, ""))
    Console().print(table)


def sessions(url: SimulatorUrl = None, as_json: AsJson = False) -> None:
    """List the ESMEs that are bound to the SIM box."""
    show_list(
        _rows(simulator(url).sessions()),
        ["system_id", "bind_type", "peer", "interface_version", "window_in_use"],
        as_json=as_json,
        empty="Nobody is bound.",
    )


def submits(
    limit: Annotated[int, typer.Option(help="How many, the latest first.")] = 20,
    url: SimulatorUrl = None,
    as_json: AsJson = False,
) -> None:
    """List what was submitted to the SIM box lately."""
    show_list(
        _rows(simulator(url).submits(limit)),
        ["submitted_at", "destination_addr", "command_status", "message_id", "message_state"],
        as_json=as_json,
        empty="Nothing was submitted.",
    )


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise BadParameter(f"--outbind {text!r} is not like HOST:PORT.")
    return host.strip("[]"), int(port)


def _parse(changes: Sequence[str]) -> dict[str, object]:
    parsed: dict[str, object] = {}
    for word in changes:
        name, equals, value = word.partition("=")
        if not equals or name not in dump(Behaviour()):
            names = ", ".join(descriptions())
            raise BadParameter(f"{word!r} is not like NAME=VALUE with one of: {names}.")
        parsed[name] = value
    return parsed


def _rows(answer: dict[str, object]) -> list[dict[str, object]]:
    data = answer.get("data")
    return data if isinstance(data, list) else []


def _shown(value: object) -> object:
    """Return a value as one would write it on the command line."""
    if isinstance(value, dict):
        return ",".join(f"{key}:{item}" for key, item in value.items())
    return ",".join(map(str, value)) if isinstance(value, list) else value
