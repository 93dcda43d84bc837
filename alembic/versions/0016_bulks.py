"""Bulks: many messages of one request, what of them waits, and the lines that made none.

Revision: 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", _sid("bulk_sid", nullable=True))
    op.create_table(
        "bulks",
        _sid("sid"),
        _sid("carrier_sid"),
        _sid("account_sid"),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("from_", sa.Text(), nullable=True),
        _sid("messaging_service_sid", nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status_callback", sa.Text(), nullable=True),
        sa.Column("validity_seconds", sa.Integer(), nullable=True),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        _sid("first_sid", nullable=True),
        _sid("last_sid", nullable=True),
        _moment("created_at"),
        _moment("updated_at"),
        _moment("expires_at"),
        _moment("finished_at", nullable=True),
        _moment("callback_due_at", nullable=True),
        sa.Column("callback_tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "status IN ('sending', 'paused', 'canceled', 'completed')",
            name=op.f("ck_bulks_status_known"),
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_bulks")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("ix_bulks_account", "bulks", ["account_sid", "sid"])
    op.create_index(
        "ix_bulks_open", "bulks", ["sid"], postgresql_where=sa.text("finished_at IS NULL")
    )
    op.create_index(
        "ix_bulks_callback_due_at",
        "bulks",
        ["callback_due_at"],
        postgresql_where=sa.text("callback_due_at IS NOT NULL"),
    )
    op.create_table(
        "bulk_batches",
        _sid("bulk_sid"),
        _sid("connector_sid"),
        _sid("first_sid"),
        _sid("last_sid"),
        _sid("after_sid"),
        _sid("carrier_sid"),
        _sid("account_sid"),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        _moment("queued_at"),
        sa.Column("held", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint(
            "bulk_sid", "connector_sid", "first_sid", name=op.f("pk_bulk_batches")
        ),
        postgresql_with={"fillfactor": 50},
    )
    op.create_index(
        "ix_bulk_batches_front",
        "bulk_batches",
        ["connector_sid", "lane", "queued_at", "bulk_sid", "first_sid"],
        postgresql_where=sa.text("NOT held"),
    )
    op.create_table(
        "bulk_rejections",
        _sid("bulk_sid"),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        _sid("carrier_sid"),
        _sid("account_sid"),
        sa.Column("to_", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("bulk_sid", "line", name=op.f("pk_bulk_rejections")),
    )


def downgrade() -> None:
    op.drop_table("bulk_rejections")
    op.drop_table("bulk_batches")
    op.drop_table("bulks")
    op.drop_column("messages", "bulk_sid")


def _sid(name: str, *, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(collation="C"), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
