"""Types, places and applications of numbers; SIDs of short codes.

Revision: 0004, after 0003.
"""

from datetime import datetime

import phonenumbers
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "applications",
        sa.Column("sid", sa.Text(collation="C"), nullable=False),
        sa.Column("carrier_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("account_sid", sa.Text(collation="C"), nullable=False),
        sa.Column("friendly_name", sa.Text(), nullable=False),
        sa.Column("sms_url", sa.Text(), nullable=True),
        sa.Column("sms_method", sa.Text(), server_default=sa.text("'POST'"), nullable=False),
        sa.Column("sms_fallback_url", sa.Text(), nullable=True),
        sa.Column(
            "sms_fallback_method", sa.Text(), server_default=sa.text("'POST'"), nullable=False
        ),
        sa.Column("sms_status_callback", sa.Text(), nullable=True),
        sa.Column("message_status_callback", sa.Text(), nullable=True),
        _object("unused"),
        _moment("created_at"),
        _moment("updated_at"),
        sa.CheckConstraint(
            "sms_method IN ('GET', 'POST')", name=op.f("ck_applications_sms_method_known")
        ),
        sa.CheckConstraint(
            "sms_fallback_method IN ('GET', 'POST')",
            name=op.f("ck_applications_fallback_method_known"),
        ),
        sa.ForeignKeyConstraint(
            ["account_sid"], ["accounts.sid"], name=op.f("fk_applications_account_sid")
        ),
        sa.ForeignKeyConstraint(
            ["carrier_sid"], ["carriers.sid"], name=op.f("fk_applications_carrier_sid")
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_applications")),
    )
    op.create_index(
        op.f("ix_applications_account_sid"), "applications", ["account_sid"], unique=False
    )
    for column in (
        sa.Column("number_type", sa.Text(), server_default=sa.text("'local'"), nullable=False),
        sa.Column("iso_country", sa.Text(), nullable=True),
        _object("place"),
        sa.Column("sms_application_sid", sa.Text(collation="C"), nullable=True),
        sa.Column("status_callback", sa.Text(), nullable=True),
        sa.Column(
            "status_callback_method", sa.Text(), server_default=sa.text("'POST'"), nullable=False
        ),
        _object("unused"),
    ):
        op.add_column("phone_numbers", column)
    op.execute("UPDATE phone_numbers SET number_type = 'alphanumeric' WHERE kind = 'alphanumeric'")
    op.execute(
        "UPDATE phone_numbers SET number_type = 'shortcode', sid = 'SC' || substr(sid, 3) "
        "WHERE kind = 'short_code'"
    )
    _name_countries()
    op.create_check_constraint(
        op.f("ck_phone_numbers_number_type_known"),
        "phone_numbers",
        "number_type IN ('local', 'mobile', 'tollfree', 'shortcode', 'alphanumeric')",
    )
    op.create_foreign_key(
        op.f("fk_phone_numbers_sms_application_sid"),
        "phone_numbers",
        "applications",
        ["sms_application_sid"],
        ["sid"],
        ondelete="SET NULL",
    )
    op.create_index(
        op.f("ix_phone_numbers_sms_application_sid"), "phone_numbers", ["sms_application_sid"]
    )
    op.create_index(
        "ix_phone_numbers_for_sale",
        "phone_numbers",
        ["carrier_sid", "iso_country", "number_type", "phone_number"],
        postgresql_where=sa.text("account_sid IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_phone_numbers_for_sale", table_name="phone_numbers")
    op.execute("UPDATE phone_numbers SET sid = 'PN' || substr(sid, 3) WHERE kind = 'short_code'")
    for column in (
        *("unused", "status_callback_method", "status_callback", "sms_application_sid"),
        *("place", "iso_country", "number_type"),
    ):
        op.drop_column("phone_numbers", column)
    op.drop_table("applications")


def _name_countries() -> None:
    """Give numbers their country; what is mobile or toll free stays `local` until it is changed."""
    connection = op.get_bind()
    numbers = connection.execute(
        sa.text("SELECT sid, phone_number FROM phone_numbers WHERE kind = 'e164'")
    )
    for sid, number in numbers.fetchall():
        country = phonenumbers.region_code_for_number(phonenumbers.parse(number))
        connection.execute(
            sa.text("UPDATE phone_numbers SET iso_country = :country WHERE sid = :sid"),
            {"country": country, "sid": sid},
        )


def _object(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False)


def _moment(name: str) -> sa.Column[datetime]:
    now = sa.text("now()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)
