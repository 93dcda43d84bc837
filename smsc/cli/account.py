"""`smsc account`: the carrier's customers and their credentials."""

from typing import Annotated

import typer

from smsc.cli.output import AsJson, sent_fields, set_fields, show_done, show_list, show_one
from smsc.cli.remote import ApiUrl, CarrierKey, carrier_api

_PATH = "/carrier/v1/accounts"

app = typer.Typer(no_args_is_help=True)

Sid = Annotated[str, typer.Argument(metavar="SID", help="Of the account: AC…")]
Name = Annotated[str | None, typer.Option("--name", help="Its friendly name.")]


@app.command()
def create(
    name: Name = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Make an account; its SID and auth token are what a program sends with."""
    made = carrier_api(api_url, carrier_key).request(
        "POST", _PATH, body=sent_fields(friendly_name=name)
    )
    show_one(made, as_json=as_json)


@app.command("list")
def list_all(
    status: Annotated[
        str | None, typer.Option(help="Only active, suspended or closed ones.")
    ] = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """List the accounts; closed ones with --status closed."""
    show_list(
        carrier_api(api_url, carrier_key).walk(_PATH, {"status": status}),
        ["sid", "friendly_name", "status", "date_created"],
        as_json=as_json,
        empty="There are no accounts. Make one: smsc account create --name NAME",
    )


@app.command()
def show(
    sid: Sid, api_url: ApiUrl = None, carrier_key: CarrierKey = None, as_json: AsJson = False
) -> None:
    """Show an account with its auth token."""
    show_one(carrier_api(api_url, carrier_key).request("GET", f"{_PATH}/{sid}"), as_json=as_json)


@app.command()
def change(
    sid: Sid,
    name: Name = None,
    status: Annotated[
        str | None, typer.Option(help="active; suspended: it can't send; closed: for ever.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            help="Any other field of the Carrier API; may be repeated. For example "
            "--set numbers_days=90 --set messages_days=null: kept for ever.",
        ),
    ] = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Rename, suspend, reactivate or close an account, or say how long it keeps what."""
    changed = carrier_api(api_url, carrier_key).request(
        "PATCH",
        f"{_PATH}/{sid}",
        body=sent_fields(friendly_name=name, status=status) | set_fields(settings),
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
    """Close an account for ever: its numbers are free again, its messages stay."""
    if not yes:
        typer.confirm(f"Close {sid} for ever?", abort=True)
    carrier_api(api_url, carrier_key).request("DELETE", f"{_PATH}/{sid}")
    show_done("closed", sid, as_json=as_json)
