"""Passkeys of people.

Revision: 0039, after 0038.
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def _sid(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "passkeys",
        _sid("sid"),
        _sid("carrier_sid"),
        _sid("user_sid"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_sid"], ["users.sid"], name=op.f("fk_passkeys_user_sid"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    op.create_index(op.f("ix_passkeys_user_sid"), "passkeys", ["user_sid"])
    op.execute(
        "CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON passkeys FOR EACH ROW EXECUTE "
        "FUNCTION audit_change('passkey', 'credential_id,public_key', 'sign_count,last_used_at')"
    )


def downgrade() -> None:
    op.drop_table("passkeys")
