"""People who sign in to the dashboard.

Revision: 0014, after 0013.
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "users",
        _sid("sid"),
        _sid("carrier_sid"),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=True),
        _moment("created_at"),
        _moment("updated_at"),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_users_carrier_sid")
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_users")),
        sa.UniqueConstraint("carrier_sid", "email", name=op.f("uq_users_carrier_sid_email")),
    )
    op.create_index(op.f("ix_users_email"), "users", ["email"])
    op.create_table(
        "memberships",
        _sid("sid"),
        _sid("carrier_sid"),
        _sid("user_sid"),
        _sid("account_sid", nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'active'"), nullable=False),
        _moment("created_at"),
        sa.CheckConstraint(
            "role IN ('owner', 'admin', 'developer', 'member')",
            name=op.f("ck_memberships_role_known"),
        ),
        sa.CheckConstraint(
            "state IN ('active', 'disabled')", name=op.f("ck_memberships_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["account_sid"], ["accounts.sid"], name=op.f("fk_memberships_account_sid")
        ),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_memberships_carrier_sid")
        ),
        sa.ForeignKeyConstraint(
            ["user_sid"], ["users.sid"], name=op.f("fk_memberships_user_sid"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_memberships")),
        sa.UniqueConstraint(
            "user_sid",
            "account_sid",
            name=op.f("uq_memberships_user_sid_account_sid"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "user_sessions",
        _sid("sid"),
        _sid("carrier_sid"),
        _sid("user_sid"),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("ip", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        _moment("created_at"),
        _moment("seen_at"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_user_sessions_carrier_sid")
        ),
        sa.ForeignKeyConstraint(
            ["user_sid"], ["users.sid"], name=op.f("fk_user_sessions_user_sid"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_user_sessions")),
        sa.UniqueConstraint("digest", name=op.f("uq_user_sessions_digest")),
    )
    op.create_index(op.f("ix_user_sessions_user_sid"), "user_sessions", ["user_sid"])
    op.create_index(op.f("ix_user_sessions_expires_at"), "user_sessions", ["expires_at"])


def downgrade() -> None:
    op.drop_table("user_sessions")
    op.drop_table("memberships")
    op.drop_table("users")


def _sid(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=nullable)


def _moment(name: str) -> sa.Column[datetime]:
    now = sa.text("now()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)
