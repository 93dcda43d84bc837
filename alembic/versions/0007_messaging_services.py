"""Messaging services with their pools, scheduled messages, opt-outs.

Revision: 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scheduled_messages",
        sa.Column("message_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("message_sid", name=op.f("pk_scheduled_messages")),
    )
    op.create_index(
        "ix_scheduled_messages_account", "scheduled_messages", ["account_sid"], unique=False
    )
    op.create_index(
        "ix_scheduled_messages_due", "scheduled_messages", ["send_at", "message_sid"], unique=False
    )
    op.create_table(
        "messaging_services",
        sa.Column("sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("friendly_name", sa.Text(), nullable=False),
        sa.Column("inbound_request_url", sa.Text(), nullable=True),
        sa.Column("inbound_method", sa.Text(), server_default=sa.text("'POST'"), nullable=False),
        sa.Column("fallback_url", sa.Text(), nullable=True),
        sa.Column("fallback_method", sa.Text(), server_default=sa.text("'POST'"), nullable=False),
        sa.Column("status_callback", sa.Text(), nullable=True),
        sa.Column("sticky_sender", sa.Boolean(), nullable=False),
        sa.Column("smart_encoding", sa.Boolean(), nullable=False),
        sa.Column("area_code_geomatch", sa.Boolean(), nullable=False),
        sa.Column(
            "use_inbound_webhook_on_number",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
        ),
        sa.Column("validity_period", sa.Integer(), nullable=False),
        sa.Column("usecase", sa.Text(), server_default=sa.text("'undeclared'"), nullable=False),
        sa.Column(
            "opt_out",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("mms_converter", sa.Boolean(), nullable=False),
        sa.Column("fallback_to_long_code", sa.Boolean(), nullable=False),
        sa.Column(
            "scan_message_content", sa.Text(), server_default=sa.text("'inherit'"), nullable=False
        ),
        sa.Column(
            "synchronous_validation", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
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
            "fallback_method IN ('GET', 'POST')",
            name=op.f("ck_messaging_services_fallback_method_known"),
        ),
        sa.CheckConstraint(
            "inbound_method IN ('GET', 'POST')",
            name=op.f("ck_messaging_services_inbound_method_known"),
        ),
        sa.CheckConstraint(
            "validity_period BETWEEN 1 AND 36000",
            name=op.f("ck_messaging_services_validity_in_range"),
        ),
        sa.ForeignKeyConstraint(
            ["account_sid"], ["accounts.sid"], name=op.f("fk_messaging_services_account_sid")
        ),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_messaging_services_carrier_sid")
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_messaging_services")),
    )
    op.create_index(
        op.f("ix_messaging_services_account_sid"),
        "messaging_services",
        ["account_sid"],
        unique=False,
    )
    op.create_table(
        "opt_outs",
        sa.Column("sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("scope", sa.Text(collation="C"), nullable=False),
        sa.Column("handset", sa.Text(collation="C"), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "source IN ('keyword', 'api', 'import')", name=op.f("ck_opt_outs_source_known")
        ),
        sa.ForeignKeyConstraint(
            ["account_sid"], ["accounts.sid"], name=op.f("fk_opt_outs_account_sid")
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_opt_outs")),
        sa.UniqueConstraint(
            "account_sid", "scope", "handset", name=op.f("uq_opt_outs_account_sid_scope_handset")
        ),
    )
    op.create_index("ix_opt_outs_account", "opt_outs", ["account_sid", "sid"], unique=False)
    op.create_table(
        "alpha_senders",
        sa.Column("sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("messaging_service_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("alpha_sender", sa.Text(), nullable=False),
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
        sa.ForeignKeyConstraint(
            ["messaging_service_sid"],
            ["messaging_services.sid"],
            name=op.f("fk_alpha_senders_messaging_service_sid"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_alpha_senders")),
        sa.UniqueConstraint(
            "messaging_service_sid",
            "alpha_sender",
            name=op.f("uq_alpha_senders_messaging_service_sid_alpha_sender"),
        ),
    )
    op.create_table(
        "sticky_senders",
        sa.Column("messaging_service_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("to_", sa.Text(), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["messaging_service_sid"],
            ["messaging_services.sid"],
            name=op.f("fk_sticky_senders_messaging_service_sid"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("messaging_service_sid", "to_", name=op.f("pk_sticky_senders")),
    )
    op.add_column(
        "phone_numbers", sa.Column("messaging_service_sid", sa.Text(collation="C"), nullable=True)
    )
    op.add_column(
        "phone_numbers", sa.Column("joined_service_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        op.f("ix_phone_numbers_messaging_service_sid"),
        "phone_numbers",
        ["messaging_service_sid"],
        unique=False,
    )
    op.create_foreign_key(
        op.f("fk_phone_numbers_messaging_service_sid"),
        "phone_numbers",
        "messaging_services",
        ["messaging_service_sid"],
        ["sid"],
        ondelete="SET NULL",
    )
    op.add_column("webhooks", sa.Column("opt_out_type", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("webhooks", "opt_out_type")
    op.drop_constraint(
        op.f("fk_phone_numbers_messaging_service_sid"), "phone_numbers", type_="foreignkey"
    )
    op.drop_index(op.f("ix_phone_numbers_messaging_service_sid"), table_name="phone_numbers")
    op.drop_column("phone_numbers", "joined_service_at")
    op.drop_column("phone_numbers", "messaging_service_sid")
    op.drop_table("sticky_senders")
    op.drop_table("alpha_senders")
    op.drop_table("opt_outs")
    op.drop_index(op.f("ix_messaging_services_account_sid"), table_name="messaging_services")
    op.drop_table("messaging_services")
    op.drop_index("ix_scheduled_messages_due", table_name="scheduled_messages")
    op.drop_index("ix_scheduled_messages_account", table_name="scheduled_messages")
    op.drop_table("scheduled_messages")
