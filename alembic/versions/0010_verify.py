"""Verify services and verifications.

Revision: 0010, after 0009.
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "verify_services",
        _sid("sid"),
        _sid("carrier_sid"),
        _sid("account_sid"),
        sa.Column("friendly_name", sa.Text(), nullable=False),
        sa.Column("code_length", sa.SmallInteger(), nullable=False),
        _flag("skip_sms_to_landlines"),
        _flag("do_not_share_warning_enabled"),
        _flag("custom_code_enabled"),
        sa.Column("unused", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        _now("created_at"),
        _now("updated_at"),
        sa.CheckConstraint(
            "code_length BETWEEN 4 AND 10", name=op.f("ck_verify_services_code_length_known")
        ),
        sa.ForeignKeyConstraint(
            ["account_sid"], ["accounts.sid"], name=op.f("fk_verify_services_account_sid")
        ),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_verify_services_carrier_sid")
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_verify_services")),
    )
    op.create_index(
        op.f("ix_verify_services_account_sid"), "verify_services", ["account_sid"], unique=False
    )
    op.create_table(
        "verifications",
        _sid("sid"),
        _sid("carrier_sid"),
        _sid("account_sid"),
        _sid("service_sid"),
        sa.Column("to_", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("custom_code_sealed", sa.Text(), nullable=True),
        sa.Column("amount", sa.Text(), nullable=True),
        sa.Column("payee", sa.Text(), nullable=True),
        sa.Column("sends", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("checks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "message_sids",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("redacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        _now("created_at"),
        _now("updated_at"),
        sa.CheckConstraint(
            "status IN ('pending', 'approved', 'canceled', 'expired')",
            name=op.f("ck_verifications_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["service_sid"],
            ["verify_services.sid"],
            name=op.f("fk_verifications_service_sid"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_verifications")),
    )
    op.create_index(
        "uq_verifications_pending",
        "verifications",
        ["service_sid", "to_"],
        unique=True,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "ix_verifications_unredacted",
        "verifications",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("redacted_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("verifications")
    op.drop_table("verify_services")


def _sid(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False)


def _now(name: str) -> sa.Column[datetime]:
    now = sa.text("now()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)
