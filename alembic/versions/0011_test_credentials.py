"""Test credentials of accounts.

Revision: 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("test_sid", sa.Text(collation="C"), nullable=True))
    op.add_column("accounts", sa.Column("test_token_sealed", sa.Text(), nullable=True))
    op.create_unique_constraint(op.f("uq_accounts_test_sid"), "accounts", ["test_sid"])


def downgrade() -> None:
    op.drop_constraint(op.f("uq_accounts_test_sid"), "accounts", type_="unique")
    op.drop_column("accounts", "test_token_sealed")
    op.drop_column("accounts", "test_sid")
