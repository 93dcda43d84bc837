"""What can be said of an SMPP credential: its draft and its change, and what each field accepts."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from smsc.errors import InvalidSender
from smsc.models import Lane
from smsc.provisioning.fields import Change, Input, Network, Password, SystemId, lower
from smsc.sms.address import parse_sender
from smsc.sms.receipt_template import ReceiptTemplate

OwnSystemId = Annotated[SystemId, Field(max_length=15)]  # SMPP 3.4 §5.2.1
Window = Annotated[int, Field(ge=1, le=10_000)]
# Messages a second; the column is NUMERIC(10, 4).
Throughput = Annotated[Decimal, Field(gt=0, max_digits=10, decimal_places=4)]


def _sender(text: str) -> str:
    try:
        return parse_sender(text).value
    except InvalidSender as refusal:
        raise ValueError(str(refusal)) from None


def _template(text: str | None) -> str | None:
    if not text:
        return None
    ReceiptTemplate.parse(text)
    return text


Sender = Annotated[str, AfterValidator(_sender)]
BindTypeName = Annotated[Literal["transceiver", "transmitter", "receiver"], BeforeValidator(lower)]
LaneName = Annotated[Literal["alert", "otp", "normal", "bulk"], BeforeValidator(lower)]
Template = Annotated[str | None, Field(max_length=250), AfterValidator(_template)]


class _Limits(Input):
    """What its ESME may do, and how it wants its receipts."""

    window: Window = 100
    receives_inbound: bool = True
    allowed_networks: Annotated[list[Network], Field(max_length=100)] = Field(default_factory=list)
    bind_types: Annotated[list[BindTypeName], Field(max_length=3)] = Field(default_factory=list)
    max_binds: Annotated[int, Field(ge=1, le=1000)] = 10
    throughput: Throughput | None = None
    allowed_senders: Annotated[list[Sender], Field(max_length=1000)] = Field(default_factory=list)
    lane: LaneName = "normal"
    receipt_template: Template = None


class SmppCredentialDraft(_Limits):
    """A credential to be made; without a system_id or a password we make them."""

    account_sid: str
    system_id: OwnSystemId | None = None
    password: Password | None = None


class SmppCredentialChange(_Limits, Change):
    """What of a credential can change. Its system_id is its name and stays."""

    password: Password = ""


def columns(fields: dict[str, object]) -> dict[str, Any]:
    """Return fields under the names, and as the values, that their columns have."""
    named: dict[str, Any] = dict(fields)
    if "window" in named:
        named["window_size"] = named.pop("window")
    if "lane" in named:
        named["lane"] = int(Lane[str(named["lane"]).upper()])
    return named
