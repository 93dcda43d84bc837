"""`smsc doctor`: probe a remote and say in plain words what is wrong, and what to set."""

import asyncio
import json
import sys
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from smsc.cli import doctor_job
from smsc.cli.connector import connector_named
from smsc.cli.doctor_report import Screen
from smsc.cli.output import AsJson
from smsc.cli.remote import Api, ApiUrl, CarrierKey, Fields, carrier_api
from smsc.doctor import Report, Step, Target, examine, examine_with_smpplib
from smsc.doctor.asked import MOST_TEXTS, Asked
from smsc.doctor.courier import segments_of
from smsc.doctor.handset import simulated_handset
from smsc.errors import SettingError
from smsc.smpp.pdu import BindType
from smsc.smpp.tls import client_context

_UNHEALTHY: Final = 1


class Engine(StrEnum):
    """Whose SMPP examines."""

    SMSC = "smsc"
    SMPPLIB = "smpplib"


def command(
    where: Annotated[
        str, typer.Argument(metavar="CONNECTOR|HOST", help="A connector's SID or name, or a host.")
    ],
    port: Annotated[
        int | None, typer.Argument(min=1, max=65535, help="The SMPP port; none for a connector.")
    ] = None,
    *,
    to: Annotated[
        str | None, typer.Option("--to", help="Send texts to this number. Default: none is sent.")
    ] = None,
    from_: Annotated[str | None, typer.Option("--from", help="The texts' sender.")] = None,
    text: Annotated[str | None, typer.Option(help="The first text.")] = None,
    texts: Annotated[
        int | None,
        typer.Option(min=1, max=MOST_TEXTS, help="SMS to send at most. Default: the first text's."),
    ] = None,
    find: Annotated[
        list[Step] | None,
        typer.Option(
            help="What to find with --texts; may be repeated. alphabet takes 7 SMS after the "
            "first, window and rate as many as are left. Default: alphabet."
        ),
    ] = None,
    wait: Annotated[float, typer.Option(min=1, help="Seconds to wait for receipts.")] = 60.0,
    idle: Annotated[
        float, typer.Option(help="Leave a session alone for so many seconds: who ends it?")
    ] = 0.0,
    engine: Annotated[Engine, typer.Option(help="smpplib: a second opinion.")] = Engine.SMSC,
    save: Annotated[
        bool | None,
        typer.Option("--save/--no-save", help="Set what was found. Default: ask at a terminal."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Send the texts without asking.")] = False,
    here: Annotated[
        bool,
        typer.Option("--here", help="Probe a connector from this machine; asks for its password."),
    ] = False,
    system_id: Annotated[
        str | None, typer.Option(help="What to bind as. Default: the connector's.")
    ] = None,
    password: Annotated[str | None, typer.Option(envvar="SMSC_DOCTOR_PASSWORD")] = None,
    system_type: Annotated[str | None, typer.Option(help="Only if the remote wants one.")] = None,
    bind_type: Annotated[
        list[BindType] | None, typer.Option(help="Only this one; may be repeated. Default: all.")
    ] = None,
    tls: Annotated[bool, typer.Option("--tls", help="SMPP over TLS, for a host.")] = False,
    tls_ca: Annotated[
        Path | None, typer.Option(help="PEM file of what to trust.", exists=True, dir_okay=False)
    ] = None,
    tls_server_name: Annotated[
        str | None, typer.Option(help="The name in the remote's certificate. Default: the host.")
    ] = None,
    handset: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Of a simulator: read there what --to has received."),
    ] = None,
    patience: Annotated[float, typer.Option(help="Seconds to wait for each answer.")] = 10.0,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Resolve, connect, bind in each way, ask after the link, unbind; exit code 1 if it fails.

    A connector is probed by its gateway, which knows the password and rests its own binds
    meanwhile: some devices take one client only. A host is probed from here.

    With --to a text is sent, and its receipt read; with --texts the alphabet, the window and the
    rate can be found. SMS cost money: none is sent unless you say so, and never more.
    """
    asked = Asked.read(
        {
            "to": to,
            "from": from_,
            "text": text,
            "texts": texts,
            "steps": find or ([Step.ALPHABET] if texts else []),
            "wait_seconds": wait,
            "idle_seconds": idle,
            "engine": engine.value,
        }
    )
    api, known = None, Fields()
    if port is None:
        api = carrier_api(api_url, carrier_key)
        known = connector_named(api, where)
    is_here = here or port is not None or bool(password or system_id or bind_type)
    screen = Screen(quiet=as_json, can_ask=sys.stdin.isatty() and not as_json)
    _announce_texts(asked, screen, yes=yes)
    if api is not None and not is_here:
        report = doctor_job.probe(api, str(known["sid"]), asked, screen)
    else:
        target = _target(
            known,
            where,
            port,
            system_id=system_id,
            password=password,
            system_type=system_type,
            bind_types=bind_type,
            tls=tls,
            tls_ca=None if tls_ca is None else tls_ca.read_text(),
            tls_server_name=tls_server_name,
            patience=timedelta(seconds=patience),
        )
        report = _examine(target, asked, handset, screen)
    screen.ask(report)
    if as_json:
        print(json.dumps(report.as_json(), indent=2, ensure_ascii=False))
    screen.conclude(report)
    _settle(api, known, report, screen, save=save)
    if not report.healthy:
        raise typer.Exit(_UNHEALTHY)


def _announce_texts(asked: Asked, screen: Screen, *, yes: bool) -> None:
    """Say how many SMS will be sent, and ask a person whether they may.

    Raises:
        typer.Exit: they may not.
        InvalidSender, InvalidDestination, BodyTooLong: they can't.
    """
    probe = asked.probe
    if probe is None:
        return
    own = len(segments_of(probe))
    most = max(own, probe.most_texts or own)
    screen.say(f"Up to {most} SMS will be sent to {probe.destination}.")
    if not yes and screen.can_ask and not typer.confirm("Go on?", default=False):
        raise typer.Exit(_UNHEALTHY)


def _examine(target: Target, asked: Asked, handset: str | None, screen: Screen) -> Report:
    reading = None
    if handset is not None and asked.to is not None:
        reading = simulated_handset(handset, asked.to)
    if asked.engine == "smpplib":
        return examine_with_smpplib(
            target, asked.probe, idle=asked.idle, handset=reading, found=screen.show
        )
    return asyncio.run(
        examine(target, asked.probe, idle=asked.idle, handset=reading, found=screen.show)
    )


def _target(
    known: Fields,
    where: str,
    port: int | None,
    *,
    system_id: str | None,
    password: str | None,
    system_type: str | None,
    bind_types: list[BindType] | None,
    tls: bool,
    tls_ca: str | None,
    tls_server_name: str | None,
    patience: timedelta,
) -> Target:
    """Return whom to examine from here: a connector as far as it is readable, or a host.

    Raises:
        SettingError: something is missing.
    """
    system_id = system_id or _word(known.get("system_id"))
    if system_id is None:
        raise SettingError("Say what to bind as: --system-id.")
    if password is None:
        password = typer.prompt("Password", hide_input=True, err=True)
    context = None
    if tls or known.get("tls"):
        try:
            context = client_context(tls_ca or _word(known.get("tls_ca")))
        except ValueError as error:
            raise SettingError(f"--tls-ca: {error}") from None
    version: Any = known.get("interface_version") or "3.4"
    return Target(
        host=str(known.get("host") or where),
        port=int(str(known.get("port") or port)),
        system_id=system_id,
        password=password,
        system_type=system_type or _word(known.get("system_type")) or "",
        interface_version=int(str(version).replace(".", ""), 16),
        bind_types=tuple(bind_types or BindType),
        patience=patience,
        ssl_context=context,
        tls_server_name=tls_server_name or _word(known.get("tls_server_name")),
    )


def _word(value: object) -> str | None:
    return str(value) if value else None


def _settle(
    api: Api | None, known: Fields, report: Report, screen: Screen, *, save: bool | None
) -> None:
    """Offer to set what was found; say how, where there is no connector to set it on."""
    changes = {
        one.setting: one
        for one in report.suggestions
        if api is None or (one.setting in known and known[one.setting] != one.value)
    }
    if not changes or (save is None and api is None and screen.quiet):
        return
    screen.list_changes(changes, known)
    if api is None:
        screen.say("Set it on its connector: smsc connector change NAME --set FIELD=VALUE")
        return
    may_save = save
    if save is None:
        may_save = screen.can_ask and typer.confirm("Save these?", default=False)
    if not may_save:
        screen.say("Nothing was changed. To save what is found: --save")
        return
    values = {setting: one.value for setting, one in changes.items()}
    api.request("PATCH", f"/carrier/v1/connectors/{known['sid']}", body=values)
    screen.say("Saved.")
