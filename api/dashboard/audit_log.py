"""The audit log: who changed what, as a list with filters and as a CSV file."""

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.dashboard.forms import day_in, number_in
from api.dashboard.rendering import render, zone_of
from api.dashboard.visitors import Visitor
from api.deps import services
from smsc.db import Database
from smsc.models import AuditEntry
from smsc.provisioning import audit_log
from smsc.provisioning.audit_log import Wanted
from smsc.provisioning.names import names_of
from smsc.provisioning.transaction import reading

# What the list can be narrowed to; what is added there by a migration is a word here.
KINDS: Final = (
    *(
        "account",
        "API key",
        "application",
        "balance",
        "carrier",
        "carrier key",
        "channel",
        "domain",
    ),
    *(
        "connector",
        "credit",
        "export",
        "handset",
        "Kannel login",
        "membership",
        "message",
    ),
    *("messaging service", "number", "opt-out", "person", "price", "probe", "route", "sender ID"),
    *("sender ID rule", "session", "SMPP credential", "Verify service", "webhook endpoint"),
    *("webhooks", "invitation", "password link", "recovery code", "passkey"),
)
FILTERS: Final = ("actor", "subject", "account", "since", "until")
_ROWS: Final = 50
_ROWS_OF_CSV: Final = 1000  # of one SELECT
_MOST_OF_CSV: Final = 100  # SELECTs of one file
_LONGEST_VALUE: Final = 120
_COLUMNS: Final = (
    *("at", "actor_kind", "actor_sid", "actor_name", "origin", "action"),
    *("subject_kind", "subject_sid", "subject_name", "account_sid", "before", "after"),
)
# A spreadsheet would take these for the beginning of a formula; a stranger may have chosen a name.
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Turn:
    """One field that a change touched; None: it had, or has, no value."""

    name: str
    was: str | None
    became: str | None


async def show(request: Request, visitor: Visitor) -> Response:
    """Show a page of the list: of the carrier, or of the accounts that the reader keeps.

    Raises:
        BadParameter: a filter can't be read.
    """
    asked = _asked(request.query_params)
    async with reading(services(request).database) as db:
        names = await names_of(db, visitor.reach)
        page = await audit_log.page(
            db,
            visitor.reach.carrier_sid,
            _wanted(asked, visitor),
            limit=_ROWS,
            account_sids=visitor.reach.kept_account_sids,
            before=number_in(request.query_params, "before"),
        )
    kept = {name: value for name, value in asked.items() if value}
    return render(
        "audit_log.html",
        visitor,
        entries=[(entry, turns(entry)) for entry in page.items],
        asked=asked,
        names=names,
        older=page.after and f"/audit-log?{urlencode(kept | {'before': page.after})}",
        kinds=KINDS,
        csv=f"/audit-log/csv?{urlencode(kept)}",
    )


async def give_csv(request: Request, visitor: Visitor) -> Response:
    """Return what the filters fit as a file, newest first.

    Raises:
        BadParameter: a filter can't be read.
    """
    wanted = _wanted(_asked(request.query_params), visitor)
    headers = {"Content-Disposition": 'attachment; filename="audit-log.csv"'}
    return StreamingResponse(
        _lines(services(request).confined, visitor, wanted),
        media_type="text/csv; charset=utf-8",
        headers=headers,
    )


def turns(entry: AuditEntry) -> list[Turn]:
    """Return what an entry says field by field, in the order of the names."""
    before, after = entry.before or {}, entry.after or {}
    names = sorted({*before, *after} - {"sid", "carrier_sid"})
    found = [Turn(name, _said(before, name), _said(after, name)) for name in names]
    return [turn for turn in found if (turn.was, turn.became) != (None, None)]


def _said(values: Mapping[str, object], name: str) -> str | None:
    value = values.get(name)
    if value is None or value in ("", [], {}):
        return None
    said = value if isinstance(value, str) else orjson.dumps(value).decode()
    return said if len(said) <= _LONGEST_VALUE else said[:_LONGEST_VALUE] + "…"


def _asked(query: Mapping[str, str]) -> dict[str, str]:
    return {name: query.get(name, "").strip() for name in FILTERS}


def _wanted(asked: Mapping[str, str], visitor: Visitor) -> Wanted:
    zone = zone_of(visitor)
    until = day_in(asked["until"], zone)
    return Wanted(
        account_sid=asked["account"] or None,
        actor=asked["actor"] or None,
        subject=asked["subject"] or None,
        since=day_in(asked["since"], zone),
        until=None if until is None else until + timedelta(days=1),
    )


async def _lines(database: Database, visitor: Visitor, wanted: Wanted) -> AsyncIterator[str]:
    yield ",".join(_COLUMNS) + "\r\n"
    before: int | None = None
    for _ in range(_MOST_OF_CSV):
        async with reading(database) as db:
            page = await audit_log.page(
                db,
                visitor.reach.carrier_sid,
                wanted,
                limit=_ROWS_OF_CSV,
                account_sids=visitor.reach.kept_account_sids,
                before=before,
            )
        yield _written(page.items)
        if page.after is None:
            return
        before = int(page.after)


def _written(entries: Sequence[AuditEntry]) -> str:
    written = io.StringIO()
    writer = csv.writer(written)
    for entry in entries:
        values = entry.model_dump() | {"at": entry.at.isoformat()}
        writer.writerow(_cell(values[name]) for name in _COLUMNS)
    return written.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    said = value if isinstance(value, str) else orjson.dumps(value).decode()
    return f"'{said}" if said.startswith(_FORMULAS) else said
