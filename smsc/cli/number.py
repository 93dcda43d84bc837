"""`smsc number`: the inventory of phone numbers, short codes and sender IDs."""

from pathlib import Path
from typing import Annotated

import typer

from smsc import sids
from smsc.cli.number_csv import BATCH, read_csv
from smsc.cli.output import AsJson, sent_fields, show_done, show_list, show_one
from smsc.cli.remote import Api, ApiUrl, CarrierKey, carrier_api
from smsc.errors import NotFound

_PATH = "/carrier/v1/phone_numbers"

app = typer.Typer(no_args_is_help=True)

Which = Annotated[
    str, typer.Argument(metavar="SID|NUMBER", help="PN…, SC…, or the number as it is listed.")
]
Account = Annotated[str | None, typer.Option("--account", help="Whose it is: AC…")]
Name = Annotated[str | None, typer.Option("--name", help="Its friendly name.")]
SmsUrl = Annotated[str | None, typer.Option(help="Where inbound messages are sent. '': nowhere.")]
SmsMethod = Annotated[str | None, typer.Option(help="GET or POST.")]
FallbackUrl = Annotated[str | None, typer.Option(help="Where they are sent when that fails.")]
FallbackMethod = Annotated[str | None, typer.Option(help="GET or POST.")]


@app.command()
def create(
    phone_number: Annotated[
        str, typer.Argument(metavar="NUMBER", help="+85512345678, 1294 or CLINIC.")
    ],
    *,
    account: Account = None,
    name: Name = None,
    sms_url: SmsUrl = None,
    sms_method: SmsMethod = None,
    sms_fallback_url: FallbackUrl = None,
    sms_fallback_method: FallbackMethod = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Put a number into the inventory; without --account it is for sale."""
    made = carrier_api(api_url, carrier_key).request(
        "POST",
        _PATH,
        body=sent_fields(
            phone_number=phone_number,
            account_sid=account,
            friendly_name=name,
            sms_url=sms_url,
            sms_method=sms_method,
            sms_fallback_url=sms_fallback_url,
            sms_fallback_method=sms_fallback_method,
        ),
    )
    show_one(made, as_json=as_json)


@app.command("import")
def import_csv(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="CSV with a header: phone_number, and if wanted account_sid, friendly_name, "
            "number_type (local, mobile, tollfree, shortcode), iso_country, region, locality, "
            "postal_code, rate_center, lata, latitude, longitude.",
        ),
    ],
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Put the numbers of a CSV file into the inventory; those that are in it already stay."""
    api = carrier_api(api_url, carrier_key)
    drafts = read_csv(file)
    made = 0
    for start in range(0, len(drafts), BATCH):
        batch = {"phone_numbers": drafts[start : start + BATCH]}
        created = api.request("POST", f"{_PATH}/batch", body=batch)["created"]
        made += len(created) if isinstance(created, list) else 0
    show_one({"read": len(drafts), "created": made}, as_json=as_json)


@app.command("list")
def list_all(
    account: Account = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """List the numbers, of one account if so asked."""
    show_list(
        carrier_api(api_url, carrier_key).walk(_PATH, {"account_sid": account}),
        ["sid", "phone_number", "kind", "account_sid", "sms_url", "friendly_name"],
        as_json=as_json,
        empty="There are no numbers. Add one: smsc number create NUMBER --account AC…",
    )


@app.command()
def show(
    which: Which, api_url: ApiUrl = None, carrier_key: CarrierKey = None, as_json: AsJson = False
) -> None:
    """Show a number."""
    api = carrier_api(api_url, carrier_key)
    show_one(api.request("GET", f"{_PATH}/{_sid(api, which)}"), as_json=as_json)


@app.command()
def change(
    which: Which,
    *,
    account: Account = None,
    for_sale: Annotated[bool, typer.Option("--for-sale", help="Take it from its account.")] = False,
    name: Name = None,
    sms_url: SmsUrl = None,
    sms_method: SmsMethod = None,
    sms_fallback_url: FallbackUrl = None,
    sms_fallback_method: FallbackMethod = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Give a number to an account, take it back, or change its webhooks."""
    api = carrier_api(api_url, carrier_key)
    fields = sent_fields(
        account_sid=account,
        friendly_name=name,
        sms_url=sms_url,
        sms_method=sms_method,
        sms_fallback_url=sms_fallback_url,
        sms_fallback_method=sms_fallback_method,
    )
    if for_sale:
        fields["account_sid"] = None
    show_one(api.request("PATCH", f"{_PATH}/{_sid(api, which)}", body=fields), as_json=as_json)


@app.command()
def delete(
    which: Which, api_url: ApiUrl = None, carrier_key: CarrierKey = None, as_json: AsJson = False
) -> None:
    """Take a number out of the inventory."""
    api = carrier_api(api_url, carrier_key)
    sid = _sid(api, which)
    api.request("DELETE", f"{_PATH}/{sid}")
    show_done("deleted", sid, as_json=as_json)


def _sid(api: Api, which: str) -> str:
    """Return the SID of the number.

    Raises:
        NotFound: the inventory doesn't have it.
    """
    if any(
        sids.is_sid(which, prefix) for prefix in (sids.Prefix.PHONE_NUMBER, sids.Prefix.SHORT_CODE)
    ):
        return which
    for number in api.walk(_PATH, {"phone_number": which}):
        return str(number["sid"])
    raise NotFound(which)
