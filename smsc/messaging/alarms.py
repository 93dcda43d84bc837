"""Raises what rules say is wrong, once, and resolves it: told by mail and by event webhook."""

from collections.abc import Sequence
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.db import Database
from smsc.languages import speaking
from smsc.messaging import alarm_letters
from smsc.provisioning import event_subscriptions, mails, users
from smsc.provisioning.event_subscriptions import EventType
from smsc.vault import Vault


async def has_rules(database: Database) -> bool:
    """Say whether any carrier has a rule; without one there is nothing to count or to resolve."""
    async with database.single() as connection:
        return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM alert_rules)"))


async def evaluate(database: Database, vault: Vault) -> int:
    """Raise and resolve in one transaction with the mails and events; return how many.

    One incident of a rule and its subject is open at a time, and none is raised within the rule's
    own minutes after one was resolved: who is woken is woken once.
    """
    count = 0
    async with database.session() as db:
        connection = await db.connection()
        for statement in (_DOWN, _FALLEN):
            for row in (await connection.execute(text(statement))).mappings().all():
                count += await _raise(db, vault, dict(row))
        for statement in (_UP, _RISEN):
            rows = (await connection.execute(text(statement))).mappings().all()
            for row in rows:
                await _tell(db, vault, dict(row), resolved=True)
            count += len(rows)
        await db.commit()
    return count


async def _raise(db: AsyncSession, vault: Vault, row: dict[str, Any]) -> int:
    connection = await db.connection()
    values = {
        name: row[name] for name in ("rule_sid", "carrier_sid", "kind", "subject", "name")
    } | {"sid": sids.make(sids.Prefix.INCIDENT), "facts": orjson.dumps(_facts(row)).decode()}
    raised = (await connection.execute(text(_RAISE), values)).first()
    if raised is None:  # by another clock
        return 0
    await _tell(db, vault, row | {"sid": values["sid"]}, resolved=False)
    return 1


async def _tell(db: AsyncSession, vault: Vault, row: dict[str, Any], *, resolved: bool) -> None:
    with speaking("en"):
        title = alarm_letters.title(row["kind"], row["name"], resolved=resolved)
    kind = EventType.ALERT_RESOLVED if resolved else EventType.ALERT_RAISED
    data = {
        "sid": row["sid"],
        "rule_sid": row["rule_sid"],
        "rule": row["rule"],
        "kind": row["kind"],
        "subject": row["subject"] or None,
        "name": row["name"],
        "title": title,
        **_facts(row),
    }
    encoded = orjson.dumps(data).decode()
    await event_subscriptions.tell(db, row["carrier_sid"], kind, encoded)
    emails: Sequence[str] = row["emails"]
    languages = await users.languages_of(db, row["carrier_sid"], emails)
    for email in emails:
        language = languages.get(email, "en")
        letter = alarm_letters.letter(email, language, row, resolved=resolved)
        await mails.put(db, vault, row["carrier_sid"], letter)


def _facts(row: dict[str, Any]) -> dict[str, object]:
    return {
        name: row[name]
        for name in ("reason", "minutes", "rate", "past_rate", "messages")
        if row.get(name) is not None
    }


