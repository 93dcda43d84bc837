"""Lists of messages as files, written by the clock.

Revision: 0022, after 0021.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sid = sa.Text(collation="C")
    now = sa.text("now()")
    op.create_table(
        "message_exports",
        sa.Column("sid", sid, nullable=False),
        sa.Column("carrier_sid", sid, nullable=False),
        sa.Column("user_sid", sid, nullable=True),
        sa.Column("account_sids", postgresql.ARRAY(sa.TEXT()), nullable=True),
        sa.Column(
            "asked",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("reached", sid, nullable=True),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('writing', 'done')", name=op.f("ck_message_exports_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_message_exports_carrier_sid")
        ),
        sa.ForeignKeyConstraint(
            ["user_sid"],
            ["users.sid"],
            name=op.f("fk_message_exports_user_sid"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_message_exports")),
    )
    op.create_index(op.f("ix_message_exports_user_sid"), "message_exports", ["user_sid"])
    op.create_index(op.f("ix_message_exports_expires_at"), "message_exports", ["expires_at"])
    op.create_index(
        "ix_message_exports_writing",
        "message_exports",
        ["sid"],
        postgresql_where=sa.text("state = 'writing'"),
    )
    op.create_table(
        "message_export_parts",
        sa.Column("export_sid", sid, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["export_sid"],
            ["message_exports.sid"],
            name=op.f("fk_message_export_parts_export_sid"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("export_sid", "number", name=op.f("pk_message_export_parts")),
    )


def downgrade() -> None:
    op.drop_table("message_export_parts")
    op.drop_table("message_exports")
