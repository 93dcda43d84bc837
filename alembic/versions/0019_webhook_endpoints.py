"""Customers' servers that fail, and what waits for those that are paused.

Revision: 0019, after 0018.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("probes", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "failing_since",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("probe_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account_sid", "origin", name=op.f("pk_webhook_endpoints")),
    )
    op.add_column("webhooks", sa.Column("parked_for", sa.Text(), nullable=True))
    op.create_index(
        "ix_webhooks_parked",
        "webhooks",
        ["account_sid", "parked_for", "message_sid", "ordinal"],
        postgresql_where=sa.text("parked_for IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_webhooks_parked", table_name="webhooks")
    op.execute("UPDATE webhooks SET due_at = now() WHERE parked_for IS NOT NULL")
    op.drop_column("webhooks", "parked_for")
    op.drop_table("webhook_endpoints")
