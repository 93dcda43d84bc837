"""SMPP at field grade.

Revision: 0002, after 0001.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_CONNECTOR_CHECKS = {
    "bind_type_known": "bind_type IN ('transceiver', 'transmitter', 'receiver', 'pair')",
    "binds_few": "binds BETWEEN 1 AND 32",
    "dial_in_pdu_known": "dial_in_pdu IN ('deliver_sm', 'submit_sm')",
    "concatenation_known": "concatenation IN ('udh8', 'udh16', 'sar', 'payload')",
    "receipt_rollup_known": "receipt_rollup IN ('all', 'first', 'last', 'any')",
    "channel_selection_known": "channel_selection IN ('none', 'bind', 'field', 'device')",
}


def _credential_columns() -> list[sa.Column[Any]]:
    none = sa.text("'{}'")
    return [
        sa.Column("allowed_networks", sa.ARRAY(sa.Text()), server_default=none, nullable=False),
        sa.Column("bind_types", sa.ARRAY(sa.Text()), server_default=none, nullable=False),
        sa.Column("max_binds", sa.Integer(), server_default="10", nullable=False),
        sa.Column("throughput", sa.Numeric(precision=10, scale=4), nullable=True),
        sa.Column("allowed_senders", sa.ARRAY(sa.Text()), server_default=none, nullable=False),
        sa.Column("lane", sa.Integer(), server_default="2", nullable=False),
        sa.Column("receipt_template", sa.Text(), nullable=True),
    ]


def upgrade() -> None:
    op.create_table(
        "kept_pdus",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("connector_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("message_sid", sa.Text(collation="C"), nullable=True),
        sa.Column("thread", sa.Text(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("pdu", sa.LargeBinary(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("direction IN ('out', 'in')", name=op.f("ck_kept_pdus_direction_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_pdus")),
    )
    op.create_index(op.f("ix_kept_pdus_expires_at"), "kept_pdus", ["expires_at"], unique=False)
    op.create_index("ix_kept_pdus_message", "kept_pdus", ["message_sid"], unique=False)
    op.create_index(
        "ix_kept_pdus_thread",
        "kept_pdus",
        ["connector_sid", "thread"],
        unique=False,
        postgresql_where=sa.text("message_sid IS NULL"),
    )
    op.create_table(
        "channels",
        sa.Column("sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("connector_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("phone_number", sa.Text(), nullable=True),
        sa.Column("operator", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("iccid", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("throughput", sa.Numeric(precision=10, scale=4), nullable=True),
        sa.Column("day_segments", sa.Integer(), nullable=True),
        sa.Column("month_segments", sa.Integer(), nullable=True),
        sa.Column("day_recipients", sa.Integer(), nullable=True),
        sa.Column("month_recipients", sa.Integer(), nullable=True),
        sa.Column("month_starts_on", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.Text(), server_default=sa.text("'UTC'"), nullable=False),
        sa.Column(
            "working_hours",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
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
        sa.CheckConstraint("number BETWEEN 0 AND 9999", name=op.f("ck_channels_number_small")),
        sa.CheckConstraint("throughput > 0", name=op.f("ck_channels_throughput_positive")),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_channels_carrier_sid")
        ),
        sa.ForeignKeyConstraint(
            ["connector_sid"],
            ["connectors.sid"],
            name=op.f("fk_channels_connector_sid"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_channels")),
        sa.UniqueConstraint(
            "connector_sid", "number", name=op.f("uq_channels_connector_sid_number")
        ),
    )
    op.create_table(
        "esme_sessions",
        sa.Column("sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("smpp_credential_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("process_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("bind_type", sa.Text(), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column(
            "bound_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_esme_sessions")),
    )
    op.create_index(
        op.f("ix_esme_sessions_smpp_credential_sid"),
        "esme_sessions",
        ["smpp_credential_sid"],
        unique=False,
    )
    op.create_table(
        "connector_receipts",
        sa.Column("connector_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("matched", sa.BigInteger(), nullable=False),
        sa.Column("parked", sa.BigInteger(), nullable=False),
        sa.Column("id_same", sa.BigInteger(), nullable=False),
        sa.Column("id_folded", sa.BigInteger(), nullable=False),
        sa.Column("id_hexadecimal", sa.BigInteger(), nullable=False),
        sa.Column("id_decimal", sa.BigInteger(), nullable=False),
        sa.Column("id_ascii", sa.BigInteger(), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["connector_sid"],
            ["connectors.sid"],
            name=op.f("fk_connector_receipts_connector_sid"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("connector_sid", name=op.f("pk_connector_receipts")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "probes",
        sa.Column("sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("connector_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "renewed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "asked",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "report",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_probes_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_probes_carrier_sid")
        ),
        sa.ForeignKeyConstraint(
            ["connector_sid"],
            ["connectors.sid"],
            name=op.f("fk_probes_connector_sid"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_probes")),
    )
    op.create_index(op.f("ix_probes_connector_sid"), "probes", ["connector_sid"], unique=False)
    op.create_index(
        "uq_probes_open",
        "probes",
        ["connector_sid"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )
    op.create_table(
        "channel_recipients",
        sa.Column("channel_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_sid"],
            ["channels.sid"],
            name=op.f("fk_channel_recipients_channel_sid"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "channel_sid", "period", "starts_on", "recipient", name=op.f("pk_channel_recipients")
        ),
    )
    op.create_table(
        "channel_usage",
        sa.Column("channel_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_sid"],
            ["channels.sid"],
            name=op.f("fk_channel_usage_channel_sid"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "channel_sid", "period", "starts_on", name=op.f("pk_channel_usage")
        ),
        postgresql_with={"fillfactor": 50},
    )
    op.add_column("connectors", sa.Column("profile", sa.Text(), nullable=True))
    for column in (
        sa.Column("address_ton", sa.Integer(), server_default="0", nullable=False),
        sa.Column("address_npi", sa.Integer(), server_default="0", nullable=False),
        sa.Column("dials_in", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("dial_in_pdu", sa.Text(), server_default=sa.text("'deliver_sm'"), nullable=False),
    ):
        op.add_column("connectors", column)
    op.add_column(
        "connectors", sa.Column("binds", sa.Integer(), server_default="1", nullable=False)
    )
    op.add_column(
        "connectors",
        sa.Column("session_init_seconds", sa.Integer(), server_default="10", nullable=False),
    )
    op.add_column(
        "connectors",
        sa.Column(
            "enquire_link_response_seconds", sa.Integer(), server_default="10", nullable=False
        ),
    )
    op.add_column("connectors", sa.Column("inactivity_seconds", sa.Integer(), nullable=True))
    op.add_column(
        "connectors",
        sa.Column("service_type", sa.Text(), server_default=sa.text("''"), nullable=False),
    )
    op.add_column(
        "connectors",
        sa.Column(
            "source_rules",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
    )
    op.add_column(
        "connectors",
        sa.Column(
            "destination_rules",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
    )
    op.add_column(
        "connectors",
        sa.Column(
            "command_verdicts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
    )
    op.add_column(
        "connectors",
        sa.Column("gsm7_packed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "connectors",
        sa.Column("sends_latin1", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "connectors",
        sa.Column("concatenation", sa.Text(), server_default=sa.text("'udh8'"), nullable=False),
    )
    op.add_column(
        "connectors",
        sa.Column(
            "unmarked_receipts", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
    )
    op.add_column(
        "connectors",
        sa.Column("receipt_rollup", sa.Text(), server_default=sa.text("'all'"), nullable=False),
    )
    op.add_column(
        "connectors",
        sa.Column(
            "receipt_errors",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
    )
    op.add_column(
        "connectors",
        sa.Column("channel_selection", sa.Text(), server_default=sa.text("'none'"), nullable=False),
    )
    op.add_column("connectors", sa.Column("channel_field", sa.Text(), nullable=True))
    op.add_column("connectors", sa.Column("channel_format", sa.Text(), nullable=True))
    op.add_column(
        "connectors", sa.Column("pdu_hours", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "connectors", sa.Column("traced_until", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("connectors", sa.Column("lent_until", sa.DateTime(timezone=True), nullable=True))
    for state in (
        sa.Column("outbind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "bind_states",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
    ):
        op.add_column("connector_leases", state)
    for part_column in (
        sa.Column("udh", sa.LargeBinary(), nullable=True),
        sa.Column("channel_sid", sa.Text(collation="C"), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("again", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    ):
        op.add_column("inbound_parts", part_column)
    op.add_column("messages", sa.Column("text_style", sa.Text(), nullable=True))
    op.add_column("messages", sa.Column("num_submits", sa.SmallInteger(), nullable=True))
    op.add_column("messages", sa.Column("channel_sid", sa.Text(collation="C"), nullable=True))
    op.add_column(
        "messages",
        sa.Column(
            "registered_delivery", sa.SmallInteger(), server_default=sa.text("0"), nullable=False
        ),
    )
    op.add_column("messages", sa.Column("submitted_as", sa.Text(), nullable=True))
    op.execute("UPDATE messages SET registered_delivery = 1 WHERE receipt_wanted")
    op.drop_column("messages", "receipt_wanted")
    for column in _credential_columns():
        op.add_column("smpp_credentials", column)
    op.drop_constraint("bind_type_known", "connectors", type_="check")
    for name, condition in _CONNECTOR_CHECKS.items():
        op.create_check_constraint(name, "connectors", condition)


def downgrade() -> None:
    for name in _CONNECTOR_CHECKS:
        op.drop_constraint(name, "connectors", type_="check")
    op.create_check_constraint(
        "bind_type_known", "connectors", "bind_type IN ('transceiver', 'transmitter', 'receiver')"
    )
    for column in reversed(_credential_columns()):
        op.drop_column("smpp_credentials", column.name)
    op.add_column(
        "messages",
        sa.Column("receipt_wanted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.execute("UPDATE messages SET receipt_wanted = true WHERE registered_delivery & 3 = 1")
    op.drop_column("messages", "submitted_as")
    op.drop_column("messages", "registered_delivery")
    op.drop_column("messages", "channel_sid")
    op.drop_column("messages", "num_submits")
    op.drop_column("messages", "text_style")
    for name in ("again", "joined_at", "channel_sid", "udh"):
        op.drop_column("inbound_parts", name)
    for name in ("bind_states", "outbind_at"):
        op.drop_column("connector_leases", name)
    op.drop_column("connectors", "lent_until")
    op.drop_column("connectors", "traced_until")
    op.drop_column("connectors", "pdu_hours")
    op.drop_column("connectors", "channel_format")
    op.drop_column("connectors", "channel_field")
    op.drop_column("connectors", "channel_selection")
    op.drop_column("connectors", "receipt_errors")
    op.drop_column("connectors", "receipt_rollup")
    op.drop_column("connectors", "unmarked_receipts")
    op.drop_column("connectors", "concatenation")
    op.drop_column("connectors", "sends_latin1")
    op.drop_column("connectors", "gsm7_packed")
    op.drop_column("connectors", "command_verdicts")
    op.drop_column("connectors", "destination_rules")
    op.drop_column("connectors", "source_rules")
    op.drop_column("connectors", "service_type")
    op.drop_column("connectors", "inactivity_seconds")
    op.drop_column("connectors", "enquire_link_response_seconds")
    op.drop_column("connectors", "session_init_seconds")
    op.drop_column("connectors", "binds")
    for name in ("dial_in_pdu", "dials_in", "address_npi", "address_ton"):
        op.drop_column("connectors", name)
    op.drop_column("connectors", "profile")
    op.drop_index(op.f("ix_esme_sessions_smpp_credential_sid"), table_name="esme_sessions")
    op.drop_table("esme_sessions")
    op.drop_table("channel_usage")
    op.drop_table("channel_recipients")
    op.drop_index(
        "uq_probes_open",
        table_name="probes",
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )
    op.drop_index(op.f("ix_probes_connector_sid"), table_name="probes")
    op.drop_table("probes")
    op.drop_table("connector_receipts")
    op.drop_table("channels")
    op.drop_index(
        "ix_kept_pdus_thread",
        table_name="kept_pdus",
        postgresql_where=sa.text("message_sid IS NULL"),
    )
    op.drop_index("ix_kept_pdus_message", table_name="kept_pdus")
    op.drop_index(op.f("ix_kept_pdus_expires_at"), table_name="kept_pdus")
    op.drop_table("kept_pdus")
