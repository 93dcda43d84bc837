"""Self sign-up: what carriers offer, who has asked, accounts on trial; terms of new accounts.

Revision: 0046, after 0045.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def _sid(name: str, *keys: sa.ForeignKey, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), *keys, nullable=nullable)


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "sign_up_policies",
        _sid("carrier_sid", sa.ForeignKey("carriers.sid", name="fk_sign_up_policies_carrier_sid")),
        sa.Column("enabled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("messages_per_day", sa.Integer(), nullable=True),
        sa.Column("spend_per_month", sa.Numeric(12, 6), nullable=True),
        sa.Column("own_numbers_only", sa.Boolean(), server_default=sa.true(), nullable=False),
        _sid("verify_service_sid", nullable=True),
        sa.Column("text_prefix", sa.Text(), nullable=True),
        _now("created_at"),
        _now("updated_at"),
        sa.PrimaryKeyConstraint("carrier_sid", name=op.f("pk_sign_up_policies")),
    )
    op.create_table(
        "sign_ups",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        _sid("carrier_sid", sa.ForeignKey("carriers.sid", name="fk_sign_ups_carrier_sid")),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=True),
        _now("created_at"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sign_ups")),
    )
    op.create_index("ix_sign_ups_email", "sign_ups", ["carrier_sid", "email"])
    op.add_column("accounts", sa.Column("trial_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("accounts", sa.Column("only_recipients", ARRAY(sa.Text()), nullable=True))
    op.add_column("accounts", sa.Column("text_prefix", sa.Text(), nullable=True))
    for kept in ("texts", "numbers", "logs", "messages"):
        op.add_column("carriers", sa.Column(f"default_{kept}_days", sa.Integer(), nullable=True))
    op.execute(
        "CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON sign_up_policies "
        "FOR EACH ROW EXECUTE FUNCTION audit_change('sign-up policy', '', '')"
    )


def downgrade() -> None:
    for kept in ("texts", "numbers", "logs", "messages"):
        op.drop_column("carriers", f"default_{kept}_days")
    for column in ("text_prefix", "only_recipients", "trial_since"):
        op.drop_column("accounts", column)
    op.drop_table("sign_ups")
    op.drop_table("sign_up_policies")
