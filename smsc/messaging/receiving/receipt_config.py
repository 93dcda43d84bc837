"""A connector's rules for its receipts, as its row has them."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from smsc.db import Connection
from smsc.sms import receipt_rules
from smsc.sms.receipt_errors import parse_receipt_errors
from smsc.sms.receipt_rules import ReceiptRules, Rollup


def rules_of(row: Mapping[str, Any]) -> ReceiptRules:
    """Return the rules that a row of `connectors` states."""
    rules = ReceiptRules(
        rollup=Rollup(row["receipt_rollup"]),
        errors=parse_receipt_errors(json.loads(row["receipt_errors"])),
        unmarked=row["unmarked_receipts"],
    )
    return receipt_rules.DEFAULT if rules == receipt_rules.DEFAULT else rules


async def read_rules(
    connection: Connection, connector_sids: Collection[str]
) -> dict[str, ReceiptRules]:
    """Return the rules of those of the connectors that exist."""
    rows = await connection.fetch(
        """
        SELECT sid, receipt_rollup, receipt_errors, unmarked_receipts
        FROM connectors WHERE sid = ANY($1::text[])
        """,
        list(connector_sids),
    )
    return {row["sid"]: rules_of(row) for row in rows}
