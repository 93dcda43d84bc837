"""Usage by day: deleted messages' table takes whole days, and their price.

Revision: 0020, after 0019.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_COUNTS = ("messages", "segments")


def upgrade() -> None:
    op.rename_table("usage_of_deleted", "usage_days")
    op.execute("ALTER INDEX pk_usage_of_deleted RENAME TO pk_usage_days")
    for name in _COUNTS:
        op.alter_column("usage_days", name, type_=sa.BigInteger(), existing_nullable=False)
    op.add_column(
        "usage_days",
        sa.Column("price", sa.Numeric(18, 6), server_default=sa.text("0"), nullable=False),
    )
    op.create_table(
        "usage_through",
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("account_sid", name=op.f("pk_usage_through")),
    )
    op.create_index(
        "ix_messages_queued",
        "messages",
        ["account_sid", "queued_at"],
        postgresql_where=sa.text("queued_at IS NOT NULL"),
    )


def downgrade() -> None:
    # What was counted already would be counted twice: of those days only the deleted stay.
    op.drop_index("ix_messages_queued", table_name="messages")
    op.execute(
        "DELETE FROM usage_days d USING usage_through t "
        "WHERE d.account_sid = t.account_sid AND d.day <= t.day"
    )
    op.drop_table("usage_through")
    op.drop_column("usage_days", "price")
    for name in _COUNTS:
        op.alter_column("usage_days", name, type_=sa.Integer(), existing_nullable=False)
    op.execute("ALTER INDEX pk_usage_days RENAME TO pk_usage_of_deleted")
    op.rename_table("usage_days", "usage_of_deleted")
