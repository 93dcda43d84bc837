"""`smsc route`: which connector the numbers with a prefix go to."""

from typing import Annotated

import typer

from smsc.cli.connector import connector_sid
from smsc.cli.output import AsJson, sent_fields, show_done, show_list, show_one
from smsc.cli.remote import ApiUrl, CarrierKey, carrier_api

_PATH = "/carrier/v1/routes"

app = typer.Typer(no_args_is_help=True)

Sid = Annotated[str, typer.Argument(metavar="SID", help="Of the route: RT…")]
Prefix = Annotated[str | None, typer.Option(help="First digits of the numbers. None: all.")]
Priority = Annotated[int | None, typer.Option(help="The least goes first. Default: 100.")]


@app.command()
def create(
    connector: Annotated[str, typer.Option("--connector", help="Where they go: CN… or its name.")],
    prefix: Prefix = None,
    priority: Priority = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Make a route. The longest prefix wins, within it the least priority number."""
    api = carrier_api(api_url, carrier_key)
    sid = connector_sid(api, connector)
    made = api.request(
        "POST", _PATH, body=sent_fields(connector_sid=sid, prefix=prefix, priority=priority)
    )
    show_one(made, as_json=as_json)


@app.command("list")
def list_all(
    connector: Annotated[str | None, typer.Option("--connector", help="Only to CN…")] = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """List the routes, to one connector if so asked."""
    show_list(
        carrier_api(api_url, carrier_key).walk(_PATH, {"connector_sid": connector}),
        ["sid", "prefix", "connector_sid", "priority"],
        as_json=as_json,
        empty="There are no routes. Make one: smsc route create --connector CN…",
    )


@app.command()
def show(
    sid: Sid, api_url: ApiUrl = None, carrier_key: CarrierKey = None, as_json: AsJson = False
) -> None:
    """Show a route."""
    show_one(carrier_api(api_url, carrier_key).request("GET", f"{_PATH}/{sid}"), as_json=as_json)


@app.command()
def change(
    sid: Sid,
    connector: Annotated[str | None, typer.Option("--connector", help="CN…")] = None,
    prefix: Prefix = None,
    priority: Priority = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Change a route."""
    changed = carrier_api(api_url, carrier_key).request(
        "PATCH",
        f"{_PATH}/{sid}",
        body=sent_fields(connector_sid=connector, prefix=prefix, priority=priority),
    )
    show_one(changed, as_json=as_json)


@app.command()
def delete(
    sid: Sid, api_url: ApiUrl = None, carrier_key: CarrierKey = None, as_json: AsJson = False
) -> None:
    """Delete a route; what was accepted through it is still sent."""
    carrier_api(api_url, carrier_key).request("DELETE", f"{_PATH}/{sid}")
    show_done("deleted", sid, as_json=as_json)
