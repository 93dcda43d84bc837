"""`smsc connector`: links to SIM boxes, gateways and SMSCs, with their live state."""

import textwrap
from pathlib import Path
from typing import Annotated, cast

import typer

from smsc import sids
from smsc.cli.output import AsJson, sent_fields, set_fields, show_done, show_list, show_one
from smsc.cli.remote import Api, ApiUrl, CarrierKey, Fields, carrier_api
from smsc.errors import NotFound, SettingError

_PATH = "/carrier/v1/connectors"

app = typer.Typer(no_args_is_help=True)

Which = Annotated[str, typer.Argument(metavar="SID|NAME", help="CN…, or the connector's name.")]
Port = Annotated[int | None, typer.Option(help="Its SMPP port. Default: 2775.")]
BindType = Annotated[
    str | None, typer.Option(help="transceiver, transmitter, receiver, or pair for one of each.")
]
Window = Annotated[int | None, typer.Option(help="Segments that may be unanswered at once.")]
Throughput = Annotated[float | None, typer.Option(help="Segments a second, 0.2 for one in five.")]
SystemType = Annotated[str | None, typer.Option(help="Only if the remote wants one.")]
Alphabet = Annotated[
    str | None, typer.Option(help="What data_coding 0 means to it: gsm7, latin1, ascii or utf8.")
]
InDoubt = Annotated[
    str | None,
    typer.Option(help="What was sent and not answered before a crash: resubmit or hold."),
]
Tls = Annotated[bool | None, typer.Option("--tls/--no-tls", help="SMPP over TLS.")]
TlsServerName = Annotated[
    str | None, typer.Option(help="The name in the remote's certificate. Default: the host.")
]
_PEM = {"exists": True, "dir_okay": False, "readable": True}
TlsCa = Annotated[
    Path | None, typer.Option(help="PEM file of what to trust, not the system's roots.", **_PEM)
]
TlsCertificate = Annotated[
    Path | None, typer.Option(help="PEM file that we show; with --tls-key.", **_PEM)
]
TlsKey = Annotated[Path | None, typer.Option(help="PEM file of its key.", **_PEM)]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FIELD=VALUE",
        help="Any other field of the Carrier API, its value as JSON or text; may be repeated. "
        "For example --set concatenation=sar --set 'destination_rules={\"plus\": true}'.",
    ),
]


