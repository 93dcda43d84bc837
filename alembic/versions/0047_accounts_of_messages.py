"""Let the planner know that accounts are many, also where one has nearly all the messages.

Statements by account are planned without knowing which. Where the sample that ANALYZE takes shows
one account, the planner took every message for one of any account's, and walked `pk_messages` back
in search of those of an account that has none: all of them. Its next ANALYZE heeds this.
"""

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

# Each has an index by SID or number, and one by account before that.
_TABLES = ("messages", "alerts", "api_requests")
_ACCOUNTS = 200  # what PostgreSQL itself assumes of a column that it knows nothing of


def upgrade() -> None:
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN account_sid SET (n_distinct = {_ACCOUNTS})")


def downgrade() -> None:
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN account_sid RESET (n_distinct)")
