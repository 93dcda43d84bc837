"""By what a session was begun: a password alone is not always enough.

Revision: 0043, after 0042.
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "user_sessions",
        sa.Column("proof", sa.Text(), server_default="password", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("user_sessions", "proof")
