"""`smsc key`: API keys of accounts, main ones too."""

from typing import Annotated

import typer

from smsc.cli.output import AsJson, sent_fields, show_done, show_list, show_one
from smsc.cli.remote import ApiUrl, CarrierKey, carrier_api

_PATH = "/carrier/v1/api_keys"

app = typer.Typer(no_args_is_help=True)

Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="AC…")]


@app.command()
def create(
    account: Account,
    *,
    kind: Annotated[str, typer.Option(help="standard, main or restricted.")] = "standard",
    permission: Annotated[
        list[str] | None,
        typer.Option(help="Of a restricted key, such as /twilio/messaging/messages/create."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Its friendly name.")] = None,
    requests_per_second: Annotated[
        str | None, typer.Option(help="How fast it may ask; without: as fast as its account.")
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(help="From where it may be used, such as 192.0.2.0/24; more than once."),
    ] = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Make a key; its secret is shown this once."""
    fields = sent_fields(
        account_sid=account,
        kind=kind,
        permissions=permission or None,
        friendly_name=name,
        requests_per_second=requests_per_second,
        allowed_networks=network or None,
    )
    made = carrier_api(api_url, carrier_key).request("POST", _PATH, body=fields)
    show_one(made, as_json=as_json)


@app.command("list")
def list_all(
    account: Annotated[str | None, typer.Option(help="Of this account: AC…")] = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """List the keys, of one account if so asked."""
    show_list(
        carrier_api(api_url, carrier_key).walk(_PATH, {"account_sid": account}),
        ["sid", "account_sid", "kind", "friendly_name", "last_used_at"],
        as_json=as_json,
        empty="There are no keys. Make one: smsc key create AC…",
    )


@app.command()
def delete(
    account: Account,
    sid: Annotated[str, typer.Argument(metavar="SID", help="SK…")],
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Revoke a key."""
    carrier_api(api_url, carrier_key).request("DELETE", f"{_PATH}/{account}/{sid}")
    show_done("deleted", sid, as_json=as_json)
