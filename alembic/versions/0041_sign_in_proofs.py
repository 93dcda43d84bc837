"""By what a session was begun: a password alone is not always enough.

Revision: 0041, after 0040.
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "user_sessions",
        sa.Column("proof", sa.Text(), server_default="password", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("user_sessions", "proof")
