"""Second factors of people, by app, with recovery codes; carriers may require them.

Revision: 0037, after 0036.
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_AUDITED = (
    "CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON users "
    "FOR EACH ROW EXECUTE FUNCTION audit_change('person', '{}', '{}')"
)


def upgrade() -> None:
    op.add_column("users", sa.Column("totp_sealed", sa.Text(), nullable=True))
    op.add_column("users", sa.Column("totp_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "users", sa.Column("totp_step", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "carriers",
        sa.Column(
            "second_factor_required", sa.Boolean(), server_default=sa.false(), nullable=False
        ),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("user_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_sid"], ["users.sid"], name=op.f("fk_recovery_codes_user_sid"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_sid", "digest", name=op.f("pk_recovery_codes")),
    )
    op.execute("DROP TRIGGER audited ON users")
    op.execute(_AUDITED.format("password_hash,totp_sealed", "locale,time_zone,totp_step"))


def downgrade() -> None:
    op.execute("DROP TRIGGER audited ON users")
    op.execute(_AUDITED.format("password_hash", "locale,time_zone"))
    op.drop_table("recovery_codes")
    op.drop_column("carriers", "second_factor_required")
    for name in ("totp_step", "totp_at", "totp_sealed"):
        op.drop_column("users", name)
