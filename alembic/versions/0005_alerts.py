"""Alerts.

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("resource_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("error_code", sa.Integer(), nullable=False),
        sa.Column("log_level", sa.Text(), nullable=False),
        sa.Column("alert_text", sa.Text(), nullable=False),
        sa.Column("request_method", sa.Text(), nullable=False),
        sa.Column("request_url", sa.Text(), nullable=False),
        sa.Column("request_variables", sa.Text(), nullable=False),
        sa.Column("response_headers", sa.Text(), nullable=True),
        sa.Column("response_body", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "log_level IN ('error', 'warning')", name=op.f("ck_alerts_log_level_known")
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_alerts")),
    )
    op.create_index("ix_alerts_account", "alerts", ["account_sid", "sid"], unique=False)


def downgrade() -> None:
    op.drop_table("alerts")
