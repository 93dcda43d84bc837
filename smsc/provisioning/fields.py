"""The kinds of fields that drafts and changes are made of, with what they accept."""

from ipaddress import ip_network
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

MOST_SYSTEM_ID_OCTETS: Final = 64  # SMPP 3.4 allows 15, remotes that we met allow more


class Input(BaseModel):
    """What somebody asks for: unknown fields are refused, spaces around text are dropped."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Change(Input):
    """A change: a field that is not sent stays as it is, whatever its default here."""

    def asked(self) -> dict[str, object]:
        """Return the fields that were sent."""
        return self.model_dump(exclude_unset=True)


def is_web_url(url: str) -> bool:
    """Say whether `url` is an absolute http(s) URL with a host that can exist."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"} and bool(host) and "_" not in (host or "")
    ) and url.isprintable()


def _web_url(value: str | None) -> str | None:
    if value is None or value == "":
        return None
    if not is_web_url(value):
        raise ValueError("must be an absolute http or https URL, like https://example.org/sms")
    return value


def _storable(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not contain U+0000")
    return value


def _ascii(value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise ValueError("must be printable ASCII")
    return value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def lower(value: object) -> object:
    """Make upper case no difference; what is no text is left to its validator."""
    return value.lower() if isinstance(value, str) else value


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError as fault:
        raise ValueError(
            f"must be a network such as 192.0.2.0/24 or 2001:db8::/48: {fault}"
        ) from None


def _host(value: str) -> str:
    if not value.isascii() or not value.isprintable() or any(mark in value for mark in " /@?#"):
        raise ValueError("must be a host name or an IP address, without scheme and port")
    return value


def _pem(value: str) -> str:
    if "-----BEGIN " not in value or not value.isascii():
        raise ValueError("must be PEM text, which begins with -----BEGIN")
    return value


Days = Annotated[int | None, Field(ge=1, le=36_500)]  # None: for ever
FriendlyName = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_storable)]
Network = Annotated[str, AfterValidator(_network)]  # CIDR
Label = Annotated[str, Field(max_length=64), AfterValidator(_storable)]
Name = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_storable)]
WebUrl = Annotated[str | None, Field(max_length=2048), AfterValidator(_web_url)]
HttpMethod = Annotated[Literal["GET", "POST"], BeforeValidator(_upper)]
Host = Annotated[str, Field(min_length=1, max_length=253), AfterValidator(_host)]
Port = Annotated[int, Field(ge=1, le=65535)]
SystemId = Annotated[
    str, Field(min_length=1, max_length=MOST_SYSTEM_ID_OCTETS), AfterValidator(_ascii)
]
Password = Annotated[
    str, Field(min_length=1, max_length=MOST_SYSTEM_ID_OCTETS), AfterValidator(_ascii)
]
Pem = Annotated[str, Field(min_length=1, max_length=65_536), AfterValidator(_pem)]
AsciiText = Annotated[str, AfterValidator(_ascii)]
