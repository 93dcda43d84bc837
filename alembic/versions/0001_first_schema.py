"""First schema.

Revision: 0001, after nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "carriers",
        sa.Column("sid", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_carriers")),
    )
    op.create_table(
        "double_submits",
        sa.Column("message_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("connector_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("message_sid", "number", "at", name=op.f("pk_double_submits")),
    )
    op.create_table(
        "esme_deliveries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("smpp_credential_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("message_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("claimed_by", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint(
            "kind IN ('receipt', 'message')", name=op.f("ck_esme_deliveries_kind_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_esme_deliveries")),
    )
    op.create_index(
        "ix_esme_deliveries_due", "esme_deliveries", ["smpp_credential_sid", "due_at"], unique=False
    )
    op.create_table(
        "in_flight",
        sa.Column("message_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("connector_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("doubts", sa.SmallInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("message_sid", "number", name=op.f("pk_in_flight")),
    )
    op.create_index("ix_in_flight_connector", "in_flight", ["connector_sid"], unique=False)
    op.create_index(
        "ix_in_flight_held",
        "in_flight",
        ["held_at"],
        unique=False,
        postgresql_where=sa.text("held_at IS NOT NULL"),
    )
    op.create_table(
        "inbound_parts",
        sa.Column("connector_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("source_addr", sa.Text(), nullable=False),
        sa.Column("destination_addr", sa.Text(), nullable=False),
        sa.Column("reference", sa.Integer(), nullable=False),
        sa.Column("width", sa.SmallInteger(), nullable=False),
        sa.Column("total", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("data_coding", sa.SmallInteger(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint(
            "connector_sid",
            "source_addr",
            "destination_addr",
            "reference",
            "width",
            "total",
            "number",
            name=op.f("pk_inbound_parts"),
        ),
    )
    op.create_index(
        op.f("ix_inbound_parts_received_at"), "inbound_parts", ["received_at"], unique=False
    )
    op.create_table(
        "message_events",
        sa.Column("message_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("message_sid", "seq", name=op.f("pk_message_events")),
    )
    op.create_table(
        "messages",
        sa.Column("sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("to_", sa.Text(), nullable=False),
        sa.Column("from_", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("data_coding", sa.SmallInteger(), nullable=False),
        sa.Column("num_segments", sa.SmallInteger(), nullable=False),
        sa.Column("segments_sent", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("segments_failed", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("segments_delivered", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("segments_undelivered", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("connector_sid", sa.Text(collation="C"), nullable=True),
        sa.Column("smpp_credential_sid", sa.Text(collation="C"), nullable=True),
        sa.Column("receipt_wanted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("status_callback", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("partial", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("user_data", sa.LargeBinary(), nullable=True),
        sa.Column("has_udh", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('accepted', 'scheduled', 'queued', 'sending', 'sent', 'delivered', 'undelivered', 'failed', 'canceled', 'receiving', 'received')",
            name=op.f("ck_messages_status_known"),
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_messages")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("ix_messages_account", "messages", ["account_sid", "sid"], unique=False)
    op.create_index("ix_messages_from", "messages", ["account_sid", "from_", "sid"], unique=False)
    op.create_index("ix_messages_to", "messages", ["account_sid", "to_", "sid"], unique=False)
    op.create_table(
        "parked_receipts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("connector_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("keys", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("source_addr", sa.Text(), nullable=False),
        sa.Column("destination_addr", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("raw_state", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("done_date", sa.Text(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column(
            "parked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parked_receipts")),
    )
    op.create_index(
        "ix_parked_receipts_connector",
        "parked_receipts",
        ["connector_sid", "parked_at"],
        unique=False,
    )
    op.create_index(
        "ix_parked_receipts_keys", "parked_receipts", ["keys"], unique=False, postgresql_using="gin"
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("connector_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("pdu", sa.LargeBinary(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_index(op.f("ix_quarantine_carrier_sid"), "quarantine", ["carrier_sid"], unique=False)
    op.create_table(
        "queue",
        sa.Column("connector_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("doubts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waiting_for", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint(
            "connector_sid", "lane", "queued_at", "message_sid", "number", name=op.f("pk_queue")
        ),
    )
    op.create_table(
        "segments",
        sa.Column("message_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("connector_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("command_status", sa.BigInteger(), nullable=False),
        sa.Column("smsc_message_id", sa.Text(), nullable=True),
        sa.Column("receipt_key", sa.Text(collation="C"), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=True),
        sa.Column("receipt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("message_sid", "number", name=op.f("pk_segments")),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index(
        "ix_segments_receipt_key",
        "segments",
        ["connector_sid", "receipt_key"],
        unique=False,
        postgresql_where=sa.text("receipt_key IS NOT NULL"),
    )
    op.create_table(
        "webhook_attempts",
        sa.Column("message_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("http_status", sa.SmallInteger(), nullable=True),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("message_sid", "seq", name=op.f("pk_webhook_attempts")),
    )
    op.create_table(
        "webhooks",
        sa.Column("message_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("ordinal", sa.SmallInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), server_default="POST", nullable=False),
        sa.Column("fallback_url", sa.Text(), nullable=True),
        sa.Column("fallback_method", sa.Text(), server_default="POST", nullable=False),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("raw_dlr_done_date", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("claimed_by", sa.Text(collation="C"), nullable=True),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("method IN ('GET', 'POST')", name=op.f("ck_webhooks_method_known")),
        sa.PrimaryKeyConstraint("message_sid", "ordinal", name=op.f("pk_webhooks")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index(
        "ix_webhooks_claimed_by",
        "webhooks",
        ["claimed_by"],
        unique=False,
        postgresql_where=sa.text("claimed_by IS NOT NULL"),
    )
    op.create_index("ix_webhooks_due", "webhooks", ["due_at"], unique=False)
    op.create_table(
        "worker_processes",
        sa.Column("sid", sa.Text(collation="C"), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_worker_processes")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "accounts",
        sa.Column("sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("friendly_name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("auth_token_sealed", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status IN ('active', 'suspended', 'closed')", name=op.f("ck_accounts_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_accounts_carrier_sid")
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_accounts")),
    )
    op.create_index(op.f("ix_accounts_carrier_sid"), "accounts", ["carrier_sid"], unique=False)
    op.create_table(
        "carrier_keys",
        sa.Column("sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_carrier_keys_carrier_sid")
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_carrier_keys")),
    )
    op.create_index(
        op.f("ix_carrier_keys_carrier_sid"), "carrier_keys", ["carrier_sid"], unique=False
    )
    op.create_table(
        "connectors",
        sa.Column("sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("system_id", sa.Text(), nullable=False),
        sa.Column("password_sealed", sa.Text(), nullable=False),
        sa.Column("bind_type", sa.Text(), nullable=False),
        sa.Column("interface_version", sa.SmallInteger(), nullable=False),
        sa.Column("system_type", sa.Text(), nullable=False),
        sa.Column("address_range", sa.Text(), nullable=False),
        sa.Column("window_size", sa.Integer(), nullable=False),
        sa.Column("throughput", sa.Numeric(precision=10, scale=4), nullable=True),
        sa.Column("enquire_link_seconds", sa.Integer(), nullable=False),
        sa.Column("response_timeout_seconds", sa.Integer(), nullable=False),
        sa.Column("default_alphabet", sa.Text(), nullable=False),
        sa.Column("in_doubt_policy", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("tls", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("tls_ca", sa.Text(), nullable=True),
        sa.Column("tls_server_name", sa.Text(), nullable=True),
        sa.Column("tls_certificate", sa.Text(), nullable=True),
        sa.Column("tls_key_sealed", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "bind_type IN ('transceiver', 'transmitter', 'receiver')",
            name=op.f("ck_connectors_bind_type_known"),
        ),
        sa.CheckConstraint(
            "default_alphabet IN ('gsm7', 'latin1', 'ascii', 'utf8')",
            name=op.f("ck_connectors_alphabet_known"),
        ),
        sa.CheckConstraint(
            "in_doubt_policy IN ('resubmit', 'hold')",
            name=op.f("ck_connectors_in_doubt_policy_known"),
        ),
        sa.CheckConstraint("port BETWEEN 1 AND 65535", name=op.f("ck_connectors_port_valid")),
        sa.CheckConstraint("throughput > 0", name=op.f("ck_connectors_throughput_positive")),
        sa.CheckConstraint(
            "window_size BETWEEN 1 AND 10000", name=op.f("ck_connectors_window_positive")
        ),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_connectors_carrier_sid")
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_connectors")),
        sa.UniqueConstraint("carrier_sid", "name", name=op.f("uq_connectors_carrier_sid_name")),
    )
    op.create_table(
        "connector_leases",
        sa.Column("connector_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("owner", sa.Text(collation="C"), nullable=True),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("bound_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["connector_sid"],
            ["connectors.sid"],
            name=op.f("fk_connector_leases_connector_sid"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("connector_sid", name=op.f("pk_connector_leases")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "phone_numbers",
        sa.Column("sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=True),
        sa.Column("phone_number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("friendly_name", sa.Text(), nullable=False),
        sa.Column("sms_url", sa.Text(), nullable=True),
        sa.Column("sms_method", sa.Text(), nullable=False),
        sa.Column("sms_fallback_url", sa.Text(), nullable=True),
        sa.Column("sms_fallback_method", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('e164', 'short_code', 'alphanumeric')",
            name=op.f("ck_phone_numbers_kind_known"),
        ),
        sa.CheckConstraint(
            "sms_fallback_method IN ('GET', 'POST')",
            name=op.f("ck_phone_numbers_fallback_method_known"),
        ),
        sa.CheckConstraint(
            "sms_method IN ('GET', 'POST')", name=op.f("ck_phone_numbers_sms_method_known")
        ),
        sa.ForeignKeyConstraint(
            ["account_sid"], ["accounts.sid"], name=op.f("fk_phone_numbers_account_sid")
        ),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_phone_numbers_carrier_sid")
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_phone_numbers")),
        sa.UniqueConstraint(
            "carrier_sid", "phone_number", name=op.f("uq_phone_numbers_carrier_sid_phone_number")
        ),
    )
    op.create_index(
        op.f("ix_phone_numbers_account_sid"), "phone_numbers", ["account_sid"], unique=False
    )
    op.create_table(
        "routes",
        sa.Column("sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("connector_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("prefix ~ '^[0-9]*$'", name=op.f("ck_routes_prefix_digits")),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_routes_carrier_sid")
        ),
        sa.ForeignKeyConstraint(
            ["connector_sid"],
            ["connectors.sid"],
            name=op.f("fk_routes_connector_sid"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_routes")),
        sa.UniqueConstraint(
            "carrier_sid",
            "prefix",
            "connector_sid",
            name=op.f("uq_routes_carrier_sid_prefix_connector_sid"),
        ),
    )
    op.create_index(op.f("ix_routes_connector_sid"), "routes", ["connector_sid"], unique=False)
    op.create_table(
        "smpp_credentials",
        sa.Column("sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("system_id", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("window_size", sa.SmallInteger(), nullable=False),
        sa.Column("receives_inbound", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_sid"], ["accounts.sid"], name=op.f("fk_smpp_credentials_account_sid")
        ),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_smpp_credentials_carrier_sid")
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_smpp_credentials")),
        sa.UniqueConstraint("system_id", name=op.f("uq_smpp_credentials_system_id")),
    )
    op.create_index(
        op.f("ix_smpp_credentials_account_sid"), "smpp_credentials", ["account_sid"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_smpp_credentials_account_sid"), table_name="smpp_credentials")
    op.drop_table("smpp_credentials")
    op.drop_index(op.f("ix_routes_connector_sid"), table_name="routes")
    op.drop_table("routes")
    op.drop_index(op.f("ix_phone_numbers_account_sid"), table_name="phone_numbers")
    op.drop_table("phone_numbers")
    op.drop_table("connector_leases")
    op.drop_table("connectors")
    op.drop_index(op.f("ix_carrier_keys_carrier_sid"), table_name="carrier_keys")
    op.drop_table("carrier_keys")
    op.drop_index(op.f("ix_accounts_carrier_sid"), table_name="accounts")
    op.drop_table("accounts")
    op.drop_table("worker_processes")
    op.drop_index("ix_webhooks_due", table_name="webhooks")
    op.drop_index(
        "ix_webhooks_claimed_by",
        table_name="webhooks",
        postgresql_where=sa.text("claimed_by IS NOT NULL"),
    )
    op.drop_table("webhooks")
    op.drop_table("webhook_attempts")
    op.drop_index(
        "ix_segments_receipt_key",
        table_name="segments",
        postgresql_where=sa.text("receipt_key IS NOT NULL"),
    )
    op.drop_table("segments")
    op.drop_table("queue")
    op.drop_index(op.f("ix_quarantine_carrier_sid"), table_name="quarantine")
    op.drop_table("quarantine")
    op.drop_index("ix_parked_receipts_keys", table_name="parked_receipts", postgresql_using="gin")
    op.drop_index("ix_parked_receipts_connector", table_name="parked_receipts")
    op.drop_table("parked_receipts")
    op.drop_index("ix_messages_to", table_name="messages")
    op.drop_index("ix_messages_from", table_name="messages")
    op.drop_index("ix_messages_account", table_name="messages")
    op.drop_table("messages")
    op.drop_table("message_events")
    op.drop_index(op.f("ix_inbound_parts_received_at"), table_name="inbound_parts")
    op.drop_table("inbound_parts")
    op.drop_index(
        "ix_in_flight_held", table_name="in_flight", postgresql_where=sa.text("held_at IS NOT NULL")
    )
    op.drop_index("ix_in_flight_connector", table_name="in_flight")
    op.drop_table("in_flight")
    op.drop_index("ix_esme_deliveries_due", table_name="esme_deliveries")
    op.drop_table("esme_deliveries")
    op.drop_table("double_submits")
    op.drop_table("carriers")
