"""Callbacks that a process makes at once: one row for those of one change of statuses.

Revision: 0045, after 0044.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def _sid(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "callback_batches",
        _sid("id"),
        _sid("account_sid"),
        _sid("carrier_sid"),
        _sid("claimed_by"),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_sids", ARRAY(sa.Text(collation="C")), nullable=False),
        sa.Column("ordinals", ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("done_dates", ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", "account_sid", name="pk_callback_batches"),
    )


def downgrade() -> None:
    op.drop_table("callback_batches")
