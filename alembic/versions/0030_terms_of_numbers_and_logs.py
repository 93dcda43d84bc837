"""How long accounts keep numbers and logs, and how long a carrier must keep what.

Revision: 0030, after 0029.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

DAYS = ("texts_days", "numbers_days", "logs_days", "messages_days")
_AUDIT_ACCOUNTS = """
CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON accounts FOR EACH ROW
EXECUTE FUNCTION audit_change('account',
  'auth_token_sealed,secondary_token_sealed,test_token_sealed', '{restless}')
"""


def upgrade() -> None:
    op.add_column("accounts", sa.Column("numbers_days", sa.Integer(), nullable=True))
    op.add_column("accounts", sa.Column("numbers_until", sa.Text(collation="C"), nullable=True))
    op.add_column("accounts", sa.Column("logs_days", sa.Integer(), nullable=True))
    op.add_column("accounts", sa.Column("logs_until", sa.Text(collation="C"), nullable=True))
    op.create_table(
        "retention_minimums",
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("iso_country", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in DAYS),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_retention_minimums_carrier_sid")
        ),
        sa.PrimaryKeyConstraint("carrier_sid", "iso_country", name=op.f("pk_retention_minimums")),
    )
    op.execute(
        "CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON retention_minimums "
        "FOR EACH ROW EXECUTE FUNCTION audit_change('retention minimum', '', '')"
    )
    # How far the clock has come is nobody's change.
    op.execute("DROP TRIGGER audited ON accounts")
    op.execute(_AUDIT_ACCOUNTS.format(restless="texts_until,numbers_until,logs_until"))
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_verifications_service")
        op.create_index(
            "ix_verifications_service",
            "verifications",
            ["service_sid", "created_at"],
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_index("ix_verifications_service", table_name="verifications")
    op.execute("DROP TRIGGER audited ON accounts")
    op.execute(_AUDIT_ACCOUNTS.format(restless="texts_until"))
    op.drop_table("retention_minimums")
    for name in ("logs_until", "logs_days", "numbers_until", "numbers_days"):
        op.drop_column("accounts", name)
