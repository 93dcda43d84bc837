"""Connectors whose SMSC asks by OUTBIND to be bound to; the mere wish to be dialled is gone.

Revision: 0015, after 0014.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "connectors",
        sa.Column("outbind", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("connectors", sa.Column("outbind_system_id", sa.Text(), nullable=True))
    op.add_column("connectors", sa.Column("outbind_password_sealed", sa.Text(), nullable=True))
    op.drop_column("connector_leases", "outbind_at")


def downgrade() -> None:
    op.add_column(
        "connector_leases", sa.Column("outbind_at", sa.DateTime(timezone=True), nullable=True)
    )
    for name in ("outbind_password_sealed", "outbind_system_id", "outbind"):
        op.drop_column("connectors", name)
