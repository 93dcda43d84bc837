"""`smsc send`: one SMS through the Messages API, and its journey if so asked."""

import json
import time
from dataclasses import asdict
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape

from smsc.cli.output import AsJson, cell
from smsc.cli.remote import (
    Api,
    ApiUrl,
    CarrierKey,
    Fields,
    account_api,
    carrier_api,
    read_demo,
)
from smsc.doctor.direct import submit_directly
from smsc.errors import SettingError
from smsc.sms.status import MessageState

FINAL_STATUSES: Final = frozenset({"delivered", "undelivered", "failed", "canceled"})
_POLL_SECONDS: Final = 0.2
_FAILED: Final = 1


def command(
    body: Annotated[str, typer.Argument(metavar="BODY", help="The text.")],
    *,
    to: Annotated[str, typer.Option("--to", help="Whom to send it: +85512345678.")],
    from_: Annotated[
        str | None, typer.Option("--from", help="The sender. Default: the demo's first number.")
    ] = None,
    status_callback: Annotated[
        str | None, typer.Option(help="URL that is told of each status.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for its fate; show its way.")] = False,
    timeout: Annotated[float, typer.Option(help="Seconds to wait at most.")] = 30.0,
    account_sid: Annotated[str | None, typer.Option(envvar="SMSC_ACCOUNT_SID")] = None,
    auth_token: Annotated[str | None, typer.Option(envvar="SMSC_AUTH_TOKEN")] = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    direct: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Past the gateway, by smpplib, straight there."),
    ] = None,
    system_id: Annotated[str, typer.Option(help="With --direct: what to bind with.")] = "smsc",
    password: Annotated[
        str, typer.Option(envvar="SMSC_DOCTOR_PASSWORD", help="With --direct.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Send an SMS. With --wait the exit code is 1 unless it is delivered in time.

    With --direct nothing of the gateway is used: a second opinion on a remote.
    """
    if direct is not None:
        if from_ is None:
            raise SettingError("With --direct say who sends: --from +85512345678.")
        _send_directly(direct, system_id, password, from_, to, body, as_json=as_json)
        return
    api, account = account_api(api_url, account_sid, auth_token)
    form = {"To": to, "From": from_ or _demo_sender(account), "Body": body}
    if status_callback is not None:
        form["StatusCallback"] = status_callback
    path = f"/2010-04-01/Accounts/{account}/Messages"
    message = api.request("POST", f"{path}.json", form=form)
    if wait:
        message = _wait(api, f"{path}/{message['sid']}.json", timeout, quiet=as_json)
    journey = _journey(api_url, carrier_key, message) if wait else None
    if as_json:
        shown = message if journey is None else message | {"journey": journey}
        print(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        console = Console()
        console.print(f"{message['sid']} {cell(message['status'])}", highlight=False)
        for line in journey_lines(journey or {}):
            console.print(f"  {escape(line)}", highlight=False, soft_wrap=True)
    if wait and message["status"] != "delivered":
        raise typer.Exit(_FAILED)


def _send_directly(
    place: str, system_id: str, password: str, source: str, to: str, body: str, *, as_json: bool
) -> None:
    host, _, port = place.rpartition(":")
    if not host or not port.isdecimal():
        raise SettingError(f"--direct {place!r} is not like 192.168.1.20:2775.")
    result = submit_directly(host, int(port), system_id, password, source, to, body)
    if as_json:
        print(json.dumps(asdict(result) | {"accepted": result.accepted}, indent=2))
    else:
        for segment in result.segments:
            what = f"message_id {segment.message_id}" if not segment.words else segment.words
            print(f"segment {segment.number} of {result.total}: {segment.status} {what}")
        if result.fault is not None:
            print(result.fault)
    if not result.accepted:
        raise typer.Exit(_FAILED)


def journey_lines(journey: Fields) -> list[str]:
    """Return a message's way in words, a line each."""
    lines = []
    segments = journey.get("segments")
    for segment in segments if isinstance(segments, list) else []:
        number = f"segment {segment['number']}"
        match segment["place"]:
            case "queued":
                why = f": {segment['waiting_for']}" if segment["waiting_for"] else ""
                lines.append(f"{number} waits for connector {segment['connector_sid']}{why}")
            case "in_flight":
                lines.append(f"{number} was submitted {segment['submitted_at']}; no response yet")
            case _ if segment["command_status"]:
                lines.append(f"{number} was refused: command_status {segment['command_status']}")
            case _:
                lines.append(
                    f"{number} submitted {segment['answered_at']}, "
                    f"message_id {segment['smsc_message_id']}"
                )
                if segment["receipt_at"]:
                    state = MessageState(segment["message_state"]).name.lower()
                    lines.append(f"{number} receipt {segment['receipt_at']}: {state}")
    for attempt in _items(journey, "webhook_attempts"):
        outcome = attempt["http_status"] or attempt["error"] or "no answer"
        lines.append(f"callback {attempt['event']} to {attempt['url']}: {outcome}")
    return lines


def _items(journey: Fields, name: str) -> list[Fields]:
    value = journey.get(name)
    return value if isinstance(value, list) else []


def _demo_sender(account_sid: str) -> str:
    """Return the demo's first number.

    Raises:
        SettingError: the account is another one, or there is no demo.
    """
    demo = read_demo()
    numbers = demo.get("phone_numbers")
    if demo.get("account_sid") != account_sid or not isinstance(numbers, list) or not numbers:
        raise SettingError("Say who sends: --from +85512345678 (a number of the account).")
    return str(numbers[0])


def _wait(api: Api, path: str, seconds: float, *, quiet: bool) -> Fields:
    deadline = time.monotonic() + seconds
    console = Console(quiet=quiet)
    with console.status("queued …") as spinner:
        while True:
            message = api.request("GET", path)
            if message["status"] in FINAL_STATUSES or time.monotonic() >= deadline:
                return message
            spinner.update(f"{message['status']} …")
            time.sleep(_POLL_SECONDS)


def _journey(api_url: str | None, carrier_key: str | None, message: Fields) -> Fields | None:
    """Return what the carrier may see of the message's way; None without a carrier's key."""
    try:
        carrier = carrier_api(api_url, carrier_key)
    except SettingError:
        return None
    return carrier.request("GET", f"/carrier/v1/messages/{message['sid']}")
