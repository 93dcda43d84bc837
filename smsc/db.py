"""The way to PostgreSQL: asyncpg for traffic, SQLModel's sessions for everything else."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from types import TracebackType
from typing import Final, Self, TypeAlias

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.kept_connections import KeptConnections
from smsc.sealing import Sealer
from smsc.settings import Settings
from smsc.tenancy import CONFINE, ROLE, TAKE_TURNS, Tenant, tenant
from smsc.vault import Vault

Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)

# Traffic statements join a few rows of `unnest` to big tables by key. The only good plan is a
# nested loop over the index, whatever the statistics of a table that was empty a minute ago say.
# In its order, too: a bitmap of all rows is dearer than the few that a LIMIT leaves of them.
TRAFFIC_PLANNER: Final = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "random_page_cost": "1",
    "jit": "off",
}
ENGINE: Final = "postgresql+asyncpg://"  # the dialect; connections are made by asyncpg
# What to answer with "try again": the server is away, full, stopping or failing over.
UNAVAILABLE: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.TooManyConnectionsError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.DiskFullError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.QueryCanceledError,
    asyncpg.InternalClientError,  # a pooled connection that has just read the server's last words
    ConnectionError,
    TimeoutError,
    OSError,
)
# What the server says of values or rows that it will not have, whenever they are offered.
REFUSED: Final = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, ValueError)


class TenantConnection(asyncpg.Connection):  # type: ignore[misc]  # its stubs say Any
    """A connection that has the role of tenants from its first moment, and shows one's rows."""

    whose: tuple[str, str] | None = None

    async def take_turn(self, settings: tuple[str, str]) -> None:
        """Show this tenant's rows: a round trip, unless it showed them before."""
        if self.whose != settings:
            self.whose = None  # whatever becomes of the statement
            await self.execute(TAKE_TURNS, *settings)
            self.whose = settings


