"""A carrier's own rules for alphanumeric sender IDs, by country.

Revision: 0023, after 0022.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sender_id_countries",
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("iso_country", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "rule IN ('shown', 'replaced', 'refused')",
            name=op.f("ck_sender_id_countries_rule_known"),
        ),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_sender_id_countries_carrier_sid")
        ),
        sa.PrimaryKeyConstraint("carrier_sid", "iso_country", name=op.f("pk_sender_id_countries")),
    )


def downgrade() -> None:
    op.drop_table("sender_id_countries")
