"""`smsc credential`: what customers' ESMEs bind to the listener with, and what they may do."""

from typing import Annotated

import typer

from smsc.cli.output import AsJson, sent_fields, set_fields, show_done, show_list, show_one
from smsc.cli.remote import ApiUrl, CarrierKey, carrier_api

_PATH = "/carrier/v1/smpp_credentials"

app = typer.Typer(no_args_is_help=True)

Sid = Annotated[str, typer.Argument(metavar="SID", help="Of the credential: SB…")]
Window = Annotated[
    int | None, typer.Option(help="Unanswered messages to it, and unanswered ones of it.")
]
Network = Annotated[
    list[str] | None,
    typer.Option("--network", help="It may bind from here: 192.0.2.0/24. Several are allowed."),
]
BindType = Annotated[
    list[str] | None,
    typer.Option("--bind-type", help="transceiver, transmitter or receiver. Several are allowed."),
]
MaxBinds = Annotated[int | None, typer.Option(help="Sessions at once, over all listeners.")]
Throughput = Annotated[float | None, typer.Option(help="Messages a second that it may submit.")]
Sender = Annotated[
    list[str] | None, typer.Option("--sender", help="It may send from this. Several are allowed.")
]
LaneOption = Annotated[str | None, typer.Option("--lane", help="alert, otp, normal or bulk.")]
Template = Annotated[
    str | None,
    typer.Option(help="Of its receipts: 'id:{id} stat:{stat} …'. '': Appendix B of SMPP 3.4."),
]
Inbound = Annotated[
    bool | None, typer.Option("--inbound/--no-inbound", help="Inbound messages go to it.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="Any field, as JSON: allowed_networks=[]."),
]


@app.command()
def create(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Whose it is: AC…")],
    *,
    system_id: Annotated[str | None, typer.Option(help="Its name. None: we make one.")] = None,
    password: Annotated[
        str | None,
        typer.Option(envvar="SMSC_ESME_PASSWORD", help="None: we make one and show it once."),
    ] = None,
    window: Window = None,
    network: Network = None,
    bind_type: BindType = None,
    max_binds: MaxBinds = None,
    throughput: Throughput = None,
    sender: Sender = None,
    lane: LaneOption = None,
    receipt_template: Template = None,
    inbound: Inbound = None,
    settings: Settings = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Make a credential; its password is shown this once."""
    body = sent_fields(
        account_sid=account,
        system_id=system_id,
        password=password,
        window=window,
        allowed_networks=network,
        bind_types=bind_type,
        max_binds=max_binds,
        throughput=throughput,
        allowed_senders=sender,
        lane=lane,
        receipt_template=receipt_template,
        receives_inbound=inbound,
    )
    made = carrier_api(api_url, carrier_key).request(
        "POST", _PATH, body=body | set_fields(settings)
    )
    show_one(made, as_json=as_json)


@app.command("list")
def list_all(
    account: Annotated[str | None, typer.Option(help="Only this account's: AC…")] = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """List the credentials."""
    show_list(
        carrier_api(api_url, carrier_key).walk(_PATH, {"account_sid": account}),
        ["sid", "system_id", "account_sid", "max_binds", "throughput", "lane", "last_used_at"],
        as_json=as_json,
        empty="There are no credentials. Make one: smsc credential create ACCOUNT",
    )


@app.command()
def show(
    sid: Sid, api_url: ApiUrl = None, carrier_key: CarrierKey = None, as_json: AsJson = False
) -> None:
    """Show a credential with its limits."""
    show_one(carrier_api(api_url, carrier_key).request("GET", f"{_PATH}/{sid}"), as_json=as_json)


@app.command()
def change(
    sid: Sid,
    *,
    password: Annotated[
        str | None, typer.Option(envvar="SMSC_ESME_PASSWORD", help="A new one.")
    ] = None,
    window: Window = None,
    network: Network = None,
    bind_type: BindType = None,
    max_binds: MaxBinds = None,
    throughput: Throughput = None,
    sender: Sender = None,
    lane: LaneOption = None,
    receipt_template: Template = None,
    inbound: Inbound = None,
    settings: Settings = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Change what a credential may do; bound ESMEs follow within two seconds."""
    body = sent_fields(
        password=password,
        window=window,
        allowed_networks=network,
        bind_types=bind_type,
        max_binds=max_binds,
        throughput=throughput,
        allowed_senders=sender,
        lane=lane,
        receipt_template=receipt_template,
        receives_inbound=inbound,
    )
    changed = carrier_api(api_url, carrier_key).request(
        "PATCH", f"{_PATH}/{sid}", body=body | set_fields(settings)
    )
    show_one(changed, as_json=as_json)


@app.command()
def delete(
    sid: Sid,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Delete a credential with what waits for its ESME; its sessions end within two seconds."""
    if not yes:
        typer.confirm(f"Delete {sid} and what waits for its ESME?", abort=True)
    carrier_api(api_url, carrier_key).request("DELETE", f"{_PATH}/{sid}")
    show_done("deleted", sid, as_json=as_json)
