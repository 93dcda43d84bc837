"""What customers' programs asked of the API lately.

Revision: 0032, after 0031.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_requests",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("request_id", sa.Text(collation="C"), nullable=False),
        sa.Column("key_sid", sa.Text(collation="C"), nullable=True),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("http_status", sa.SmallInteger(), nullable=False),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_api_requests"),
    )
    op.create_index("ix_api_requests_account", "api_requests", ["account_sid", "seq"])
    op.create_index("ix_api_requests_at", "api_requests", ["at"])


def downgrade() -> None:
    op.drop_table("api_requests")
