"""Carriers' OpenID Connect providers, and sign-ins by them that came back.

Revision: 0044, after 0043.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def _sid(name: str, *keys: sa.ForeignKey) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), *keys, nullable=False)


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)


def _words(name: str) -> sa.Column[list[str]]:
    return sa.Column(name, ARRAY(sa.Text()), server_default="{}", nullable=False)


def upgrade() -> None:
    op.create_table(
        "identity_providers",
        _sid("sid"),
        _sid(
            "carrier_sid", sa.ForeignKey("carriers.sid", name="fk_identity_providers_carrier_sid")
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("client_secret_sealed", sa.Text(), nullable=True),
        _words("scopes"),
        _words("allowed_domains"),
        sa.Column("bound", sa.Text(), server_default="nobody", nullable=False),
        sa.Column("asks_factor", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.true(), nullable=False),
        _now("created_at"),
        _now("updated_at"),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_identity_providers")),
        sa.UniqueConstraint("carrier_sid", name=op.f("uq_identity_providers_carrier_sid")),
        sa.CheckConstraint(
            "bound IN ('nobody', 'staff', 'everybody')",
            name=op.f("ck_identity_providers_bound_known"),
        ),
    )
    op.create_table(
        "spent_states",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        _sid("carrier_sid"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_spent_states")),
    )
    op.execute(
        "CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON identity_providers "
        "FOR EACH ROW EXECUTE FUNCTION "
        "audit_change('identity provider', 'client_secret_sealed', '')"
    )


def downgrade() -> None:
    op.drop_table("spent_states")
    op.drop_table("identity_providers")
