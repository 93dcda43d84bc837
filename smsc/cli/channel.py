"""`smsc channel`: the SIMs and lines of a connector's device, their quotas and what they sent."""

from typing import Annotated

import typer

from smsc.cli.connector import connector_sid
from smsc.cli.output import AsJson, sent_fields, set_fields, show_done, show_list, show_one
from smsc.cli.remote import ApiUrl, CarrierKey, carrier_api

_PATH = "/carrier/v1/channels"

app = typer.Typer(no_args_is_help=True)

Sid = Annotated[str, typer.Argument(metavar="SID", help="Of the channel: CH…")]
Connector = Annotated[str, typer.Option("--connector", help="Its connector: CN… or its name.")]
PhoneNumber = Annotated[str | None, typer.Option(help="The SIM's number, +…")]
Operator = Annotated[str | None, typer.Option(help="Whose SIM it is.")]
Throughput = Annotated[float | None, typer.Option(help="Segments a second, 0.1 for one in ten.")]
DaySegments = Annotated[int | None, typer.Option(help="Most segments a day.")]
MonthSegments = Annotated[int | None, typer.Option(help="Most segments a month.")]
MonthRecipients = Annotated[int | None, typer.Option(help="Most different recipients a month.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FIELD=VALUE",
        help="Any other field of the Carrier API, its value as JSON or text; may be repeated. "
        'For example --set \'working_hours={"mon": ["08:00", "18:00"]}\'.',
    ),
]


@app.command()
def create(
    *,
    connector: Connector,
    number: Annotated[int, typer.Option(help="As the device counts its lines.")],
    phone_number: PhoneNumber = None,
    operator: Operator = None,
    throughput: Throughput = None,
    day_segments: DaySegments = None,
    month_segments: MonthSegments = None,
    month_recipients: MonthRecipients = None,
    settings: Settings = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Make a channel. How it is chosen is the connector's channel_selection."""
    api = carrier_api(api_url, carrier_key)
    body = sent_fields(
        connector_sid=connector_sid(api, connector),
        number=number,
        phone_number=phone_number,
        operator=operator,
        throughput=throughput,
        day_segments=day_segments,
        month_segments=month_segments,
        month_recipients=month_recipients,
    )
    show_one(api.request("POST", _PATH, body=body | set_fields(settings)), as_json=as_json)


@app.command("list")
def list_all(
    connector: Annotated[str | None, typer.Option("--connector", help="Only of CN…")] = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """List the channels, whether each is ready, and why not."""
    api = carrier_api(api_url, carrier_key)
    only = None if connector is None else connector_sid(api, connector)
    show_list(
        api.walk(_PATH, {"connector_sid": only}),
        ["sid", "number", "phone_number", "operator", "state", "reason", "resting_until"],
        as_json=as_json,
        empty="There are no channels. Make one: smsc channel create --connector NAME --number 1",
    )


@app.command()
def show(
    sid: Sid, api_url: ApiUrl = None, carrier_key: CarrierKey = None, as_json: AsJson = False
) -> None:
    """Show a channel with what it has sent today and this month."""
    show_one(carrier_api(api_url, carrier_key).request("GET", f"{_PATH}/{sid}"), as_json=as_json)


@app.command()
def change(
    sid: Sid,
    *,
    phone_number: PhoneNumber = None,
    operator: Operator = None,
    throughput: Throughput = None,
    day_segments: DaySegments = None,
    month_segments: MonthSegments = None,
    month_recipients: MonthRecipients = None,
    paused: Annotated[
        bool | None, typer.Option("--pause/--resume", help="Stop or go on sending by it.")
    ] = None,
    settings: Settings = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Change a channel. `--set day_segments=null` takes a quota away."""
    body = sent_fields(
        phone_number=phone_number,
        operator=operator,
        throughput=throughput,
        day_segments=day_segments,
        month_segments=month_segments,
        month_recipients=month_recipients,
        paused=paused,
    )
    api = carrier_api(api_url, carrier_key)
    changed = api.request("PATCH", f"{_PATH}/{sid}", body=body | set_fields(settings))
    show_one(changed, as_json=as_json)


@app.command()
def delete(
    sid: Sid, api_url: ApiUrl = None, carrier_key: CarrierKey = None, as_json: AsJson = False
) -> None:
    """Delete a channel; what waits for it goes by another."""
    carrier_api(api_url, carrier_key).request("DELETE", f"{_PATH}/{sid}")
    show_done("deleted", sid, as_json=as_json)
