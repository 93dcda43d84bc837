"""Subaccounts, secondary auth tokens, API keys.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("owner_sid", sa.Text(collation="C"), nullable=True))
    op.add_column("accounts", sa.Column("secondary_token_sealed", sa.Text(), nullable=True))
    op.create_index(op.f("ix_accounts_owner_sid"), "accounts", ["owner_sid"], unique=False)
    op.create_foreign_key(
        op.f("fk_accounts_owner_sid"), "accounts", "accounts", ["owner_sid"], ["sid"]
    )
    op.create_table(
        "api_keys",
        sa.Column("sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("friendly_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "permissions",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('standard', 'main', 'restricted')", name=op.f("ck_api_keys_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["account_sid"], ["accounts.sid"], name=op.f("fk_api_keys_account_sid")
        ),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_api_keys_carrier_sid")
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_api_keys")),
    )
    op.create_index(op.f("ix_api_keys_account_sid"), "api_keys", ["account_sid"], unique=False)


def downgrade() -> None:
    op.drop_table("api_keys")
    op.drop_constraint(op.f("fk_accounts_owner_sid"), "accounts", type_="foreignkey")
    op.drop_index(op.f("ix_accounts_owner_sid"), table_name="accounts")
    op.drop_column("accounts", "secondary_token_sealed")
    op.drop_column("accounts", "owner_sid")
