"""Tariffs, balances, the ledger; alerts by message.

Revision: 0008, after 0007.
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NEVER_CHANGED = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed: enter another one', TG_TABLE_NAME;
END
$$
"""


def upgrade() -> None:
    op.create_index(op.f("ix_alerts_resource_sid"), "alerts", ["resource_sid"], unique=False)
    op.add_column(
        "carriers",
        sa.Column("price_unit", sa.Text(), server_default=sa.text("'USD'"), nullable=False),
    )
    op.create_table(
        "tariffs",
        _sid("sid"),
        _sid("carrier_sid"),
        sa.Column("direction", sa.Text(), nullable=False),
        _sid("prefix"),
        _money("price"),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        _moment("created_at"),
        _moment("updated_at"),
        sa.CheckConstraint(
            "direction IN ('outbound', 'inbound')", name=op.f("ck_tariffs_direction_known")
        ),
        sa.CheckConstraint("prefix ~ '^[0-9]*$'", name=op.f("ck_tariffs_prefix_digits")),
        sa.CheckConstraint("price >= 0", name=op.f("ck_tariffs_price_not_negative")),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_tariffs_carrier_sid")
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_tariffs")),
        sa.UniqueConstraint(
            "carrier_sid",
            "direction",
            "prefix",
            name=op.f("uq_tariffs_carrier_sid_direction_prefix"),
        ),
    )
    op.create_table(
        "balances",
        _sid("account_sid"),
        _sid("carrier_sid"),
        sa.Column("balance", sa.Numeric(12, 6), server_default=sa.text("0"), nullable=False),
        sa.Column("floor", sa.Numeric(12, 6), nullable=True),
        _moment("updated_at"),
        sa.CheckConstraint(
            "floor IS NULL OR floor <= 0", name=op.f("ck_balances_floor_not_positive")
        ),
        sa.ForeignKeyConstraint(
            ["account_sid"], ["accounts.sid"], name=op.f("fk_balances_account_sid")
        ),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_balances_carrier_sid")
        ),
        sa.PrimaryKeyConstraint("account_sid", name=op.f("pk_balances")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "ledger",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _sid("carrier_sid"),
        _sid("account_sid"),
        _sid("payer_sid"),
        sa.Column("message_sid", sa.Text(collation="C"), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        _money("amount"),
        sa.Column("price_unit", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        _moment("created_at"),
        sa.CheckConstraint(
            "kind IN ('charge', 'reversal', 'credit')", name=op.f("ck_ledger_kind_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
    )
    op.create_index(
        "ix_ledger_message",
        "ledger",
        ["message_sid"],
        postgresql_where=sa.text("message_sid IS NOT NULL"),
    )
    op.create_index("ix_ledger_account", "ledger", ["account_sid", "created_at"])
    op.execute(_NEVER_CHANGED)
    op.execute(
        "CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "usage_of_deleted",
        _sid("account_sid"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        _sid("carrier_sid"),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account_sid", "day", "category", name=op.f("pk_usage_of_deleted")),
    )


def downgrade() -> None:
    for table in ("usage_of_deleted", "ledger", "balances", "tariffs"):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change()")
    op.drop_column("carriers", "price_unit")
    op.drop_index(op.f("ix_alerts_resource_sid"), table_name="alerts")


def _sid(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=False)


def _money(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Numeric(12, 6), nullable=False)


def _moment(name: str) -> sa.Column[datetime]:
    now = sa.text("now()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)
