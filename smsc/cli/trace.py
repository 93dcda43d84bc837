"""`smsc trace`: what passes over a connector's binds, decoded, live or for one message."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlencode

import typer
from rich.console import Console
from rich.text import Text

from smsc.cli.connector import connector_sid
from smsc.cli.output import AsJson
from smsc.cli.remote import ApiUrl, CarrierKey, Fields, carrier_api
from smsc.errors import SettingError
from smsc.smpp.description import one_line

_ARROWS: Final = {"out": "→", "in": "←"}


def command(
    which: Annotated[
        str | None, typer.Argument(metavar="CONNECTOR", help="CN…, or the connector's name.")
    ] = None,
    *,
    message: Annotated[
        str | None,
        typer.Option(
            metavar="SM…",
            help="Show the PDUs of this message instead. They are kept if its connector says so: "
            "smsc connector change NAME --set pdu_hours=24",
        ),
    ] = None,
    seconds: Annotated[
        int, typer.Option(min=1, max=3600, help="Watch so long, then end. Ctrl-C ends it, too.")
    ] = 60,
    numbers: Annotated[
        bool,
        typer.Option(
            "--numbers", help="Whole phone numbers, not their last four digits: they are people's."
        ),
    ] = False,
    bodies: Annotated[
        bool,
        typer.Option(
            "--bodies",
            help="The texts, too. They are private: show them only to who may read them.",
        ),
    ] = False,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Watch the PDUs of a connector, decoded as they pass: time, direction, bind, fields.

    → is what we write, ← what the remote writes. It needs the carrier's key, costs the connector
    nothing while nobody watches, and leaves nothing behind.
    """
    api = carrier_api(api_url, carrier_key)
    asked = {"numbers": numbers, "bodies": bodies}
    if message is not None:
        path = f"/carrier/v1/messages/{message}/pdus?{_query(asked)}"
        _show_message(api.request("GET", path), as_json=as_json)
        return
    if which is None:
        raise SettingError("Say which connector to watch, or which message: --message SM…")
    path = f"/carrier/v1/connectors/{connector_sid(api, which)}/trace"
    try:
        for event in api.stream(f"{path}?{_query(asked | {'seconds': seconds})}"):
            _show_event(event, as_json=as_json)
    except KeyboardInterrupt:
        return


def _query(asked: Mapping[str, object]) -> str:
    return urlencode({name: str(value).lower() for name, value in asked.items()})


def _show_message(answer: Fields, *, as_json: bool) -> None:
    pdus = answer["data"]
    assert isinstance(pdus, list)  # noqa: S101 what the API answers
    if as_json:
        print(json.dumps(pdus, indent=2, ensure_ascii=False))
        return
    if not pdus:
        print(
            "No PDUs are kept of this message. For the next ones: "
            "smsc connector change NAME --set pdu_hours=24"
        )
    for pdu in pdus:
        _show_pdu(pdu)


def _show_event(event: Fields, *, as_json: bool) -> None:
    if as_json:
        if event["event"] != "quiet":
            print(json.dumps(event, ensure_ascii=False), flush=True)
        return
    match event["event"]:
        case "watching":
            why = f" ({event['why']})" if event["why"] else ""
            _note(f"Watching {event['name']}: {event['state']}{why}")
        case "pdu":
            if event["missed"]:
                _note(f"{event['missed']} PDUs passed too fast to be shown.")
            _show_pdu(event)
        case "end":
            _note(f"The end: {event['why']}.")


def _show_pdu(pdu: Fields) -> None:
    at = datetime.fromisoformat(str(pdu["at"])).astimezone()
    bind = f"{pdu['bind']}  " if "bind" in pdu else ""
    said = one_line(pdu)
    print(f"{at:%H:%M:%S.%f} {_ARROWS[str(pdu['direction'])]} {bind}{said}", flush=True)


def _note(words: str) -> None:
    Console(stderr=True).print(Text(words, style="dim"), soft_wrap=True)