@app.command()
def create(
    *,
    name: Annotated[str, typer.Option(help="How you call it.")],
    host: Annotated[
        str | None,
        typer.Option(help="Host name or IP address of the remote; none with --dials-in."),
    ] = None,
    system_id: Annotated[
        str, typer.Option(help="What we bind as; with --dials-in, what the device binds as.")
    ],
    password: Annotated[
        str, typer.Option(envvar="SMSC_CONNECTOR_PASSWORD", prompt=True, hide_input=True)
    ],
    port: Port = None,
    bind_type: BindType = None,
    window: Window = None,
    throughput: Throughput = None,
    system_type: SystemType = None,
    default_alphabet: Alphabet = None,
    in_doubt_policy: InDoubt = None,
    tls: Tls = None,
    tls_server_name: TlsServerName = None,
    tls_ca: TlsCa = None,
    tls_certificate: TlsCertificate = None,
    tls_key: TlsKey = None,
    dials_in: Annotated[
        bool | None, typer.Option("--dials-in", help="The device binds to our listener.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="What it is: smsc connector profiles. Prefills the rest.")
    ] = None,
    settings: Settings = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Make a connector; it is bound within two seconds. The password is asked for if not given."""
    made = carrier_api(api_url, carrier_key).request(
        "POST",
        _PATH,
        body=sent_fields(
            name=name,
            host=host,
            port=port,
            system_id=system_id,
            password=password,
            bind_type=bind_type,
            window=window,
            throughput=throughput,
            system_type=system_type,
            default_alphabet=default_alphabet,
            in_doubt_policy=in_doubt_policy,
            tls=tls,
            tls_server_name=tls_server_name,
            tls_ca=_text(tls_ca),
            tls_certificate=_text(tls_certificate),
            tls_key=_text(tls_key),
            dials_in=dials_in,
            profile=profile,
        )
        | set_fields(settings),
    )
    show_one(made, as_json=as_json)


@app.command("list")
def list_all(
    api_url: ApiUrl = None, carrier_key: CarrierKey = None, as_json: AsJson = False
) -> None:
    """List the connectors and whether they are bound."""
    show_list(
        carrier_api(api_url, carrier_key).walk(_PATH),
        ["sid", "name", "host", "port", "state", "reason", "bound_since", "paused"],
        as_json=as_json,
        empty="There are no connectors. Make one: smsc connector create --help",
    )


@app.command("profiles")
def list_profiles(
    api_url: ApiUrl = None, carrier_key: CarrierKey = None, as_json: AsJson = False
) -> None:
    """List the devices and operators whose settings we know, and what to mind with each."""
    found = list(carrier_api(api_url, carrier_key).walk("/carrier/v1/connector_profiles"))
    if as_json:
        show_list(found, [], as_json=True, empty="")
        return
    for profile in found:
        print(f"{profile['name']}: {profile['title']}")
        for note in cast("list[str]", profile["notes"]):
            print(textwrap.fill(note, 96, initial_indent="  - ", subsequent_indent="    "))


@app.command()
def show(
    which: Which, api_url: ApiUrl = None, carrier_key: CarrierKey = None, as_json: AsJson = False
) -> None:
    """Show a connector with its live state."""
    api = carrier_api(api_url, carrier_key)
    show_one(api.request("GET", f"{_PATH}/{connector_sid(api, which)}"), as_json=as_json)


@app.command()
def receipts(
    which: Which, api_url: ApiUrl = None, carrier_key: CarrierKey = None, as_json: AsJson = False
) -> None:
    """Show how well its receipts find their segments, and those that found none."""
    api = carrier_api(api_url, carrier_key)
    path = f"{_PATH}/{connector_sid(api, which)}/receipts"
    parked = list(api.walk(path))
    summary = api.request("GET", f"{path}?limit=1")
    health = cast("dict[str, object]", summary["receipts"])
    counts = health | {name: summary[name] for name in ("waiting", "orphans")}
    if as_json:
        show_one(counts | {"data": parked}, as_json=True)
        return
    show_one(counts, as_json=False)
    print()
    show_list(
        parked,
        ["date_received", "state", "source_addr", "message_id", "stat", "err", "done_date"],
        as_json=False,
        empty="Every receipt has found its segment.",
    )


@app.command()
def change(
    which: Which,
    *,
    name: Annotated[str | None, typer.Option(help="How you call it.")] = None,
    host: Annotated[str | None, typer.Option(help="Host name or IP address.")] = None,
    port: Port = None,
    system_id: Annotated[str | None, typer.Option(help="What we bind as.")] = None,
    password: Annotated[str | None, typer.Option(envvar="SMSC_CONNECTOR_PASSWORD")] = None,
    bind_type: BindType = None,
    window: Window = None,
    throughput: Throughput = None,
    unlimited: Annotated[bool, typer.Option("--unlimited", help="No throughput limit.")] = False,
    system_type: SystemType = None,
    default_alphabet: Alphabet = None,
    in_doubt_policy: InDoubt = None,
    tls: Tls = None,
    tls_server_name: TlsServerName = None,
    tls_ca: TlsCa = None,
    tls_certificate: TlsCertificate = None,
    tls_key: TlsKey = None,
    paused: Annotated[
        bool | None, typer.Option("--pause/--resume", help="Stop or go on sending through it.")
    ] = None,
    settings: Settings = None,
    api_url: ApiUrl = None,
    carrier_key: CarrierKey = None,
    as_json: AsJson = False,
) -> None:
    """Change a connector; it binds anew within two seconds if it must."""
    api = carrier_api(api_url, carrier_key)
    fields = sent_fields(
        name=name,
        host=host,
        port=port,
        system_id=system_id,
        password=password,
        bind_type=bind_type,
        window=window,
        throughput=throughput,
        system_type=system_type,
        default_alphabet=default_alphabet,
        in_doubt_policy=in_doubt_policy,
        tls=tls,
        tls_server_name=tls_server_name,
        tls_ca=_text(tls_ca),
        tls_certificate=_text(tls_certificate),
        tls_key=_text(tls_key),
        paused=paused,
    ) | set_fields(settings)
    if unlimited:
        fields["throughput"] = None
    show_one(
        api.request("PATCH", f"{_PATH}/{connector_sid(api, which)}", body=fields), as_json=as_json
    )


@app.command()
def delete(
    which: Which, api_url: ApiUrl = None, carrier_key: CarrierKey = None, as_json: AsJson = False
) -> None:
    """Delete a connector that no message waits for, and the routes to it."""
    api = carrier_api(api_url, carrier_key)
    sid = connector_sid(api, which)
    api.request("DELETE", f"{_PATH}/{sid}")
    show_done("deleted", sid, as_json=as_json)


def _text(path: Path | None) -> str | None:
    return None if path is None else path.read_text()


def connector_sid(api: Api, which: str) -> str:
    """Return the SID of the connector with this SID or name.

    Raises:
        NotFound: none has this name.
    """
    if sids.is_sid(which, sids.Prefix.CONNECTOR):
        return which
    for connector in api.walk(_PATH):
        if connector["name"] == which:
            return str(connector["sid"])
    raise NotFound(which)


def connector_named(api: Api, which: str) -> Fields:
    """Return the connector with this SID or name.

    Raises:
        SettingError: there is none.
    """
    for connector in api.walk(_PATH):
        if which in {connector["sid"], connector["name"]}:
            return connector
    raise SettingError(
        f"No connector is called {which!r} (see `smsc connector list`). "
        f"To examine a host, name its port: smsc doctor {which} 2775"
    )