class Database:
    """A pool of asyncpg connections for traffic, and an engine for sessions.

    What is confined to a tenant has a pool of its own: its connections need not be told their role.
    With PgBouncer in transaction mode (`SMSC_DATABASE_POOLER=transaction`) nothing outlives a
    transaction: no prepared statements, and planner settings and roles are `SET LOCAL` in each.
    """

    def __init__(
        self,
        pool: KeptConnections,
        confined: KeptConnections | None,
        apart: "asyncpg.Pool[asyncpg.Record]",
        engine: AsyncEngine,
        sealer: Sealer,
        *,
        pooled: bool,
        whose: Tenant | None = None,
    ) -> None:
        self._pool = pool
        self._confined = confined  # None: behind a pooler
        self._apart = apart
        self._engine = engine
        self._pooled = pooled
        self._whose = whose  # what its transactions may touch; None: all
        self.sealer = sealer  # what texts and octets pass on their way into rows and out of them
        self.has_wall = False  # whether `confined` can confine: a door says so, see `smsc.wall`

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        pooler: str = "none",
        size: int = 8,
        name: str = "smsc",
        vault: Vault | None = None,
        seals: bool = True,
    ) -> Self:
        """Open the pool; connections are made when first needed.

        Without a vault, texts are written plain, and sealed ones can't be read.

        Raises:
            OSError, asyncpg.PostgresError: the server can't be reached or refuses us.
        """
        pooled = pooler == "transaction"
        server_settings = {"application_name": name}
        # For what must be committed whatever becomes of the transaction that waits for it. At rest
        # it has no connection.
        apart = await asyncpg.create_pool(
            url,
            min_size=0,
            max_size=1,
            statement_cache_size=0,
            server_settings=server_settings,
            command_timeout=60,
            timeout=10,
            max_inactive_connection_lifetime=5,
        )
        sealer = Sealer(vault, apart.acquire, seals=seals)
        pools = partial(
            asyncpg.create_pool,
            url,
            max_size=size,
            statement_cache_size=0 if pooled else 256,
            command_timeout=60,
            timeout=10,
            max_inactive_connection_lifetime=300,
            reset=_keep_session if not pooled else None,
        )
        planned = server_settings if pooled else server_settings | TRAFFIC_PLANNER
        pool = await pools(
            min_size=1,
            server_settings=planned,
            connection_class=type("SealingConnection", (asyncpg.Connection,), {"sealer": sealer}),
        )
        confined = None
        if not pooled:
            confined = await pools(
                min_size=0,  # at rest, and where nobody asks, it has no connection
                server_settings=planned | {"role": ROLE},
                connection_class=type("Confined", (TenantConnection,), {"sealer": sealer}),
            )

        async def connection() -> "asyncpg.Connection[asyncpg.Record]":
            # By asyncpg, not by SQLAlchemy's reading of the URL, which knows no `sslmode`.
            return await asyncpg.connect(
                url,
                statement_cache_size=0 if pooled else 100,
                server_settings=server_settings,
                timeout=10,
            )

        if pooled:
            engine = create_async_engine(
                ENGINE, async_creator=connection, poolclass=NullPool, hide_parameters=True
            )
        else:
            engine = create_async_engine(
                ENGINE,
                async_creator=connection,
                pool_size=size,
                pool_pre_ping=True,
                hide_parameters=True,  # else an error quotes values, and a log the error
            )
        lent = None if confined is None else KeptConnections(confined)
        return cls(KeptConnections(pool), lent, apart, engine, sealer, pooled=pooled)

    @classmethod
    async def from_settings(cls, settings: Settings, *, size: int = 8, name: str = "smsc") -> Self:
        """Connect as the settings say."""
        url, _, secret_key = settings.require_servers()
        return await cls.connect(
            url,
            pooler=settings.database_pooler,
            size=size,
            name=name,
            vault=Vault(secret_key, settings.secret_key_old),
            seals=settings.encrypt_messages,
        )

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Connection]:
        """Run the block in one transaction, committed at its end."""
        async with self._acquire() as connection, connection.transaction():
            if self._pooled:
                await connection.execute(
                    "".join(
                        f"SET LOCAL {key} = '{value}';" for key, value in TRAFFIC_PLANNER.items()
                    )
                )
                if self._whose is not None:
                    await connection.execute(CONFINE, *self._whose.settings)
            yield connection

    def single(self) -> AbstractAsyncContextManager[Connection]:
        """Run the block's one statement in its own implicit transaction: one round trip."""
        return self.begin() if self._pooled else self._acquire()

    def _acquire(self) -> AbstractAsyncContextManager[Connection]:
        if self._whose is None or self._confined is None:
            return self._pool.lend()
        return _in_turn(self._confined, self._whose.settings)

    def session(self) -> AsyncSession:
        """Open a session for what is not traffic; the caller commits."""
        return AsyncSession(self._engine, expire_on_commit=False)

    def confined(self) -> "Database":
        """Return a view whose transactions touch what the request's tenant may, see `tenancy`.

        Where nobody has said whose the request is, or there is no wall, it is this database.
        """
        whose = tenant()
        if whose is None or not self.has_wall:
            return self
        return Database(
            self._pool,
            self._confined,
            self._apart,
            self._engine,
            self.sealer,
            pooled=self._pooled,
            whose=whose,
        )

    async def close(self) -> None:
        """Wait for what is running, then close every connection."""
        await self._pool.close()
        if self._confined is not None:
            await self._confined.close()
        await self._apart.close()
        await self._engine.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


@asynccontextmanager
async def _in_turn(pool: KeptConnections, settings: tuple[str, str]) -> AsyncIterator[Connection]:
    async with pool.lend() as connection:
        await connection.take_turn(settings)
        yield connection


def sealer_of(connection: Connection) -> Sealer:
    """Return what texts and octets pass on their way over a connection of a `Database`."""
    sealer: Sealer = connection.sealer  # of its class, see `connect`
    return sealer


async def _keep_session(connection: Connection) -> None:
    """Skip asyncpg's RESET ALL and friends: our sessions change nothing that must be undone."""


def storable(text: str) -> str:
    """Return text as PostgreSQL can store it: U+0000 and lone surrogates replaced by U+FFFD."""
    if text.isascii() and "\x00" not in text:
        return text
    return (
        text.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )
