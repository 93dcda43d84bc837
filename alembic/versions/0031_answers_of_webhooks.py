"""What customers' servers answered to received messages, and how each webhook was asked for.

Revision: 0031, after 0030.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("webhook_attempts", sa.Column("method", sa.Text(), nullable=True))
    op.add_column("webhook_attempts", sa.Column("answer", sa.LargeBinary(), nullable=True))
    op.add_column("webhook_attempts", sa.Column("key_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("webhook_attempts", "key_id")
    op.drop_column("webhook_attempts", "answer")
    op.drop_column("webhook_attempts", "method")
