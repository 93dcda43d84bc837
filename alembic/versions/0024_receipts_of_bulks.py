"""The receipt of a bulk's message stands beside its segment.

Revision: 0024, after 0023.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("segments", sa.Column("receipt_raw", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("segments", "receipt_raw")
