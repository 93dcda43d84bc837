"""What can be said of a connector: its drafts and changes, each field with what it accepts."""

from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from smsc.models import InDoubtPolicy
from smsc.provisioning import profiles
from smsc.provisioning.fields import (
    AsciiText,
    Change,
    Host,
    Input,
    Name,
    Password,
    Pem,
    Port,
    SystemId,
    lower,
)
from smsc.routing.channel_marks import parse_field
from smsc.smpp.tls import client_context
from smsc.sms.address_rules import parse_rules
from smsc.sms.receipt_errors import parse_receipt_errors
from smsc.sms.receipt_rules import Rollup
from smsc.sms.status_table import parse_verdicts

Window = Annotated[int, Field(ge=1, le=10_000)]
# Segments a second; the column is NUMERIC(10, 4).
Throughput = Annotated[Decimal, Field(gt=0, max_digits=10, decimal_places=4)]
Seconds = Annotated[int, Field(ge=1, le=86_400)]
DefaultAlphabet = Literal["gsm7", "latin1", "ascii", "utf8"]
InterfaceVersion = Literal["3.3", "3.4", "5.0"]
BindType = Annotated[
    Literal["transceiver", "transmitter", "receiver", "pair"], BeforeValidator(lower)
]
Concatenation = Literal["udh8", "udh16", "sar", "payload"]


def _rules(rules: dict[str, Any]) -> dict[str, Any]:
    parse_rules(rules)
    return rules


Rules = Annotated[dict[str, Any], AfterValidator(_rules)]


def _errors(table: dict[str, Any]) -> dict[str, Any]:
    parse_receipt_errors(table)
    return table


def _verdicts(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    parse_verdicts(entries)
    return entries


ReceiptErrors = Annotated[dict[str, Any], Field(max_length=1000), AfterValidator(_errors)]
Verdicts = Annotated[list[dict[str, Any]], Field(max_length=1000), AfterValidator(_verdicts)]


def _format(template: str) -> str:
    try:
        made = template.format(system_id="user", number=1)
    except (LookupError, ValueError, AttributeError):
        raise ValueError("is no template such as {system_id}{number:02}") from None
    if made == template.format(system_id="user", number=2):
        raise ValueError("must contain {number}, which tells the channels' binds apart")
    return template


def _field(name: str) -> str:
    parse_field(name)
    return name


ChannelField = Annotated[str, AfterValidator(_field)]
SystemIdFormat = Annotated[AsciiText, Field(max_length=64), AfterValidator(_format)]


class _Settings(Input):
    """All of a connector that has a default."""

    port: Port = 2775
    bind_type: BindType = "transceiver"
    binds: Annotated[int, Field(ge=1, le=32)] = 1
    dials_in: bool = False
    dial_in_pdu: Literal["deliver_sm", "submit_sm"] = "deliver_sm"
    outbind: bool = False
    outbind_system_id: SystemId | None = None  # None: what we bind as
    outbind_password: Password | None = None  # None: the password that we bind with
    interface_version: InterfaceVersion = "3.4"
    system_type: Annotated[AsciiText, Field(max_length=12)] = ""
    address_range: Annotated[AsciiText, Field(max_length=40)] = ""
    address_ton: Annotated[int, Field(ge=0, le=7)] = 0  # of address_range
    address_npi: Annotated[int, Field(ge=0, le=18)] = 0
    service_type: Annotated[AsciiText, Field(max_length=5)] = ""
    window: Window = 10
    throughput: Throughput | None = None
    session_init_seconds: Seconds = 10
    enquire_link_seconds: Seconds = 30
    enquire_link_response_seconds: Seconds = 10
    response_timeout_seconds: Seconds = 60
    inactivity_seconds: Seconds | None = None
    source_rules: Rules = Field(default_factory=dict)
    destination_rules: Rules = Field(default_factory=dict)
    passes_validity: bool = True
    default_alphabet: DefaultAlphabet = "gsm7"
    gsm7_packed: bool = False
    sends_latin1: bool = False
    concatenation: Concatenation = "udh8"
    in_doubt_policy: InDoubtPolicy = InDoubtPolicy.RESUBMIT
    command_verdicts: Verdicts = Field(default_factory=list)
    unmarked_receipts: bool = False
    receipt_rollup: Rollup = Rollup.ALL
    receipt_errors: ReceiptErrors = Field(default_factory=dict)
    channel_selection: Literal["none", "bind", "field", "device"] = "none"
    channel_field: ChannelField | None = None
    channel_format: SystemIdFormat | None = None
    pdu_hours: Annotated[int, Field(ge=0, le=24 * 31)] = 0
    paused: bool = False
    draining: bool = False
    tls: bool = False
    tls_server_name: Host | None = None
    tls_ca: Pem | None = None
    tls_certificate: Pem | None = None
    tls_key: Pem | None = None

    @model_validator(mode="after")
    def _certificates_fit_together(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key go together")
        client_context(self.tls_ca, self.tls_certificate, self.tls_key)
        return self

    @model_validator(mode="after")
    def _channels_can_be_told(self) -> Self:
        if self.channel_selection == "field" and self.channel_field is None:
            raise ValueError("channel_selection 'field' needs a channel_field")
        return self


class ConnectorDraft(_Settings):
    """A connector to be made. Without a throughput it is sent to as fast as its window allows.

    What the profile says holds for the fields that are not given.
    """

    name: Name
    host: Host = ""  # of a device that dials in we need to know none
    system_id: SystemId
    password: Password
    profile: str | None = None

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if not self.host and not self.dials_in:
            raise ValueError("host is needed, unless dials_in says that the device binds to us")
        if self.outbind and not self.dials_in:
            raise ValueError("outbind needs dials_in: the remote opens the connection")
        return self

    @model_validator(mode="before")
    @classmethod
    def _prefill(cls, asked: object) -> object:
        if not isinstance(asked, dict) or not isinstance(asked.get("profile"), str):
            return asked
        try:
            return {**profiles.find(asked["profile"]).settings, **asked}
        except profiles.UnknownProfile as unknown:
            raise ValueError(str(unknown)) from None


class ConnectorChange(_Settings, Change):
    """What of a connector can change: everything but its SID."""

    name: Name = ""
    host: Host = ""
    system_id: SystemId = ""
    password: Password = ""


SETTINGS: Final = frozenset(_Settings.model_fields)  # what a profile may set
