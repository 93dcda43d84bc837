"""What carriers' own programs are told, by subscription.

Changes of accounts and numbers are told out of the audit log, so that no door forgets.

Revision: 0038, after 0037.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

# Enters an event if an active subscription of the carrier wants it. A SID is a UUIDv7's octets.
_TELL = r"""
CREATE FUNCTION tell_carrier(carrier text, account text, kind text, facts jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  fresh text := 'EZ' || lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
                || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14);
BEGIN
  IF NOT EXISTS (
    SELECT FROM event_subscriptions s
    WHERE s.carrier_sid = carrier AND s.state = 'active' AND kind = ANY (s.types)
      AND (s.account_sid IS NULL OR s.account_sid = account)
  ) THEN RETURN; END IF;
  INSERT INTO carrier_events (sid, carrier_sid, account_sid, type, data)
  VALUES (fresh, carrier, account, kind, facts);
  INSERT INTO event_deliveries (subscription_sid, event_sid, carrier_sid)
  SELECT s.sid, fresh, carrier FROM event_subscriptions s
  WHERE s.carrier_sid = carrier AND s.state = 'active' AND kind = ANY (s.types)
    AND (s.account_sid IS NULL OR s.account_sid = account);
END
$$
"""
_OF_CHANGE = r"""
CREATE FUNCTION tell_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  kind text;
  owner text := coalesce(NEW.account_sid, NEW.before ->> 'account_sid');
BEGIN
  IF NEW.carrier_sid IS NULL THEN RETURN NULL; END IF;
  IF NEW.subject_kind = 'account' THEN
    kind := CASE WHEN NEW.action = 'changed' AND NEW.after ->> 'status' = 'closed'
                 THEN 'account.closed'
                 WHEN NEW.action IN ('created', 'changed') THEN 'account.' || NEW.action END;
  ELSIF NEW.subject_kind = 'number' THEN
    kind := CASE WHEN NEW.action = 'created' AND NEW.account_sid IS NOT NULL THEN 'number.assigned'
                 WHEN NEW.action = 'removed' THEN 'number.removed'
                 WHEN NEW.action <> 'changed' OR NOT coalesce(NEW.after, '{}') ? 'account_sid'
                 THEN NULL
                 WHEN NEW.after ->> 'account_sid' IS NULL THEN 'number.released'
                 ELSE 'number.assigned' END;
  END IF;
  IF kind IS NOT NULL THEN
    PERFORM tell_carrier(
      NEW.carrier_sid, owner, kind,
      jsonb_build_object(
        'sid', NEW.subject_sid, 'name', NEW.subject_name, 'account_sid', owner, 'changed',
        coalesce((SELECT jsonb_agg(key ORDER BY key) FROM jsonb_object_keys(NEW.after) AS key
                  WHERE NEW.action = 'changed'), '[]')));
  END IF;
  RETURN NULL;
