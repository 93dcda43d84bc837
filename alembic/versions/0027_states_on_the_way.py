"""What an intermediate notification to an ESME says.

Revision: 0027, after 0026.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("esme_deliveries", sa.Column("state", sa.SmallInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("esme_deliveries", "state")
