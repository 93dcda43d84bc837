"""Pages of an account's messages: newest first, filtered by addresses and the time of sending."""

from typing import Final

from smsc.db import Database
from smsc.messaging.reading import by_sending
from smsc.messaging.reading.queries import (
    COLUMNS,
    Cursor,
    MessageFilter,
    Page,
    adding,
    as_page,
    limit_to,
    order_of,
    page_of,
    require_sent,
)

WALKED: Final = 1000  # messages that a page looks at before it asks when others were sent


async def page(
    database: Database,
    account_sid: str,
    wanted: MessageFilter,
    *,
    limit: int,
    cursor: Cursor | None = None,
) -> Page:
    """Return `limit` of an account's messages at most, newest first.

    Pages follow sids, which never change: a walk sees each message once, whatever arrives.
    """
    statement, parameters = page_statement(account_sid, wanted, limit, cursor)
    if wanted.sent_from is None and wanted.sent_before is None:
        return await page_of(database, statement, parameters, limit, cursor)
    async with database.single() as connection:
        rows = await connection.fetch(statement, *parameters)
        if len(rows) <= limit:
            last = await connection.fetchval(*_last_walked(account_sid, wanted, cursor))
            if last is not None:
                beyond = Cursor(last, order_of(cursor) == "ASC")
                found = await by_sending.find(
                    connection, account_sid, wanted, beyond, limit + 1 - len(rows)
                )
                rows += await connection.fetch(_THESE[order_of(cursor)], account_sid, found)
    return await as_page(database, rows, limit, cursor)


def page_statement(
    account_sid: str, wanted: MessageFilter, limit: int, cursor: Cursor | None = None
) -> tuple[str, list[object]]:
    """Return what reads a page, by time of sending as far as `WALKED` messages reach.

    It names only the filters that are set, so that each combination gets the index it needs.
    """
    order = order_of(cursor)
    conditions, parameters = ["account_sid = $1"], list[object]([account_sid])
    limit_to(wanted, cursor, adding(conditions, parameters))
    table = f"messages WHERE {' AND '.join(conditions)}"
    sent: list[str] = []
    require_sent(wanted, adding(sent, parameters))
    if sent:
        table = (
            f"(SELECT * FROM {table} ORDER BY sid {order} LIMIT {WALKED}) "  # noqa: S608 constants and parameter numbers
            f"AS messages WHERE {' AND '.join(sent)}"
        )
    parameters.append(limit + 1)
    statement = f"SELECT {COLUMNS} FROM {table} ORDER BY sid {order} LIMIT ${len(parameters)}"  # noqa: S608 as above
    return statement, parameters


def _last_walked(
    account_sid: str, wanted: MessageFilter, cursor: Cursor | None
) -> tuple[object, ...]:
    """Return what reads the last SID that `page_statement` looks at, if it isn't the list's end."""
    conditions, parameters = ["account_sid = $1"], list[object]([account_sid])
    limit_to(wanted, cursor, adding(conditions, parameters))
    statement = (
        f"SELECT sid FROM messages WHERE {' AND '.join(conditions)} "  # noqa: S608 as above
        f"ORDER BY sid {order_of(cursor)} OFFSET {WALKED - 1} LIMIT 1"
    )
    return statement, *parameters


_THESE: Final = {
    order: f"SELECT {COLUMNS} FROM messages "  # noqa: S608 constants
    f"WHERE account_sid = $1 AND sid = ANY($2::text[]) ORDER BY sid {order}"
    for order in ("ASC", "DESC")
}
