"""Keys by account and day, and columns for what they seal.

Revision: 0021, after 0020.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

SEALED = (
    "messages",
    "message_events",
    "inbound_parts",
    "parked_receipts",
    "quarantine",
    "kept_pdus",
    "alerts",
    "bulks",
)


def upgrade() -> None:
    op.create_table(
        "day_keys",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("owner_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("wrapped", sa.Text(), nullable=False),
        sa.Column("is_touched", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_keys")),
    )
    op.create_index(
        "uq_day_keys_owner",
        "day_keys",
        ["owner_sid", "day"],
        unique=True,
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    for table in SEALED:
        op.add_column(table, sa.Column("key_id", sa.BigInteger(), nullable=True))
    op.add_column("messages", sa.Column("sealed_body", sa.LargeBinary(), nullable=True))
    op.add_column("bulks", sa.Column("sealed_body", sa.LargeBinary(), nullable=True))
    op.add_column("inbound_parts", sa.Column("digest", sa.LargeBinary(), nullable=True))
    op.add_column("alerts", sa.Column("sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("alerts", "sealed")
    op.drop_column("inbound_parts", "digest")
    op.drop_column("bulks", "sealed_body")
    op.drop_column("messages", "sealed_body")
    for table in SEALED:
        op.drop_column(table, "key_id")
    op.drop_table("day_keys")
