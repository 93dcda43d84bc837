"""Logins of programs that were written for Kannel.

Revision: 0012, after 0011.
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kannel_users",
        sa.Column("sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("default_sender", sa.Text(), nullable=True),
        sa.Column("inbound_url", sa.Text(), nullable=True),
        sa.Column("inbound_method", sa.Text(), server_default=sa.text("'GET'"), nullable=False),
        _moment("created_at"),
        _moment("updated_at"),
        sa.CheckConstraint(
            "inbound_method IN ('GET', 'POST')", name=op.f("ck_kannel_users_inbound_method_known")
        ),
        sa.ForeignKeyConstraint(
            ["account_sid"], ["accounts.sid"], name=op.f("fk_kannel_users_account_sid")
        ),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_kannel_users_carrier_sid")
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_kannel_users")),
        sa.UniqueConstraint("account_sid", name=op.f("uq_kannel_users_account_sid")),
        sa.UniqueConstraint("username", name=op.f("uq_kannel_users_username")),
    )


def downgrade() -> None:
    op.drop_table("kannel_users")


def _moment(name: str) -> sa.Column[datetime]:
    now = sa.text("now()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)
