"""The tables. SQLModel's metadata is the schema; hot paths write it with asyncpg."""

from sqlmodel import SQLModel

metadata = SQLModel.metadata
metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# The names must be set before the tables are defined, hence the order.
from smsc.models.acceptance import (  # noqa: E402
    IdempotencyKey,
    MessageDeadline,
    MessageFeedback,
)
from smsc.models.account import (  # noqa: E402
    Account,
    AccountStatus,
    ApiKey,
    EsmeSession,
    KeyKind,
    SmppCredential,
)
from smsc.models.alert import Alert  # noqa: E402
from smsc.models.alert_rule import AlertRule, DeliveryBucket, Incident  # noqa: E402
from smsc.models.api_request import ApiRequest  # noqa: E402
from smsc.models.audit import AuditEntry  # noqa: E402
from smsc.models.billing import (  # noqa: E402
    Balance,
    EntryKind,
    LedgerEntry,
    Tariff,
    TariffDirection,
    UsageDay,
    UsageThrough,
)
from smsc.models.bulk import Bulk, BulkBatch, BulkRejection  # noqa: E402
from smsc.models.carrier import (  # noqa: E402
    Carrier,
    CarrierDomain,
    CarrierKey,
    CarrierLogo,
)
from smsc.models.channel import Channel, ChannelRecipient, ChannelUsage  # noqa: E402
from smsc.models.connector import (  # noqa: E402
    Connector,
    ConnectorHour,
    ConnectorLease,
    ConnectorReceipts,
    InDoubtPolicy,
    Route,
    WorkerProcess,
)
from smsc.models.day_key import DayKey  # noqa: E402
from smsc.models.event import (  # noqa: E402
    CarrierEvent,
    ChannelNotice,
    ConnectorState,
    EventAttempt,
    EventDelivery,
    EventSubscription,
)
from smsc.models.export import MessageExport, MessageExportPart  # noqa: E402
from smsc.models.identity_provider import (  # noqa: E402
    Bound,
    IdentityProvider,
    SpentState,
)
from smsc.models.inbound import InboundPart, ParkedReceipt, Quarantined  # noqa: E402
from smsc.models.kannel import KannelUser  # noqa: E402
from smsc.models.mail import Mail, MailState  # noqa: E402
from smsc.models.message import Direction, Message, MessageEvent, Segment  # noqa: E402
from smsc.models.messaging_service import (  # noqa: E402
    AlphaSender,
    MessagingService,
    ScheduledMessage,
    StickySender,
)
from smsc.models.opt_out import OptOut  # noqa: E402
from smsc.models.person import (  # noqa: E402
    STRONG_PROOFS,
    Invitation,
    Membership,
    MembershipState,
    Passkey,
    RecoveryCode,
    Role,
    SignInProof,
    TokenPurpose,
    User,
    UserSession,
    UserToken,
)
from smsc.models.phone_number import (  # noqa: E402
    Application,
    NumberType,
    PhoneNumber,
    SenderIdCountry,
)
from smsc.models.protection import (  # noqa: E402
    BlockedPrefix,
    CappedDay,
    PumpingGuard,
)
from smsc.models.queue import DoubleSubmit, Lane, QueuedSegment, SegmentInFlight  # noqa: E402
from smsc.models.retention import RetentionMinimum  # noqa: E402
from smsc.models.sent_span import (  # noqa: E402
    ReleasedSpan,
    SentSpan,
    SentThrough,
)
from smsc.models.sign_up import SignUp, SignUpPolicy  # noqa: E402
from smsc.models.trace import KeptPdu, Probe  # noqa: E402
from smsc.models.traffic import TrafficHour, TrafficThrough  # noqa: E402
from smsc.models.verify import Verification, VerifyService  # noqa: E402
from smsc.models.webhook import (  # noqa: E402
    CallbackBatch,
    EsmeDelivery,
    Webhook,
    WebhookAttempt,
    WebhookEndpoint,
)

__all__ = [
    "STRONG_PROOFS",
    "Account",
    "AccountStatus",
    "Alert",
    "AlertRule",
    "AlphaSender",
    "ApiKey",
    "ApiRequest",
    "Application",
    "AuditEntry",
    "Balance",
    "BlockedPrefix",
    "Bound",
    "Bulk",
    "BulkBatch",
    "BulkRejection",
    "CallbackBatch",
    "CappedDay",
    "Carrier",
    "CarrierDomain",
    "CarrierEvent",
    "CarrierKey",
    "CarrierLogo",
    "Channel",
    "ChannelNotice",
    "ChannelRecipient",
    "ChannelUsage",
    "Connector",
    "ConnectorHour",
    "ConnectorLease",
    "ConnectorReceipts",
    "ConnectorState",
    "DayKey",
    "DeliveryBucket",
    "Direction",
    "DoubleSubmit",
    "EntryKind",
    "EsmeDelivery",
    "EsmeSession",
    "EventAttempt",
    "EventDelivery",
    "EventSubscription",
    "IdempotencyKey",
    "IdentityProvider",
    "InDoubtPolicy",
    "InboundPart",
    "Incident",
    "Invitation",
    "KannelUser",
    "KeptPdu",
    "KeyKind",
    "Lane",
    "LedgerEntry",
    "Mail",
    "MailState",
    "Membership",
    "MembershipState",
    "Message",
    "MessageDeadline",
    "MessageEvent",
    "MessageExport",
    "MessageExportPart",
    "MessageFeedback",
    "MessagingService",
    "NumberType",
    "OptOut",
    "ParkedReceipt",
    "Passkey",
    "PhoneNumber",
    "Probe",
    "PumpingGuard",
    "Quarantined",
    "QueuedSegment",
    "RecoveryCode",
    "ReleasedSpan",
    "RetentionMinimum",
    "Role",
    "Route",
    "ScheduledMessage",
    "Segment",
    "SegmentInFlight",
    "SenderIdCountry",
    "SentSpan",
    "SentThrough",
    "SignInProof",
    "SignUp",
    "SignUpPolicy",
    "SmppCredential",
    "SpentState",
    "StickySender",
    "Tariff",
    "TariffDirection",
    "TokenPurpose",
    "TrafficHour",
    "TrafficThrough",
    "UsageDay",
    "UsageThrough",
    "User",
    "UserSession",
    "UserToken",
    "Verification",
    "VerifyService",
    "Webhook",
    "WebhookAttempt",
    "WebhookEndpoint",
    "WorkerProcess",
    "metadata",
]
