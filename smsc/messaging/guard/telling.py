"""Tells an account what its protection did: an alert beside those of its webhooks."""

from typing import Final

from smsc import sids
from smsc.db import Connection, storable


async def tell(
    connection: Connection, carrier_sid: str, account_sid: str, *, code: int, text: str
) -> None:
    """Leave an alert in the caller's transaction."""
    await connection.execute(
        _INSERT, sids.make(sids.Prefix.ALERT), carrier_sid, account_sid, code, storable(text)
    )


# About no request: there is none to show.
_INSERT: Final = """
INSERT INTO alerts (sid, carrier_sid, account_sid, resource_sid, error_code, log_level, alert_text,
                    request_method, request_url, request_variables)
VALUES ($1, $2, $3, $3, $4, 'error', $5, '', '', '')
"""
