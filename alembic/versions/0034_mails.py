"""Mails on their way out.

Revision: 0034, after 0033.
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def _sid(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    default = None if nullable else sa.func.now()
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "mails",
        _sid("sid"),
        _sid("carrier_sid"),
        _sid("account_sid", nullable=True),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body_sealed", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), server_default=sa.text("''"), nullable=False),
        _moment("due_at"),
        _moment("created_at"),
        _moment("sent_at", nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'failed')", name=op.f("ck_mails_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_mails_carrier_sid")
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_mails")),
    )
    op.create_index("ix_mails_carrier", "mails", ["carrier_sid", "sid"])
    op.create_index(
        "ix_mails_due", "mails", ["due_at"], postgresql_where=sa.text("state = 'waiting'")
    )


def downgrade() -> None:
    op.drop_table("mails")
