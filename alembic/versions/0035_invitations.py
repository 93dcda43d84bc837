"""Invitations of people, and what lets one do a single thing once.

Revision: 0035, after 0034.
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def _sid(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=nullable)


def _moment(name: str, *, is_now: bool = False) -> sa.Column[datetime]:
    default = sa.func.now() if is_now else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=False)


def upgrade() -> None:
    op.create_table(
        "invitations",
        _sid("sid"),
        _sid("carrier_sid"),
        _sid("account_sid", nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("invited_by", sa.Text(), nullable=False),
        _moment("created_at", is_now=True),
        _moment("expires_at"),
        sa.CheckConstraint(
            "role IN ('owner', 'admin', 'developer', 'member')",
            name=op.f("ck_invitations_role_known"),
        ),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_invitations_carrier_sid")
        ),
        sa.ForeignKeyConstraint(
            ["account_sid"], ["accounts.sid"], name=op.f("fk_invitations_account_sid")
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_invitations")),
        sa.UniqueConstraint("digest", name=op.f("uq_invitations_digest")),
        sa.UniqueConstraint(
            "carrier_sid",
            "email",
            "account_sid",
            name=op.f("uq_invitations_carrier_sid_email_account_sid"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.execute(
        "CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON invitations "
        "FOR EACH ROW EXECUTE FUNCTION audit_change('invitation', 'digest', '')"
    )
    op.create_table(
        "user_tokens",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        _sid("carrier_sid"),
        _sid("user_sid"),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        _moment("created_at", is_now=True),
        _moment("expires_at"),
        sa.CheckConstraint(
            "purpose IN ('password', 'second factor')", name=op.f("ck_user_tokens_purpose_known")
        ),
        sa.ForeignKeyConstraint(
            ["user_sid"], ["users.sid"], name=op.f("fk_user_tokens_user_sid"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_user_tokens")),
    )
    op.create_index(op.f("ix_user_tokens_user_sid"), "user_tokens", ["user_sid"])


def downgrade() -> None:
    op.drop_table("user_tokens")
    op.drop_table("invitations")
