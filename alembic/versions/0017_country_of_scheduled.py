"""The recipient's country beside a scheduled message, so that many are released in one statement.

Revision: 0017, after 0016.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("scheduled_messages", sa.Column("iso_country", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("scheduled_messages", "iso_country")
