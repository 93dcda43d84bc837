"""From where a Kannel login may be used, and when logins and SMPP credentials were used last.

Revision: 0041, after 0040.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

# A use is nobody's wish: the audit log leaves it out.
_AUDITED = (
    ("kannel_users", "Kannel login", "digest"),
    ("smpp_credentials", "SMPP credential", "password_hash"),
)


def _audit(restless: str) -> None:
    for table, kind, secret in _AUDITED:
        op.execute(f"DROP TRIGGER audited ON {table}")
        op.execute(
            f"CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION audit_change('{kind}', '{secret}', '{restless}')"
        )


def upgrade() -> None:
    op.add_column(
        "kannel_users",
        sa.Column("allowed_networks", ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
    for table, _, _ in _AUDITED:
        op.add_column(table, sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))
    _audit("last_used_at")


def downgrade() -> None:
    _audit("")
    for table, _, _ in _AUDITED:
        op.drop_column(table, "last_used_at")
    op.drop_column("kannel_users", "allowed_networks")
