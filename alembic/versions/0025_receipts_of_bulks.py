"""The receipt of a bulk's message stands beside its segment.

Revision: 0025, after 0024.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("segments", sa.Column("receipt_raw", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("segments", "receipt_raw")
