"""What a carrier has read and looks like, its hosts, and who runs the platform.

Revision: 0036, after 0035.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_RUNNERS = ("users", "carrier_keys")


def upgrade() -> None:
    op.add_column("carriers", sa.Column("lawful_use_at", sa.DateTime(timezone=True), nullable=True))
    for name in ("brand_name", "brand_color", "logo_version"):
        op.add_column("carriers", sa.Column(name, sa.Text(), nullable=True))
    op.create_table(
        "carrier_logos",
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["carrier_sid"],
            ["carriers.sid"],
            name=op.f("fk_carrier_logos_carrier_sid"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("carrier_sid", name=op.f("pk_carrier_logos")),
    )
    op.create_table(
        "carrier_domains",
        sa.Column("host", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_carrier_domains_carrier_sid")
        ),
        sa.PrimaryKeyConstraint("carrier_sid", "host", name=op.f("pk_carrier_domains")),
    )
    # Many may claim a host; one has it.
    op.create_index(
        "uq_carrier_domains_verified",
        "carrier_domains",
        ["host"],
        unique=True,
        postgresql_where=sa.text("verified_at IS NOT NULL"),
    )
    op.execute(
        "CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON carrier_domains "
        "FOR EACH ROW EXECUTE FUNCTION audit_change('domain', '', '')"
    )
    for table in _RUNNERS:
        op.add_column(
            table,
            sa.Column("runs_platform", sa.Boolean(), server_default=sa.false(), nullable=False),
        )


def downgrade() -> None:
    for table in _RUNNERS:
        op.drop_column(table, "runs_platform")
    op.drop_table("carrier_domains")
    op.drop_table("carrier_logos")
    for name in ("logo_version", "brand_color", "brand_name", "lawful_use_at"):
        op.drop_column("carriers", name)
