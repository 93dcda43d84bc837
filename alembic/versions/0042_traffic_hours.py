"""Traffic by account and hour, so that neither pages nor usage count a day's messages.

Revision: 0042, after 0041.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def _sid(name: str, *keys: sa.ForeignKey) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), *keys, nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _json(name: str, empty: str) -> sa.Column[object]:
    return sa.Column(name, JSONB(), server_default=empty, nullable=False)


def upgrade() -> None:
    op.create_table(
        "traffic_hours",
        _sid("account_sid"),
        _moment("hour"),
        _sid("carrier_sid"),
        _json("sent", "{}"),
        sa.Column("received", sa.BigInteger(), server_default="0", nullable=False),
        _json("places", "[]"),
        _json("speeds", "{}"),
        _json("used", "[]"),
        sa.Column("is_settled", sa.Boolean(), server_default=sa.false(), nullable=False),
        _moment("counted_at"),
        _moment("recount_at", nullable=True),
        sa.PrimaryKeyConstraint("account_sid", "hour", name="pk_traffic_hours"),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("ix_traffic_hours_carrier", "traffic_hours", ["carrier_sid", "hour"])
    op.create_index(
        "ix_traffic_hours_recount",
        "traffic_hours",
        ["recount_at"],
        postgresql_where=sa.text("recount_at IS NOT NULL"),
    )
    op.create_table(
        "traffic_through",
        _sid("carrier_sid", sa.ForeignKey("carriers.sid", name="fk_traffic_through_carrier_sid")),
        _moment("first"),
        _moment("through"),
        sa.PrimaryKeyConstraint("carrier_sid", name="pk_traffic_through"),
    )


def downgrade() -> None:
    op.drop_table("traffic_through")
    op.drop_table("traffic_hours")
