"""What a connector's row says, as its runner needs it."""

import json
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from smsc.db import Database
from smsc.messaging.receiving.receipt_config import rules_of
from smsc.messaging.sending.channels import read_channels
from smsc.messaging.sending.submit import SubmitRules
from smsc.routing.channel_marks import DEFAULT_FORMAT, ChannelField, Selection, parse_field
from smsc.routing.channels import Channel
from smsc.smpp.bind import Asker, BindConfig, DialIn
from smsc.smpp.bind_set import pairs
from smsc.smpp.pdu import BindType
from smsc.smpp.timers import TimerSettings
from smsc.smpp.tls import client_context
from smsc.sms import receipt_rules, status_table
from smsc.sms.address_rules import parse_rules
from smsc.sms.alphabet import Alphabet
from smsc.sms.receipt_rules import ReceiptRules
from smsc.sms.status_table import StatusTable, parse_verdicts
from smsc.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorConfig:
    """A connector as its runner needs it; a change of any field restarts its binds."""

    sid: str
    carrier_sid: str
    name: str
    binds: tuple[BindConfig, ...]  # one at least
    submit_rules: SubmitRules
    default_alphabet: Alphabet
    gsm7_packed: bool = False
    statuses: StatusTable = status_table.STANDARD
    receipt_rules: ReceiptRules = receipt_rules.DEFAULT
    channel_selection: Selection = Selection.NONE
    channel_field: ChannelField | None = None
    dials_in: bool = False
    # Their quotas and rates change without a new bind, see `workers.channels.ChannelBook.follow`.
    channels: tuple[Channel, ...] = field(default=(), compare=False)
    # What people look at changes nothing of how it runs, see `workers.watch.Watch.follow`.
    is_traced: bool = field(default=False, compare=False)
    pdu_hours: int = field(default=0, compare=False)


async def read_configs(
    database: Database, vault: Vault, sids: Iterable[str], *, even_idle: bool = False
) -> dict[str, ConnectorConfig]:
    """Return those of the connectors that exist and are to be run now, or all that exist."""
    async with database.single() as connection:
        rows = await connection.fetch(
            """
            SELECT *, coalesce(traced_until > now(), false) AS is_traced FROM connectors
            WHERE sid = ANY($1::text[])
              AND ($2 OR NOT paused AND (lent_until IS NULL OR lent_until <= now()))
            """,
            list(sids),
            even_idle,
        )
        selecting = [row["sid"] for row in rows if row["channel_selection"] != Selection.NONE]
        channels = await read_channels(connection, selecting) if selecting else {}
    return {row["sid"]: _read(row, vault, channels.get(row["sid"], ())) for row in rows}


def _read(row: Mapping[str, Any], vault: Vault, channels: tuple[Channel, ...]) -> ConnectorConfig:
    field_ = row["channel_field"]
    return ConnectorConfig(
        sid=row["sid"],
        carrier_sid=row["carrier_sid"],
        name=row["name"],
        binds=_binds(row, vault, channels),
        submit_rules=SubmitRules(
            service_type=row["service_type"],
            source=parse_rules(json.loads(row["source_rules"])),
            destination=parse_rules(json.loads(row["destination_rules"])),
            passes_validity=row["passes_validity"],
        ),
        default_alphabet=Alphabet(row["default_alphabet"]),
        gsm7_packed=row["gsm7_packed"],
        statuses=_statuses(row),
        receipt_rules=rules_of(row),
        channel_selection=Selection(row["channel_selection"]) if channels else Selection.NONE,
        channel_field=None if field_ is None else parse_field(field_),
        dials_in=row["dials_in"],
        channels=channels,
        is_traced=row["is_traced"],
        pdu_hours=row["pdu_hours"],
    )


def _binds(
    row: Mapping[str, Any], vault: Vault, channels: tuple[Channel, ...]
) -> tuple[BindConfig, ...]:
    is_pair = row["bind_type"] == "pair"
    inactivity = row["inactivity_seconds"]
    throughput = row["throughput"]
    count: int = row["binds"]
    bind = BindConfig(
        host=row["host"],
        port=row["port"],
        system_id=row["system_id"],
        password=vault.open(row["password_sealed"]),
        bind_type=BindType.TRANSMITTER if is_pair else BindType(row["bind_type"]),
        system_type=row["system_type"],
        interface_version=row["interface_version"],
        address_range=row["address_range"],
        addr_ton=row["address_ton"],
        addr_npi=row["address_npi"],
        window=row["window_size"],
        throughput=None if throughput is None else float(throughput),
        statuses=_statuses(row),
        ssl_context=_ssl_context(row, vault) if row["tls"] else None,
        dial_in=DialIn(row["dial_in_pdu"]) if row["dials_in"] and not row["outbind"] else None,
        tls_server_name=row["tls_server_name"],
        timers=TimerSettings(
            session_init=timedelta(seconds=row["session_init_seconds"]),
            enquire_link=timedelta(seconds=row["enquire_link_seconds"]),
            enquire_link_response=timedelta(seconds=row["enquire_link_response_seconds"]),
            response=timedelta(seconds=row["response_timeout_seconds"]),
            inactivity=None if inactivity is None else timedelta(seconds=inactivity),
        ),
    )
    if channels and row["channel_selection"] == Selection.BIND:
        template = row["channel_format"] or DEFAULT_FORMAT
        return tuple(
            _with_asker(
                row,
                vault,
                replace(
                    bind,
                    system_id=template.format(system_id=bind.system_id, number=one.number),
                    throughput=one.throughput or bind.throughput,
                ),
            )
            for one in channels
        )
    bind = _with_asker(row, vault, bind)
    if bind.dial_in is not None:  # as which kind, the device says itself
        bind = replace(bind, bind_type=BindType.TRANSCEIVER)
        return (bind,) * (2 * count if is_pair else count)
    return tuple(pairs(bind, count)) if is_pair else (bind,) * count


def _with_asker(row: Mapping[str, Any], vault: Vault, bind: BindConfig) -> BindConfig:
    if not (row["dials_in"] and row["outbind"]):
        return bind
    sealed = row["outbind_password_sealed"]
    password = bind.password if sealed is None else vault.open(sealed)
    return replace(bind, asker=Asker(row["outbind_system_id"] or bind.system_id, password))


def _statuses(row: Mapping[str, Any]) -> StatusTable:
    return parse_verdicts(json.loads(row["command_verdicts"]))


def _ssl_context(row: Mapping[str, Any], vault: Vault) -> ssl.SSLContext:
    sealed = row["tls_key_sealed"]
    key = None if sealed is None else vault.open(sealed)
    return client_context(row["tls_ca"], row["tls_certificate"], key)
