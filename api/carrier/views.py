"""What the Carrier API answers with."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel

from api.carrier.receipts_view import ReceiptHealthView
from smsc.models import (
    Account,
    AccountStatus,
    ApiKey,
    Lane,
    PhoneNumber,
    PumpingGuard,
    Route,
    SmppCredential,
)
from smsc.provisioning.api_keys import IssuedApiKey
from smsc.provisioning.connectors import LiveConnector
from smsc.provisioning.profiles import Profile
from smsc.provisioning.smpp_credentials import IssuedCredential
from smsc.vault import Vault


class AccountView(BaseModel):
    """An account with its auth token: the carrier hands it to its customer."""

    sid: str
    friendly_name: str
    status: AccountStatus
    owner_account_sid: str | None
    requests_per_second: float | None
    texts_days: int | None
    numbers_days: int | None
    logs_days: int | None
    messages_days: int | None
    messages_per_day: int | None
    spend_per_day: Decimal | None
    spend_per_month: Decimal | None
    pumping_guard: PumpingGuard
    safe_prefixes: list[str]
    quarantined_at: datetime | None
    quarantine_why: str | None
    trial_since: datetime | None  # null: it isn't on trial
    only_recipients: list[str] | None  # null: it may write to all
    text_prefix: str | None  # before each of its texts
    auth_token: str
    test_sid: str | None
    test_auth_token: str | None
    date_created: datetime
    date_updated: datetime

    @classmethod
    def of(cls, account: Account, vault: Vault) -> "AccountView":
        """Show an account."""
        return cls(
            sid=account.sid,
            friendly_name=account.friendly_name,
            status=account.status,
            owner_account_sid=account.owner_sid,
            requests_per_second=_number(account.requests_per_second),
            texts_days=account.texts_days,
            numbers_days=account.numbers_days,
            logs_days=account.logs_days,
            messages_days=account.messages_days,
            messages_per_day=account.messages_per_day,
            spend_per_day=account.spend_per_day,
            spend_per_month=account.spend_per_month,
            pumping_guard=PumpingGuard(account.pumping_guard),
            safe_prefixes=account.safe_prefixes,
            quarantined_at=account.quarantined_at,
            quarantine_why=account.quarantine_why,
            trial_since=account.trial_since,
            only_recipients=account.only_recipients,
            text_prefix=account.text_prefix,
            auth_token=vault.open(account.auth_token_sealed),
            test_sid=account.test_sid,
            test_auth_token=account.test_token_sealed and vault.open(account.test_token_sealed),
            date_created=account.created_at,
            date_updated=account.updated_at,
        )


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


class ApiKeyView(BaseModel):
    """An API key without its secret."""

    sid: str
    account_sid: str
    friendly_name: str
    kind: str
    permissions: list[str]
    requests_per_second: float | None
    allowed_networks: list[str]
    last_used_at: datetime | None
    date_created: datetime

    @classmethod
    def of(cls, key: ApiKey) -> "ApiKeyView":
        """Show a key."""
        return cls.model_validate(_key_fields(key))


class IssuedApiKeyView(ApiKeyView):
    """An API key that was just made: the only time that its secret is shown."""

    secret: str

    @classmethod
    def issued(cls, issued: IssuedApiKey) -> "IssuedApiKeyView":
        """Show a new key."""
        return cls.model_validate(_key_fields(issued.key) | {"secret": issued.secret})


def _key_fields(key: ApiKey) -> dict[str, object]:
    return key.model_dump(exclude={"digest"}) | {
        "requests_per_second": _number(key.requests_per_second),
        "date_created": key.created_at,
    }


class PhoneNumberView(BaseModel):
    """A sender of the inventory."""

    sid: str
    phone_number: str
    kind: Literal["e164", "short_code", "alphanumeric"]
    number_type: str
    iso_country: str | None
    place: dict[str, object]
    account_sid: str | None
    friendly_name: str
    sms_url: str | None
    sms_method: str
    sms_fallback_url: str | None
    sms_fallback_method: str
    sms_application_sid: str | None
    date_created: datetime
    date_updated: datetime

    @classmethod
    def of(cls, number: PhoneNumber) -> "PhoneNumberView":
        """Show a sender."""
        return cls.model_validate(
            number.model_dump()
            | {"date_created": number.created_at, "date_updated": number.updated_at}
        )


class BindStateView(BaseModel):
    """One of a connector's binds: how it stands, and why."""

    system_id: str
    bind_type: str
    state: str
    reason: str


