"""What runs of a connector now, what went over it by the hour, and its going out of service.

Revision: 0029, after 0028.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "connectors", sa.Column("draining", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column(
        "connector_leases",
        sa.Column("figures", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
    )
    op.create_table(
        "connector_hours",
        sa.Column("connector_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
            for name in ("accepted", "refused", "received")
        ),
        sa.ForeignKeyConstraint(
            ["connector_sid"],
            ["connectors.sid"],
            name="fk_connector_hours_connector_sid",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("connector_sid", "hour", name="pk_connector_hours"),
        postgresql_with={"fillfactor": 50},
    )


def downgrade() -> None:
    op.drop_table("connector_hours")
    op.drop_column("connector_leases", "figures")
    op.drop_column("connectors", "draining")
