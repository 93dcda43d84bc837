"""What accounts own under a name: applications, messaging services, Verify's services.

Each is made, read, listed, changed and deleted in the same way, and never out of its account.
"""

from collections.abc import Mapping
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import ColumnElement, Table, func
from sqlmodel import SQLModel, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.models import Application, MessagingService, VerifyService
from smsc.provisioning.listing import Place, Window, found, window

Row = TypeVar("Row", bound=SQLModel)


class Owned(Generic[Row]):
    """One kind of what accounts own; `values` are checked columns of it."""

    def __init__(self, model: type[Row], prefix: sids.Prefix) -> None:
        self._model = model
        self._prefix = prefix
        table: Table = model.__table__  # type: ignore[attr-defined]  # a table has it
        self._columns = table.c

    async def create(
        self, db: AsyncSession, carrier_sid: str, account_sid: str, values: Mapping[str, object]
    ) -> Row:
        """Make one."""
        made = self._model.model_validate(
            {
                "sid": sids.make(self._prefix),
                "carrier_sid": carrier_sid,
                "account_sid": account_sid,
                **values,
            }
        )
        db.add(made)
        await db.flush()
        return made

    async def get(self, db: AsyncSession, account_sid: str, sid: str) -> Row | None:
        """Return one of the account's."""
        statement = select(self._model).where(*self._is(account_sid, sid))
        return (await db.exec(statement)).first()

    async def page(
        self, db: AsyncSession, account_sid: str, place: Place, friendly_name: str | None = None
    ) -> Window[Row]:
        """Return the account's, newest first; of this name alone if so asked."""
        statement = select(self._model).where(self._columns.account_sid == account_sid)
        if friendly_name is not None:
            statement = statement.where(self._columns.friendly_name == friendly_name)
        return await window(db, statement, self._model, place)

    async def change(
        self,
        db: AsyncSession,
        account_sid: str,
        sid: str,
        values: Mapping[str, object],
        unused: Mapping[str, object] | None = None,
    ) -> Row:
        """Change one; `unused` is added to what is kept and never used.

        Raises:
            NotFound: the account has none of this SID.
        """
        kept: dict[str, Any] = (
            {} if unused is None else {"unused": self._columns.unused.op("||")(dict(unused))}
        )
        statement = (
            update(self._model)
            .where(*self._is(account_sid, sid))
            .values(**values, **kept, updated_at=func.now())
            .returning(self._model)
        )
        changed: Row = found((await db.exec(statement)).scalars().first(), sid)
        return changed

    async def remove(self, db: AsyncSession, account_sid: str, sid: str) -> None:
        """Delete one, with what stands below it; what refers to it does no longer.

        Raises:
            NotFound: the account has none of this SID.
        """
        statement = (
            delete(self._model).where(*self._is(account_sid, sid)).returning(self._columns.sid)
        )
        found((await db.exec(statement)).first(), sid)

    def _is(self, account_sid: str, sid: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return self._columns.sid == sid, self._columns.account_sid == account_sid


applications: Final = Owned(Application, sids.Prefix.APPLICATION)
messaging_services: Final = Owned(MessagingService, sids.Prefix.MESSAGING_SERVICE)
verify_services: Final = Owned(VerifyService, sids.Prefix.VERIFY_SERVICE)
