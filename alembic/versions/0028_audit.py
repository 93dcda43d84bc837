"""The audit log: who changed what, from what to what, from where.

A trigger writes it, so that no change gets in by a door that forgot. Who acts is what the
transaction says in `smsc.actor`; without it the system itself does.

Revision: 0028, after 0027.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

# Arguments of the trigger: what the row is; columns whose values are secret; columns that change
# without anybody's wish. A URL may carry a password.
_FUNCTION = r"""
CREATE FUNCTION audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  actor jsonb := coalesce(nullif(current_setting('smsc.actor', true), '')::jsonb, '{}');
  secret text[] := string_to_array(TG_ARGV[1], ',');
  restless text[] := string_to_array(TG_ARGV[2], ',') || '{created_at,updated_at}';
  was jsonb := '{}';
  became jsonb := '{}';
  both_rows jsonb;
  before jsonb;
  after jsonb;
BEGIN
  IF TG_OP <> 'INSERT' THEN was := to_jsonb(OLD) - restless; END IF;
  IF TG_OP <> 'DELETE' THEN became := to_jsonb(NEW) - restless; END IF;
  IF was = became THEN RETURN NULL; END IF;
  both_rows := was || jsonb_strip_nulls(became);
  SELECT jsonb_object_agg(key, CASE WHEN key = ANY (secret) AND value <> 'null' THEN '"…"'
                                    ELSE value END)
    INTO before FROM jsonb_each(was) WHERE became -> key IS DISTINCT FROM value;
  SELECT jsonb_object_agg(key, CASE WHEN key = ANY (secret) AND value <> 'null' THEN '"…"'
                                    ELSE value END)
    INTO after FROM jsonb_each(became) WHERE was -> key IS DISTINCT FROM value;
  INSERT INTO audit_entries (carrier_sid, account_sid, actor_kind, actor_sid, actor_name, origin,
                             action, subject_kind, subject_sid, subject_name, before, after)
  VALUES (
    both_rows ->> CASE TG_TABLE_NAME WHEN 'carriers' THEN 'sid' ELSE 'carrier_sid' END,
    both_rows ->> CASE TG_TABLE_NAME WHEN 'accounts' THEN 'sid' ELSE 'account_sid' END,
    coalesce(actor ->> 'kind', 'system'), actor ->> 'sid', coalesce(actor ->> 'name', ''),
    coalesce(actor ->> 'origin', ''),
    CASE TG_OP WHEN 'INSERT' THEN 'created' WHEN 'UPDATE' THEN 'changed' ELSE 'removed' END,
    TG_ARGV[0],
    coalesce(both_rows ->> 'sid', both_rows ->> 'iso_country', both_rows ->> 'account_sid'),
    coalesce(nullif(both_rows ->> 'friendly_name', ''), nullif(both_rows ->> 'name', ''),
             both_rows ->> 'email', both_rows ->> 'phone_number', both_rows ->> 'system_id',
             both_rows ->> 'username', both_rows ->> 'alpha_sender', both_rows ->> 'prefix', ''),
    regexp_replace(before::text, '://[^/@"[:space:]]+@', '://…@', 'g')::jsonb,
    regexp_replace(after::text, '://[^/@"[:space:]]+@', '://…@', 'g')::jsonb
  );
  RETURN NULL;
END
$$
"""

# table, what it is, secret columns, restless columns
_AUDITED = (
    ("accounts", "account", "auth_token_sealed,secondary_token_sealed,test_token_sealed",
     "texts_until"),
    ("alpha_senders", "sender ID", "", ""),
    ("api_keys", "API key", "digest", "last_used_at"),
    ("applications", "application", "", ""),
    ("carrier_keys", "carrier key", "digest", "last_used_at"),
    ("carriers", "carrier", "", ""),
    ("channels", "channel", "", ""),
    ("connectors", "connector", "password_sealed,outbind_password_sealed,tls_key_sealed",
     "traced_until,lent_until"),
    ("kannel_users", "Kannel login", "digest", ""),
    ("memberships", "membership", "", ""),
    ("messaging_services", "messaging service", "", ""),
    ("phone_numbers", "number", "", ""),
    ("routes", "route", "", ""),
    ("sender_id_countries", "sender ID rule", "", ""),
    ("smpp_credentials", "SMPP credential", "password_hash", ""),
    ("tariffs", "price", "", ""),
    ("users", "person", "password_hash", "locale,time_zone"),
    ("verify_services", "Verify service", "", ""),
)  # fmt: skip


def _sid(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=nullable)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _sid("carrier_sid"),
        _sid("account_sid", nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        _text("actor_kind"),
        _sid("actor_sid", nullable=True),
        _text("actor_name"),
        _text("origin"),
        _text("action"),
        _text("subject_kind"),
        _sid("subject_sid", nullable=True),
        _text("subject_name"),
        sa.Column("before", JSONB(), nullable=True),
        sa.Column("after", JSONB(), nullable=True),
        sa.CheckConstraint(
            "actor_kind IN ('person', 'carrier_key', 'account', 'command', 'system')",
            name=op.f("ck_audit_entries_actor_kind_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_carrier", "audit_entries", ["carrier_sid", "id"])
    op.create_index("ix_audit_entries_account", "audit_entries", ["account_sid", "id"])
    op.execute(
        "CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(_FUNCTION)
    for table, kind, secret, restless in _AUDITED:
        op.execute(
            f"CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION audit_change('{kind}', '{secret}', '{restless}')"
        )
    # Of what traffic writes too, only what people ask for.
    op.execute(
        "CREATE TRIGGER audited AFTER UPDATE OF floor ON balances "
        "FOR EACH ROW EXECUTE FUNCTION audit_change('balance', '', 'balance')"
    )
    op.execute(
        "CREATE TRIGGER audited_first AFTER INSERT ON balances FOR EACH ROW "
        "WHEN (NEW.floor IS NOT NULL) EXECUTE FUNCTION audit_change('balance', '', 'balance')"
    )
    op.execute(
        "CREATE TRIGGER audited AFTER INSERT ON ledger FOR EACH ROW WHEN (NEW.kind = 'credit') "
        "EXECUTE FUNCTION audit_change('credit', '', 'id,message_sid,category')"
    )
    op.execute(
        "CREATE TRIGGER audited AFTER INSERT ON probes FOR EACH ROW "
        "EXECUTE FUNCTION audit_change('probe', 'asked', 'state,report')"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER audited_first ON balances")
    for table in ("probes", "ledger", "balances", *(row[0] for row in reversed(_AUDITED))):
        op.execute(f"DROP TRIGGER audited ON {table}")
    op.execute("DROP FUNCTION audit_change()")
    op.drop_table("audit_entries")
