"""Countries and rates of accounts, rates of API keys.

Revision: 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "accounts",
        sa.Column(
            "closed_countries",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
    )
    for table in ("accounts", "api_keys"):
        op.add_column(table, sa.Column("requests_per_second", sa.Numeric(10, 4), nullable=True))


def downgrade() -> None:
    for table in ("accounts", "api_keys"):
        op.drop_column(table, "requests_per_second")
    op.drop_column("accounts", "closed_countries")
