"""`smsc webhook`: customers' servers that fail, and what is told them once more."""

from typing import Annotated

import typer

from smsc.cli.output import AsJson, sent_fields, show_list, show_one
from smsc.cli.remote import ApiUrl, CarrierKey, carrier_api

_PATH = "/carrier/v1/webhooks"

app = typer.Typer(no_args_is_help=True)

Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="AC…")]


@app.command()
def endpoints(
    account: Annotated[str | None, typer.Option("--account", help="Only of AC…")] = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """List the servers whose last requests all failed."""
    show_list(
        carrier_api(api_url, carrier_key).walk(f"{_PATH}/endpoints", {"account_sid": account}),
        ["account_sid", "origin", "failures", "waiting", "paused_at", "next_try_at"],
        as_json=as_json,
        empty="No customer's server fails.",
    )


@app.command()
def resume(
    account: Account,
    origin: Annotated[str, typer.Argument(help="As listed: https://example.org:443")],
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Forget a server's failures, and send what waits for it now."""
    body = sent_fields(account_sid=account, origin=origin)
    path = f"{_PATH}/endpoints/resume"
    show_one(carrier_api(api_url, carrier_key).request("POST", path, body=body), as_json=as_json)


@app.command()
def replay(
    account: Account,
    message: Annotated[str | None, typer.Option("--message", help="All events of SM…")] = None,
    failed_since: Annotated[
        str | None, typer.Option(help="What failed of messages since: 2026-11-25T08:00:00Z")
    ] = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Send webhooks once more, each under the id that it had: --message or --failed-since."""
    body = sent_fields(account_sid=account, message_sid=message, failed_since=failed_since)
    path = f"{_PATH}/replay"
    show_one(carrier_api(api_url, carrier_key).request("POST", path, body=body), as_json=as_json)
