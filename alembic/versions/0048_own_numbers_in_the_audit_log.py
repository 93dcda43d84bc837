"""Keep handsets' numbers out of the audit log: entries are never changed, so none could be erased.

The numbers that an account on trial may write to came with the accounts' triggers.
"""

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_TOKENS = "auth_token_sealed,secondary_token_sealed,test_token_sealed"
_AUDIT_ACCOUNTS = """
CREATE OR REPLACE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON accounts FOR EACH ROW
EXECUTE FUNCTION audit_change('account', '{secret}', 'texts_until,numbers_until,logs_until')
"""


def upgrade() -> None:
    op.execute(_AUDIT_ACCOUNTS.format(secret=f"{_TOKENS},only_recipients"))


def downgrade() -> None:
    op.execute(_AUDIT_ACCOUNTS.format(secret=_TOKENS))