class BindFiguresView(BaseModel):
    """What one of a connector's binds does, as it was within the last two seconds."""

    bound_since: datetime | None
    heard_at: datetime | None
    checked_at: datetime | None
    window_in_use: int
    window: int
    rate: float | None
    is_throttled: bool
    paused_seconds: int


class ConnectorView(BaseModel):
    """A connector without its password, with its live state."""

    sid: str
    name: str
    host: str
    port: int
    system_id: str
    profile: str | None
    bind_type: str
    binds: int
    dials_in: bool
    dial_in_pdu: str
    outbind: bool
    outbind_system_id: str | None
    interface_version: str
    system_type: str
    address_range: str
    address_ton: int
    address_npi: int
    service_type: str
    window: int
    throughput: float | None
    session_init_seconds: int
    enquire_link_seconds: int
    enquire_link_response_seconds: int
    response_timeout_seconds: int
    inactivity_seconds: int | None
    source_rules: dict[str, object]
    destination_rules: dict[str, object]
    passes_validity: bool
    default_alphabet: str
    gsm7_packed: bool
    sends_latin1: bool
    concatenation: str
    in_doubt_policy: str
    command_verdicts: list[dict[str, object]]
    unmarked_receipts: bool
    receipt_rollup: str
    receipt_errors: dict[str, object]
    channel_selection: str
    channel_field: str | None
    channel_format: str | None
    pdu_hours: int
    paused: bool
    draining: bool
    tls: bool
    tls_ca: str | None
    tls_server_name: str | None
    tls_certificate: str | None
    state: str
    reason: str
    state_at: datetime | None
    bound_since: datetime | None
    bind_states: list[BindStateView]
    bind_figures: list[BindFiguresView]
    receipts: ReceiptHealthView
    warnings: list[str]
    date_created: datetime
    date_updated: datetime

    @classmethod
    def of(cls, live: LiveConnector, vault: Vault) -> "ConnectorView":
        """Show a connector."""
        connector = live.connector
        return cls.model_validate(
            connector.model_dump()
            | {
                "window": connector.window_size,
                "interface_version": live.interface_version,
                "state": live.state,
                "reason": live.reason,
                "state_at": live.state_at,
                "bound_since": live.bound_since,
                "bind_states": list(live.bind_states),
                "bind_figures": list(live.figures),
                "receipts": ReceiptHealthView.of(live.receipts),
                "warnings": live.warnings(vault),
                "date_created": connector.created_at,
                "date_updated": connector.updated_at,
            }
        )


class ProfileView(BaseModel):
    """What is known of a device or operator."""

    name: str
    title: str
    notes: list[str]
    settings: dict[str, Any]

    @classmethod
    def of(cls, profile: Profile) -> "ProfileView":
        """Show a profile."""
        return cls(
            name=profile.name,
            title=profile.title,
            notes=list(profile.notes),
            settings=dict(profile.settings),
        )


class RouteView(BaseModel):
    """A route."""

    sid: str
    prefix: str
    connector_sid: str
    priority: int
    date_created: datetime

    @classmethod
    def of(cls, route: Route) -> "RouteView":
        """Show a route."""
        return cls.model_validate(route.model_dump() | {"date_created": route.created_at})


class SmppCredentialView(BaseModel):
    """A credential without its password."""

    sid: str
    account_sid: str
    system_id: str
    window: int
    receives_inbound: bool
    allowed_networks: list[str]
    bind_types: list[str]
    max_binds: int
    throughput: float | None
    allowed_senders: list[str]
    lane: str
    receipt_template: str | None
    last_used_at: datetime | None
    date_created: datetime

    @classmethod
    def of(cls, credential: SmppCredential) -> "SmppCredentialView":
        """Show a credential."""
        return cls.model_validate(_credential_fields(credential))


class IssuedCredentialView(SmppCredentialView):
    """A credential that was just made: the only time that its password is shown."""

    password: str

    @classmethod
    def issued(cls, issued: IssuedCredential) -> "IssuedCredentialView":
        """Show a new credential."""
        return cls.model_validate(
            _credential_fields(issued.credential) | {"password": issued.password}
        )


def _credential_fields(credential: SmppCredential) -> dict[str, object]:
    return credential.model_dump() | {
        "window": credential.window_size,
        "lane": Lane(credential.lane).name.lower(),
        "date_created": credential.created_at,
    }