_RAISE: Final = """
INSERT INTO incidents (sid, carrier_sid, rule_sid, kind, subject, name, facts)
VALUES (:sid, :carrier_sid, :rule_sid, :kind, :subject, :name, CAST(:facts AS jsonb))
ON CONFLICT (rule_sid, subject) WHERE resolved_at IS NULL DO NOTHING RETURNING sid
"""
# Of a rule and its subject nothing is open, and nothing was resolved just now.
_IS_NEW: Final = """
NOT EXISTS (
  SELECT FROM incidents i WHERE i.rule_sid = r.sid AND i.subject = {subject}
    AND (i.resolved_at IS NULL OR i.resolved_at > now() - make_interval(mins => r.minutes)))
"""
_DOWN: Final = f"""
SELECT r.sid AS rule_sid, r.name AS rule, r.carrier_sid, r.kind, r.emails, r.minutes,
       s.connector_sid AS subject, c.name, l.reason
FROM alert_rules r
JOIN connector_states s ON s.carrier_sid = r.carrier_sid AND s.state = 'down'
 AND s.since < now() - make_interval(mins => r.minutes)
JOIN connectors c ON c.sid = s.connector_sid
JOIN connector_leases l ON l.connector_sid = s.connector_sid
WHERE r.kind = 'connector_down' AND r.enabled AND {_IS_NEW.format(subject="s.connector_sid")}
ORDER BY r.sid, subject LIMIT 200
"""  # noqa: S608 built of the constants above
# A connector that is paused, or gone, is nobody's trouble any more.
_UP: Final = """
UPDATE incidents i SET resolved_at = now()
FROM alert_rules r
WHERE r.sid = i.rule_sid AND i.resolved_at IS NULL AND i.kind = 'connector_down'
  AND NOT EXISTS (
    SELECT FROM connector_states s WHERE s.connector_sid = i.subject AND s.state = 'down')
RETURNING i.sid, i.rule_sid, r.name AS rule, i.carrier_sid, i.kind, i.subject, i.name, r.emails,
          r.minutes
"""
_RATES: Final = """
WITH counted AS (
  SELECT r.sid AS rule_sid, r.name AS rule, r.carrier_sid, r.kind, r.emails, r.minutes, r.drop,
         r.least,
         CASE r.per WHEN 'connector' THEN b.connector_sid WHEN 'country' THEN b.iso_country
                    ELSE '' END AS subject,
         sum(b.sent) FILTER (WHERE b.begins_at >= e.edge) AS sent,
         sum(b.delivered) FILTER (WHERE b.begins_at >= e.edge) AS delivered,
         sum(b.sent) FILTER (WHERE b.begins_at < e.edge) AS past_sent,
         sum(b.delivered) FILTER (WHERE b.begins_at < e.edge) AS past_delivered
  FROM alert_rules r
  CROSS JOIN LATERAL (
    SELECT max(begins_at) + interval '10 minutes'
           - make_interval(mins => greatest(r.minutes, 10)) AS edge
    FROM delivery_buckets WHERE begins_at > now() - interval '1 hour'
  ) AS e
  JOIN delivery_buckets b ON b.carrier_sid = r.carrier_sid
   AND b.begins_at >= e.edge - interval '7 days'
  WHERE r.kind = 'delivery_rate' AND r.enabled
  GROUP BY r.sid, subject
), rates AS (
  SELECT c.*, sent AS messages,
         round(100.0 * delivered / sent, 1)::float8 AS rate,
         round(100.0 * past_delivered / past_sent, 1)::float8 AS past_rate
  FROM counted c WHERE sent >= least AND past_sent >= least
)
"""
_FALLEN: Final = f"""
{_RATES}
SELECT n.*, coalesce((SELECT name FROM connectors WHERE sid = n.subject), n.subject) AS name
FROM rates n JOIN alert_rules r ON r.sid = n.rule_sid
WHERE n.rate < n.past_rate - n.drop AND {_IS_NEW.format(subject="n.subject")}
ORDER BY n.rule_sid, n.subject LIMIT 200
"""  # noqa: S608 built of the constants above
# Half of the way back is enough: a rate at the edge would be told again and again.
_RISEN: Final = f"""
{_RATES}
UPDATE incidents i SET resolved_at = now()
FROM rates n
WHERE i.rule_sid = n.rule_sid AND i.subject = n.subject AND i.resolved_at IS NULL
  AND n.rate >= n.past_rate - n.drop / 2.0
RETURNING i.sid, i.rule_sid, n.rule, i.carrier_sid, i.kind, i.subject, i.name, n.emails, n.minutes,
          n.messages, n.rate, n.past_rate
"""  # noqa: S608 as above
