"""When a carrier's people want to be told, what they were told, and the rates that it needs.

Revision: 0040, after 0039.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def _sid(name: str, *keys: sa.ForeignKey) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), *keys, nullable=False)


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "alert_rules",
        _sid("sid"),
        _sid("carrier_sid", sa.ForeignKey("carriers.sid", name="fk_alert_rules_carrier_sid")),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("per", sa.Text(), server_default="connector", nullable=False),
        sa.Column("drop", sa.Integer(), server_default="20", nullable=False),
        sa.Column("least", sa.Integer(), server_default="50", nullable=False),
        sa.Column("emails", ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.true(), nullable=False),
        _now("created_at"),
        _now("updated_at"),
        sa.PrimaryKeyConstraint("sid", name="pk_alert_rules"),
        sa.CheckConstraint(
            "kind IN ('connector_down', 'delivery_rate')", name=op.f("ck_alert_rules_kind_known")
        ),
        sa.CheckConstraint(
            "per IN ('carrier', 'connector', 'country')", name=op.f("ck_alert_rules_per_known")
        ),
    )
    op.create_index("ix_alert_rules_carrier_sid", "alert_rules", ["carrier_sid"])
    op.create_table(
        "incidents",
        _sid("sid"),
        _sid("carrier_sid"),
        _sid(
            "rule_sid",
            sa.ForeignKey("alert_rules.sid", name="fk_incidents_rule_sid", ondelete="CASCADE"),
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        _sid("subject"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("facts", JSONB(), server_default="{}", nullable=False),
        _now("began_at"),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("sid", name="pk_incidents"),
    )
    op.create_index(
        "uq_incidents_open",
        "incidents",
        ["rule_sid", "subject"],
        unique=True,
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_index("ix_incidents_carrier", "incidents", ["carrier_sid", "sid"])
    op.create_table(
        "delivery_buckets",
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        _sid("carrier_sid"),
        _sid("connector_sid"),
        _sid("iso_country"),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "begins_at", "carrier_sid", "connector_sid", "iso_country", name="pk_delivery_buckets"
        ),
    )
    op.execute(
        "CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON alert_rules "
        "FOR EACH ROW EXECUTE FUNCTION audit_change('alert rule', '', '')"
    )


def downgrade() -> None:
    for table in ("delivery_buckets", "incidents", "alert_rules"):
        op.drop_table(table)
