"""Runs the migrations on the connection that `smsc.migrate` hands over."""

from alembic import context

from smsc.models import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("Use `smsc migrate`: it connects, and lets one migrator in at a time.")

context.configure(
    connection=connection,
    target_metadata=metadata,
    compare_type=True,
    compare_server_default=True,
    transaction_per_migration=True,  # so that one may CREATE INDEX CONCURRENTLY
)
with context.begin_transaction():
    context.run_migrations()