END
$$
"""


def _sid(name: str, *keys: sa.ForeignKey, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), *keys, nullable=nullable)


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "event_subscriptions",
        _sid("sid"),
        _sid(
            "carrier_sid", sa.ForeignKey("carriers.sid", name="fk_event_subscriptions_carrier_sid")
        ),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("types", ARRAY(sa.Text()), server_default="{}", nullable=False),
        _sid(
            "account_sid",
            sa.ForeignKey("accounts.sid", name="fk_event_subscriptions_account_sid"),
            nullable=True,
        ),
        sa.Column("wants_messages", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("secret_sealed", sa.Text(), nullable=False),
        sa.Column("old_secret_sealed", sa.Text(), nullable=True),
        sa.Column("old_signs_until", sa.DateTime(timezone=True), nullable=True),
        _now("created_at"),
        _now("updated_at"),
        sa.PrimaryKeyConstraint("sid", name="pk_event_subscriptions"),
        sa.CheckConstraint(
            "state IN ('active', 'disabled')", name=op.f("ck_event_subscriptions_state_known")
        ),
    )
    op.create_index("ix_event_subscriptions_carrier_sid", "event_subscriptions", ["carrier_sid"])
    op.create_index(
        "ix_event_subscriptions_messages",
        "event_subscriptions",
        ["carrier_sid"],
        postgresql_where=sa.text("wants_messages AND state = 'active'"),
    )
    op.create_table(
        "carrier_events",
        _sid("sid"),
        _sid("carrier_sid"),
        _sid("account_sid", nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        _sid("message_sid", nullable=True),
        sa.Column("data", JSONB(), server_default="{}", nullable=False),
        _now("created_at"),
        sa.PrimaryKeyConstraint("sid", name="pk_carrier_events"),
    )
    op.create_table(
        "event_deliveries",
        _sid(
            "subscription_sid",
            sa.ForeignKey(
                "event_subscriptions.sid",
                name="fk_event_deliveries_subscription_sid",
                ondelete="CASCADE",
            ),
        ),
        _sid(
            "event_sid",
            sa.ForeignKey(
                "carrier_events.sid", name="fk_event_deliveries_event_sid", ondelete="CASCADE"
            ),
        ),
        _sid("carrier_sid"),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column(
            "due_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=True
        ),
        sa.PrimaryKeyConstraint("subscription_sid", "event_sid", name="pk_event_deliveries"),
        sa.CheckConstraint(
            "state IN ('waiting', 'delivered', 'failed')",
            name=op.f("ck_event_deliveries_state_known"),
        ),
    )
    op.create_index("ix_event_deliveries_event_sid", "event_deliveries", ["event_sid"])
    op.create_index(
        "ix_event_deliveries_due",
        "event_deliveries",
        ["due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "event_attempts",
        _sid(
            "event_sid",
            sa.ForeignKey(
                "carrier_events.sid", name="fk_event_attempts_event_sid", ondelete="CASCADE"
            ),
        ),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _sid("subscription_sid"),
        _sid("carrier_sid"),
        sa.Column("url", sa.Text(), nullable=False),
        _now("at"),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("http_status", sa.SmallInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("event_sid", "seq", name="pk_event_attempts"),
    )
    op.create_table(
        "connector_states",
        _sid(
            "connector_sid",
            sa.ForeignKey(
                "connectors.sid", name="fk_connector_states_connector_sid", ondelete="CASCADE"
            ),
        ),
        _sid("carrier_sid"),
        sa.Column("state", sa.Text(), nullable=False),
        _now("since"),
        sa.Column("told", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("connector_sid", name="pk_connector_states"),
        sa.CheckConstraint(
            "state IN ('up', 'down', 'resting')", name=op.f("ck_connector_states_state_known")
        ),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "channel_notices",
        _sid(
            "channel_sid",
            sa.ForeignKey(
                "channels.sid", name="fk_channel_notices_channel_sid", ondelete="CASCADE"
            ),
        ),
        sa.Column("period", sa.Text(), nullable=False),
        _sid("carrier_sid"),
        sa.Column("starts_on", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("channel_sid", "period", name="pk_channel_notices"),
    )
    op.execute(_TELL)
    op.execute(_OF_CHANGE)
    op.execute(
        "CREATE TRIGGER told AFTER INSERT ON audit_entries "
        "FOR EACH ROW EXECUTE FUNCTION tell_change()"
    )
    op.execute(
        "CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON event_subscriptions "
        "FOR EACH ROW EXECUTE FUNCTION audit_change("
        "'event subscription', 'secret_sealed,old_secret_sealed', 'wants_messages')"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER told ON audit_entries")
    for table in (
        *("channel_notices", "connector_states", "event_attempts", "event_deliveries"),
        *("carrier_events", "event_subscriptions"),
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION tell_change()")
    op.execute("DROP FUNCTION tell_carrier(text, text, text, jsonb)")
