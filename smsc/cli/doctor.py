"""`smsc doctor`: probe a remote and say in plain words what is wrong."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from smsc.cli.output import AsJson
from smsc.cli.remote import Api, ApiUrl, CarrierKey, Fields, carrier_api
from smsc.doctor import Outcome, Probe, Report, Target, examine, examine_with_smpplib
from smsc.errors import SettingError
from smsc.smpp.pdu import BindType

_PATH: Final = "/carrier/v1/connectors"
_UNHEALTHY: Final = 1
_MARKS: Final = {
    Outcome.OK: "[green]✓[/green]",
    Outcome.WARNING: "[yellow]![/yellow]",
    Outcome.FAILED: "[red]✗[/red]",
}


class Engine(StrEnum):
    """Whose SMPP examines."""

    SMSC = "smsc"
    SMPPLIB = "smpplib"


def command(
    where: Annotated[
        str, typer.Argument(metavar="HOST|CONNECTOR", help="A host, or a connector's SID or name.")
    ],
    port: Annotated[
        int | None, typer.Argument(min=1, max=65535, help="The SMPP port; none for a connector.")
    ] = None,
    *,
    system_id: Annotated[
        str | None, typer.Option(help="What to bind as. Default: the connector's.")
    ] = None,
    password: Annotated[
        str | None,
        typer.Option(
            envvar="SMSC_DOCTOR_PASSWORD",
            help="Asked for if not given: a connector's is not readable.",
        ),
    ] = None,
    system_type: Annotated[str | None, typer.Option(help="Only if the remote wants one.")] = None,
    bind_type: Annotated[
        list[BindType] | None, typer.Option(help="Only this one; may be repeated. Default: all.")
    ] = None,
    engine: Annotated[Engine, typer.Option(help="smpplib: a second opinion.")] = Engine.SMSC,
    to: Annotated[
        str | None, typer.Option("--to", help="Send one probe text to this number.")
    ] = None,
    from_: Annotated[str | None, typer.Option("--from", help="The probe's sender.")] = None,
    text: Annotated[str | None, typer.Option(help="The probe's text.")] = None,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the probe's receipt.")] = 60.0,
    patience: Annotated[float, typer.Option(help="Seconds to wait for each answer.")] = 10.0,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Resolve, connect, bind in each way, ask after the link, unbind; exit code 1 if it fails.

    A device that takes one client only refuses the doctor while our gateway is bound to it: pause
    the connector first (`smsc connector change NAME --pause`).
    """
    known: Fields = {}
    if port is None:
        known = _connector(carrier_api(api_url, carrier_key), where)
    if (to is None) != (from_ is None):
        raise SettingError("A probe needs both --to and --from.")
    system_id = system_id or (str(known["system_id"]) if known else None)
    if system_id is None:
        raise SettingError("Say what to bind as: --system-id.")
    if password is None:
        password = typer.prompt("Password", hide_input=True, err=True)
    target = Target(
        host=str(known.get("host") or where),
        port=int(str(known.get("port") or port)),
        system_id=system_id,
        password=password,
        system_type=system_type or str(known.get("system_type") or ""),
        bind_types=tuple(bind_type or BindType),
        patience=timedelta(seconds=patience),
    )
    probe = None
    if to is not None and from_ is not None:
        probe = Probe(source=from_, destination=to, receipt_within=timedelta(seconds=wait))
        probe = probe if text is None else replace(probe, text=text)
    report = _examine(target, probe, engine, quiet=as_json)
    if as_json:
        print(json.dumps(report.as_json(), indent=2, ensure_ascii=False))
    else:
        _show(report)
    if not report.healthy:
        raise typer.Exit(_UNHEALTHY)


def _examine(target: Target, probe: Probe | None, engine: Engine, *, quiet: bool) -> Report:
    with Console(quiet=quiet).status(f"Examining {target.host}:{target.port} …"):
        if engine is Engine.SMPPLIB:
            return examine_with_smpplib(target, probe)
        return asyncio.run(examine(target, probe))


def _connector(api: Api, which: str) -> Fields:
    """Return the connector with this SID or name.

    Raises:
        SettingError: there is none.
    """
    for connector in api.walk(_PATH):
        if which in {connector["sid"], connector["name"]}:
            return connector
    raise SettingError(
        f"No connector is called {which!r} (see `smsc connector list`). "
        f"To examine a host, name its port: smsc doctor {which} 2775"
    )


def _show(report: Report) -> None:
    console = Console()
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(justify="right", style="dim", no_wrap=True)
    for finding in report.findings:
        took = "" if finding.milliseconds is None else f"{finding.milliseconds:g} ms"
        table.add_row(_MARKS[finding.outcome], finding.step, escape(finding.words), took)
    console.print(table)
    verdict = "[green]It works.[/green]" if report.healthy else "[red]It does not work yet.[/red]"
    console.print(f"{verdict} [dim]{report.host}:{report.port}, engine {report.engine}[/dim]")
