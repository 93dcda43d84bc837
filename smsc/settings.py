"""The environment, read once at a process's door and passed down."""

import base64
import binascii
import ipaddress
from datetime import timedelta
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from smsc.errors import SettingError

SECRET_KEY_OCTETS = 32


class Settings(BaseSettings):
    """Everything that the environment decides. Prefix `SMSC_`; see docs/configuration.md."""

    model_config = SettingsConfigDict(
        env_prefix="SMSC_", env_file=".env", frozen=True, extra="ignore", env_ignore_empty=True
    )

    home: Path = Path(".smsc")  # state of `smsc up`: embedded servers, logs, secret, demo.json
    bind: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=0, le=65535)
    smpp_port: int = Field(default=2775, ge=0, le=65535)
    smpp_tls_port: int | None = Field(default=None, ge=0, le=65535)  # None: no TLS
    smpp_tls_certificate: Path | None = None  # PEM, its chain behind it
    smpp_tls_key: Path | None = None  # PEM; None: it is in the certificate's file
    simulator_port: int = Field(default=2776, ge=0, le=65535)
    simulator_http_port: int = Field(default=2777, ge=0, le=65535)
    dns_server: str | None = None  # host:port; None: as the machine says
    simulator_url: str | None = None  # of its HTTP API; None: from bind and port
    metrics_port: int = Field(default=2778, ge=0, le=65535)  # a worker's; 0: any free one
    database_url: str | None = None  # None: `smsc up` runs an embedded server
    database_pooler: Literal["none", "transaction"] = "none"
    redis_url: str | None = None  # None: `smsc up` runs an embedded server
    public_url: str | None = None  # how customers reach the API; None: from bind and port
    trusted_proxies: str = ""  # comma-separated networks whose X-Forwarded-* headers we believe
    secret_key: SecretStr | None = None  # 32 octets in URL-safe base64
    secret_key_old: SecretStr | None = None  # the one before, while `smsc rotate-key` is due
    encrypt_messages: bool = True  # texts and raw octets at rest; what is encrypted is always read
    webhook_allow_private: bool = False
    webhook_allowed_networks: str = ""  # CIDR, by commas: private ones that webhooks may reach
    webhook_timeout: timedelta = timedelta(seconds=15)  # as Twilio's
    smtp_url: SecretStr | None = None  # None: mails are shown in the dashboard's outbox instead
    mail_from: str | None = None  # None: no-reply@ the public URL's host
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("webhook_timeout", mode="before")
    @classmethod
    def _is_duration(cls, value: object) -> object:
        if not isinstance(value, str) or value.startswith("P"):
            return value
        try:
            return float(value)
        except ValueError:
            raise ValueError("must be seconds, like 15 or 2.5, or ISO 8601, like PT15S") from None

    @field_validator("webhook_timeout")
    @classmethod
    def _is_bearable(cls, value: timedelta) -> timedelta:
        if not timedelta(seconds=0.1) <= value <= timedelta(seconds=15):
            raise ValueError("must be between 0.1 and 15 seconds: Twilio's is at most 15")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in {"postgresql", "postgres"}:
            raise ValueError(
                "must be like postgresql://user:password@host:5432/name "
                "(a socket: postgresql://user:password@/name?host=/folder)"
            )
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("must be like redis://host:6379/0, rediss://… or unix:///path")
        return value

    @field_validator("dns_server")
    @classmethod
    def _is_place(cls, value: str | None) -> str | None:
        host, _, port = (value or "").rpartition(":")
        if value is not None and not (host and port.isdecimal() and 0 < int(port) < 65_536):
            raise ValueError("must be like 192.0.2.53:53")
        return value

    @field_validator("public_url", "simulator_url")
    @classmethod
    def _is_web(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be like https://sms.example.org")
        return value.rstrip("/")

    @field_validator("trusted_proxies", "webhook_allowed_networks")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for network in filter(None, (part.strip() for part in value.split(","))):
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                raise ValueError(f"{network!r} is no network like 10.0.0.0/8") from error
        return value

    @field_validator("secret_key", "secret_key_old")
    @classmethod
    def _is_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        try:
            octets = base64.urlsafe_b64decode(value.get_secret_value())
        except (binascii.Error, ValueError):
            octets = b""
        if len(octets) != SECRET_KEY_OCTETS:
            raise ValueError(
                "must be 32 random octets in URL-safe base64; make one with: python3 -c "
                "'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"
            )
        return value

    @field_validator("smtp_url")
    @classmethod
    def _is_smtp(cls, value: SecretStr | None) -> SecretStr | None:
        parts = urlsplit("" if value is None else value.get_secret_value())
        if value is not None and (parts.scheme not in {"smtp", "smtps"} or not parts.hostname):
            raise ValueError(
                "must be like smtp://user:password@mail.example.org:587 (with STARTTLS), or smtps://…"
            )
        return value

    @field_validator("mail_from")
    @classmethod
    def _is_mailbox(cls, value: str | None) -> str | None:
        if value is not None and (
            value.count("@") != 1 or not value.isascii() or " " in value or "<" in value
        ):
            raise ValueError("must be an address like no-reply@example.org")
        return value

    @property
    def mail_sender(self) -> str:
        """Return the address that mails come from."""
        return self.mail_from or f"no-reply@{urlsplit(self.api_url).hostname}"

    def require_smtp(self) -> str:
        """Return the URL of the mail server.

        Raises:
            SettingError: it is not set.
        """
        if self.smtp_url is None:
            raise SettingError("SMSC_SMTP_URL is not set.")
        return self.smtp_url.get_secret_value()

    @property
    def api_url(self) -> str:
        """Return the base URL by which customers reach the API, without a slash at its end."""
        if self.public_url:
            return self.public_url
        return self._own_url(self.http_port)

    @property
    def dns_address(self) -> tuple[str, int] | None:
        """Return where names are asked for; None: as the machine says."""
        if self.dns_server is None:
            return None
        host, _, port = self.dns_server.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def simulator_address(self) -> str:
        """Return the URL of the simulator's HTTP API, without a slash at its end."""
        return self.simulator_url or self._own_url(self.simulator_http_port)

    def _own_url(self, port: int) -> str:
        host = "127.0.0.1" if self.bind in {"0.0.0.0", "::"} else self.bind
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def require_servers(self) -> tuple[str, str, SecretStr]:
        """Return database URL, Redis URL and secret key: what a process of its own needs.

        Raises:
            SettingError: one of them is not set.
        """
        for name in ("database_url", "redis_url", "secret_key"):
            if getattr(self, name) is None:
                raise SettingError(
                    f"SMSC_{name.upper()} is not set. Set it, or run `smsc up`: it brings its own."
                )
        assert self.database_url is not None  # noqa: S101 narrowed by the loop above
        assert self.redis_url is not None  # noqa: S101
        assert self.secret_key is not None  # noqa: S101
        return self.database_url, self.redis_url, self.secret_key

    @classmethod
    def read(cls, **overrides: object) -> Self:
        """Read the environment.

        Raises:
            SettingError: one line that names the variable and how to mend it.
        """
        try:
            return cls(**overrides)  # type: ignore[arg-type]  # the validators check them
        except ValidationError as error:
            first = error.errors()[0]
            name = "SMSC_" + "_".join(str(part) for part in first["loc"]).upper()
            why = first["msg"].removeprefix("Value error, ")
            is_secret = name.startswith(("SMSC_SECRET_KEY", "SMSC_SMTP_URL"))
            value = "" if is_secret else f" (it is {first.get('input')!r})"
            raise SettingError(f"{name} {why}{value}") from None
