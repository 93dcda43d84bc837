"""When runs of an account's messages were sent, and scheduled messages in the order of lists.

Revision: 0049, after 0048.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

_INDEX = "ix_messages_released"


def _sid(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _make_spans(table: str, first: sa.Column[Any], last: sa.Column[Any]) -> None:
    op.create_table(
        table,
        _sid("account_sid"),
        first,
        last,
        _sid("carrier_sid"),
        _moment("sent_from"),
        _moment("sent_until"),
        _moment("checked_at"),
        _moment("check_at", nullable=True),
        sa.PrimaryKeyConstraint("account_sid", first.name, name=f"pk_{table}"),
    )
    op.create_index(
        f"ix_{table}_check",
        table,
        ["check_at"],
        postgresql_where=sa.text("check_at IS NOT NULL"),
    )


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # First, and anew if it was interrupted: it leaves an index then that nobody may use.
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {_INDEX}")
        op.create_index(
            _INDEX,
            "messages",
            ["account_sid", "sid"],
            postgresql_where=sa.text("queued_at IS NOT NULL"),
            postgresql_concurrently=True,
        )
    _make_spans("sent_spans", _sid("first_sid"), _sid("last_sid"))
    _make_spans("released_spans", _moment("first_at"), _moment("last_at"))
    op.create_table(
        "sent_through",
        _sid("account_sid"),
        _sid("carrier_sid"),
        _moment("looked_at"),
        _moment("look_at"),
        sa.PrimaryKeyConstraint("account_sid", name="pk_sent_through"),
    )
    op.create_index("ix_sent_through_look", "sent_through", ["look_at"])


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(_INDEX, table_name="messages", postgresql_concurrently=True, if_exists=True)
    op.drop_table("sent_through")
    op.drop_table("released_spans")
    op.drop_table("sent_spans")
