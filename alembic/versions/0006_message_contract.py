"""What a message's accept may ask for: validity, service, action, idempotency, feedback.

Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("message_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        _now("created_at"),
        sa.PrimaryKeyConstraint("account_sid", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"])
    op.create_table(
        "message_deadlines",
        sa.Column("message_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("message_sid", name=op.f("pk_message_deadlines")),
    )
    op.create_index(op.f("ix_message_deadlines_expires_at"), "message_deadlines", ["expires_at"])
    op.create_table(
        "message_feedback",
        sa.Column("message_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        _now("created_at"),
        _now("updated_at"),
        sa.CheckConstraint(
            "outcome IN ('confirmed', 'unconfirmed')",
            name=op.f("ck_message_feedback_outcome_known"),
        ),
        sa.PrimaryKeyConstraint("message_sid", name=op.f("pk_message_feedback")),
    )
    op.add_column("messages", sa.Column("action_url", sa.Text(), nullable=True))
    op.add_column("messages", sa.Column("action_method", sa.Text(), nullable=True))
    op.add_column(
        "messages", sa.Column("messaging_service_sid", sa.Text(collation="C"), nullable=True)
    )
    op.add_column("messages", sa.Column("validity_seconds", sa.Integer(), nullable=True))
    op.add_column("messages", sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for name in (
        "queued_at",
        "validity_seconds",
        "messaging_service_sid",
        "action_method",
        "action_url",
    ):
        op.drop_column("messages", name)
    op.drop_table("message_feedback")
    op.drop_table("message_deadlines")
    op.drop_table("idempotency_keys")


def _now(name: str) -> "sa.Column[object]":
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )
