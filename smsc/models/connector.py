"""Connectors: configured links to remotes, who runs each, and the routes that lead there."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Integer, Numeric, SmallInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from smsc.models.columns import (
    flag_field,
    json_list_field,
    json_object_field,
    moment_field,
    number_field,
    set_flag_field,
    sid_field,
    text_field,
    total_field,
    word_field,
)


class InDoubtPolicy(StrEnum):
    """What becomes of a segment that was written and never answered (house rule 3)."""

    RESUBMIT = "resubmit"  # once more: an alert twice is better than none
    HOLD = "hold"  # never: it fails with 30410


class Connector(SQLModel, table=True):
    """A link to a SIM box, gateway or SMSC: where it is, how we bind, how it wants treating."""

    __tablename__ = "connectors"
    __table_args__ = (
        UniqueConstraint("carrier_sid", "name"),
        CheckConstraint(
            "bind_type IN ('transceiver', 'transmitter', 'receiver', 'pair')",
            name="bind_type_known",
        ),
        CheckConstraint("in_doubt_policy IN ('resubmit', 'hold')", name="in_doubt_policy_known"),
        CheckConstraint(
            "default_alphabet IN ('gsm7', 'latin1', 'ascii', 'utf8')", name="alphabet_known"
        ),
        CheckConstraint("window_size BETWEEN 1 AND 10000", name="window_positive"),
        CheckConstraint("throughput > 0", name="throughput_positive"),
        CheckConstraint("port BETWEEN 1 AND 65535", name="port_valid"),
        CheckConstraint("binds BETWEEN 1 AND 32", name="binds_few"),
        CheckConstraint("dial_in_pdu IN ('deliver_sm', 'submit_sm')", name="dial_in_pdu_known"),
        CheckConstraint(
            "concatenation IN ('udh8', 'udh16', 'sar', 'payload')", name="concatenation_known"
        ),
        CheckConstraint(
            "receipt_rollup IN ('all', 'first', 'last', 'any')", name="receipt_rollup_known"
        ),
        CheckConstraint(
            "channel_selection IN ('none', 'bind', 'field', 'device')",
            name="channel_selection_known",
        ),
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid")
    name: str = text_field()
    host: str = text_field()
    port: int = Field(default=2775, sa_type=Integer)
    system_id: str = text_field()
    password_sealed: str = text_field()
    bind_type: str = text_field(default="transceiver")
    interface_version: int = Field(default=0x34, sa_type=SmallInteger)
    system_type: str = text_field(default="")
    address_range: str = text_field(default="")
    window_size: int = Field(default=10, sa_type=Integer)
    throughput: Decimal | None = Field(default=None, sa_type=Numeric(10, 4), nullable=True)
    enquire_link_seconds: int = Field(default=30, sa_type=Integer)
    response_timeout_seconds: int = Field(default=60, sa_type=Integer)
    default_alphabet: str = text_field(default="gsm7")  # what data_coding 0 means to it
    in_doubt_policy: str = text_field(default=InDoubtPolicy.RESUBMIT.value)
    paused: bool = False
    draining: bool = flag_field()  # it sends what waits, and gets nothing new
    tls: bool = flag_field()
    tls_ca: str | None = text_field(default=None, nullable=True)  # PEM; None: the system's roots
    tls_server_name: str | None = text_field(default=None, nullable=True)  # None: the host
    tls_certificate: str | None = text_field(default=None, nullable=True)  # ours, PEM
    tls_key_sealed: str | None = text_field(default=None, nullable=True)
    profile: str | None = text_field(default=None, nullable=True)  # what prefilled the rest
    # Its sessions
    address_ton: int = number_field(0)  # of address_range
    address_npi: int = number_field(0)
    dials_in: bool = flag_field()  # it binds to our listener, with `system_id` and the password
    dial_in_pdu: str = word_field("deliver_sm")  # by which it then takes what we send
    outbind: bool = flag_field()  # one that dials in asks by OUTBIND, and we bind
    outbind_system_id: str | None = text_field(default=None, nullable=True)  # None: as we do
    outbind_password_sealed: str | None = text_field(default=None, nullable=True)  # likewise
    binds: int = number_field(1)  # how many of `bind_type` we keep up
    session_init_seconds: int = number_field(10)
    enquire_link_response_seconds: int = number_field(10)
    inactivity_seconds: int | None = Field(default=None, sa_type=Integer, nullable=True)
    service_type: str = word_field("")
    source_rules: dict[str, object] = json_object_field()  # TON, NPI, plus, rewriting
    destination_rules: dict[str, object] = json_object_field()
    passes_validity: bool = set_flag_field()  # validity_period, of messages that have one
    command_verdicts: list[dict[str, object]] = json_list_field()  # what its statuses mean
    # Its text
    gsm7_packed: bool = flag_field()
    sends_latin1: bool = flag_field()  # data_coding 3 for what is in Latin-1 and GSM 7-bit
    concatenation: str = word_field("udh8")
    # Its receipts
    unmarked_receipts: bool = flag_field()  # they come without the bits of esm_class
    receipt_rollup: str = word_field("all")  # whose segments' receipts decide on the message
    receipt_errors: dict[str, object] = json_object_field()  # its `err` to Twilio's codes
    # Its SIMs
    channel_selection: str = word_field("none")
    channel_field: str | None = text_field(default=None, nullable=True)  # where `field` says it
    channel_format: str | None = text_field(default=None, nullable=True)  # "{system_id}{number:02}"
    # What people look at: these two change nothing of how it runs
    pdu_hours: int = number_field(0)  # so long a message's PDUs are kept; 0: not at all
    traced_until: datetime | None = moment_field(default=None, nullable=True)  # someone watches
    lent_until: datetime | None = moment_field(default=None, nullable=True)  # to a probe
    created_at: datetime = moment_field(default_now=True, nullable=False)
    updated_at: datetime = moment_field(default_now=True, nullable=False)


class ConnectorLease(SQLModel, table=True):
    """The right of one process to run one connector, and what it says of it (house rule 4)."""

    __tablename__ = "connector_leases"
    __table_args__ = {"postgresql_with": {"fillfactor": 50}}

    connector_sid: str = sid_field(
        primary_key=True, foreign_key="connectors.sid", ondelete="CASCADE"
    )
    carrier_sid: str = sid_field()
    owner: str | None = sid_field(default=None, nullable=True)
    epoch: int = Field(default=0, sa_type=BigInteger)
    expires_at: datetime = moment_field(default_now=True, nullable=False)
    state: str = text_field(default="unowned")
    reason: str = text_field(default="")
    state_at: datetime = moment_field(default_now=True, nullable=False)
    bound_since: datetime | None = moment_field(default=None, nullable=True)
    # Of each bind: system_id, bind_type, state, reason
    bind_states: list[dict[str, str]] = json_list_field()
    figures: list[dict[str, object]] = json_list_field()  # likewise, written every two seconds


class ConnectorHour(SQLModel, table=True):
    """What went over a connector in an hour, as its owners counted it: for people to look at."""

    __tablename__ = "connector_hours"
    __table_args__ = {"postgresql_with": {"fillfactor": 50}}

    connector_sid: str = sid_field(
        primary_key=True, foreign_key="connectors.sid", ondelete="CASCADE"
    )
    hour: datetime = moment_field(primary_key=True)
    carrier_sid: str = sid_field()
    accepted: int = total_field()  # segments that the remote took
    refused: int = total_field()  # segments that it answered with an error
    received: int = total_field()  # receipts and inbound parts


class ConnectorReceipts(SQLModel, table=True):
    """How well a connector's receipts find their segments, and in which spelling of the id."""

    __tablename__ = "connector_receipts"
    __table_args__ = {"postgresql_with": {"fillfactor": 50}}

    connector_sid: str = sid_field(
        primary_key=True, foreign_key="connectors.sid", ondelete="CASCADE"
    )
    carrier_sid: str = sid_field()
    matched: int = Field(default=0, sa_type=BigInteger)  # at once or once their response came
    parked: int = Field(default=0, sa_type=BigInteger)  # and not matched since
    id_same: int = Field(default=0, sa_type=BigInteger)  # as the response wrote it
    id_folded: int = Field(default=0, sa_type=BigInteger)  # but for case and leading zeros
    id_hexadecimal: int = Field(default=0, sa_type=BigInteger)  # response hex, receipt decimal
    id_decimal: int = Field(default=0, sa_type=BigInteger)  # response decimal, receipt hex
    id_ascii: int = Field(default=0, sa_type=BigInteger)  # one is the hex of the other's octets
    updated_at: datetime = moment_field(default_now=True, nullable=False)


class Route(SQLModel, table=True):
    """Where numbers with a prefix go. Longest prefix first, then the least priority number."""

    __tablename__ = "routes"
    __table_args__ = (
        UniqueConstraint("carrier_sid", "prefix", "connector_sid"),
        CheckConstraint("prefix ~ '^[0-9]*$'", name="prefix_digits"),
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid")
    prefix: str = text_field(default="")  # digits, no "+"; empty: all
    connector_sid: str = sid_field(foreign_key="connectors.sid", index=True, ondelete="CASCADE")
    priority: int = Field(default=100, sa_type=Integer)
    created_at: datetime = moment_field(default_now=True, nullable=False)


class WorkerProcess(SQLModel, table=True):
    """A living worker, by its heartbeat. Platform-wide: no carrier owns it."""

    __tablename__ = "worker_processes"
    __table_args__ = {"postgresql_with": {"fillfactor": 50}}

    sid: str = sid_field(primary_key=True)
    kinds: str = text_field()  # "gateway,listener,webhooks,clock"
    host: str = text_field()
    pid: int = Field(sa_type=Integer)
    started_at: datetime = moment_field(default_now=True, nullable=False)
    seen_at: datetime = moment_field(default_now=True, nullable=False)
