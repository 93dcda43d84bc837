"""`smsc tariff`: what messages cost, and what accounts have left."""

from typing import Annotated

import typer

from smsc.cli.output import AsJson, sent_fields, show_done, show_list, show_one
from smsc.cli.remote import ApiUrl, CarrierKey, carrier_api

_PATH = "/carrier/v1/tariffs"
_BALANCES = "/carrier/v1/balances"

app = typer.Typer(no_args_is_help=True)

Which = Annotated[str, typer.Argument(metavar="SID", help="TF…")]
Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="AC…; no subaccount.")]


@app.command()
def create(
    price: Annotated[str, typer.Argument(help="Of a segment, such as 0.0075.")],
    *,
    prefix: Annotated[str, typer.Option(help="Digits that numbers begin with. '': all.")] = "",
    direction: Annotated[str, typer.Option(help="outbound or inbound.")] = "outbound",
    name: Annotated[str | None, typer.Option(help="Of the network; customers see it.")] = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Set the price of a segment; without any price nothing is charged."""
    fields = sent_fields(price=price, prefix=prefix, direction=direction, name=name)
    made = carrier_api(api_url, carrier_key).request("POST", _PATH, body=fields)
    show_one(made, as_json=as_json)


@app.command("list")
def list_all(
    direction: Annotated[str | None, typer.Option(help="outbound or inbound.")] = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """List the prices."""
    show_list(
        carrier_api(api_url, carrier_key).walk(_PATH, {"direction": direction}),
        ["sid", "direction", "prefix", "price", "name"],
        as_json=as_json,
        empty="There are no prices, so nothing is charged. Set one: smsc tariff create 0.01",
    )


@app.command()
def change(
    which: Which,
    *,
    price: Annotated[str | None, typer.Option(help="Of a segment.")] = None,
    name: Annotated[str | None, typer.Option(help="Of the network.")] = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Change a price, for messages that are accepted from now on."""
    fields = sent_fields(price=price, name=name)
    changed = carrier_api(api_url, carrier_key).request("PATCH", f"{_PATH}/{which}", body=fields)
    show_one(changed, as_json=as_json)


@app.command()
def delete(
    which: Which, api_url: ApiUrl = None, carrier_key: CarrierKey = None, as_json: AsJson = False
) -> None:
    """Delete a price; what was charged stays."""
    carrier_api(api_url, carrier_key).request("DELETE", f"{_PATH}/{which}")
    show_done("deleted", which, as_json=as_json)


@app.command()
def currency(
    price_unit: Annotated[str, typer.Argument(help="Such as EUR.")],
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Say in which currency prices are; only while no account has a balance."""
    body: dict[str, object] = {"price_unit": price_unit}
    api = carrier_api(api_url, carrier_key)
    show_one(api.request("PUT", "/carrier/v1/currency", body=body), as_json=as_json)


@app.command()
def balance(
    account: Account,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Show what an account has left."""
    show_one(
        carrier_api(api_url, carrier_key).request("GET", f"{_BALANCES}/{account}"), as_json=as_json
    )


@app.command()
def credit(
    account: Account,
    amount: Annotated[str, typer.Argument(help="Such as 50; after --, -5 takes away.")],
    *,
    note: Annotated[str | None, typer.Option(help="Kept in the ledger.")] = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Add to an account's balance."""
    left = carrier_api(api_url, carrier_key).request(
        "POST", f"{_BALANCES}/{account}/credits", body=sent_fields(amount=amount, note=note)
    )
    show_one(left, as_json=as_json)


@app.command()
def limit(
    account: Account,
    floor: Annotated[
        str, typer.Argument(help="0: prepaid; such as '-100' after --: credit; none: no limit.")
    ],
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Say how low an account's balance may fall."""
    body: dict[str, object] = {"floor": None if floor == "none" else floor}
    left = carrier_api(api_url, carrier_key).request("PATCH", f"{_BALANCES}/{account}", body=body)
    show_one(left, as_json=as_json)
