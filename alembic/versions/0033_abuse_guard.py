"""Caps, quarantine, and prefixes that are shut to an account for a time.

Revision: 0033, after 0032.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_CAPS = ("messages_per_day", "spend_per_day", "spend_per_month")


def upgrade() -> None:
    op.add_column("accounts", sa.Column("messages_per_day", sa.Integer(), nullable=True))
    op.add_column("accounts", sa.Column("spend_per_day", sa.Numeric(12, 6), nullable=True))
    op.add_column("accounts", sa.Column("spend_per_month", sa.Numeric(12, 6), nullable=True))
    op.add_column(
        "accounts",
        sa.Column("pumping_guard", sa.Text(), server_default=sa.text("'codes'"), nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_accounts_pumping_guard_known"),
        "accounts",
        "pumping_guard IN ('off', 'watch', 'codes', 'all')",
        postgresql_not_valid=True,
    )
    op.add_column(
        "accounts",
        sa.Column(
            "safe_prefixes",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
    )
    op.add_column("accounts", sa.Column("quarantined_at", sa.DateTime(timezone=True)))
    op.add_column("accounts", sa.Column("quarantine_why", sa.Text(), nullable=True))
    op.create_table(
        "capped_days",
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("messages", sa.Integer(), server_default="0", nullable=False),
        sa.Column("spend", sa.Numeric(18, 6), server_default="0", nullable=False),
        sa.Column("told", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("account_sid", "day", name=op.f("pk_capped_days")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "blocked_prefixes",
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("prefix", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("stops", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_sid", "prefix", name=op.f("pk_blocked_prefixes")),
    )
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE accounts VALIDATE CONSTRAINT ck_accounts_pumping_guard_known")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_accounts_quarantined")
        op.create_index(
            "ix_accounts_quarantined",
            "accounts",
            ["sid"],
            postgresql_where=sa.text("quarantined_at IS NOT NULL"),
            postgresql_concurrently=True,
        )
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_verifications_account")
        op.create_index(
            "ix_verifications_account",
            "verifications",
            ["account_sid", "sid"],
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_index("ix_verifications_account", table_name="verifications")
    op.drop_index("ix_accounts_quarantined", table_name="accounts")
    op.drop_table("blocked_prefixes")
    op.drop_table("capped_days")
    op.drop_constraint(op.f("ck_accounts_pumping_guard_known"), "accounts")
    for name in (
        "quarantine_why",
        "quarantined_at",
        "safe_prefixes",
        "pumping_guard",
        *reversed(_CAPS),
    ):
        op.drop_column("accounts", name)
