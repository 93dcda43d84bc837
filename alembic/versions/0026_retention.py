"""How long accounts keep texts and messages.

Revision: 0026, after 0025.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("texts_days", sa.Integer(), nullable=True))
    op.add_column("accounts", sa.Column("messages_days", sa.Integer(), nullable=True))
    op.add_column("accounts", sa.Column("texts_until", sa.Text(collation="C"), nullable=True))
    # Statistics are samples of values, and would outlive a key that was ended.
    op.execute("ALTER TABLE day_keys ALTER COLUMN wrapped SET STATISTICS 0")


def downgrade() -> None:
    op.execute("ALTER TABLE day_keys ALTER COLUMN wrapped SET STATISTICS -1")
    for name in ("texts_until", "messages_days", "texts_days"):
        op.drop_column("accounts", name)
