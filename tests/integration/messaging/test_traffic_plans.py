"""Traffic statements walk their indexes, whatever the statistics of a young table say."""

import re

import pytest

from smsc import sealing
from smsc.billing import ledger, usage, usage_rollup
from smsc.db import Connection
from smsc.messaging import (
    carrier_events,
    edits,
    erasing,
    plain_statements,
    purging,
    rekeying,
    retention,
    status_statements,
    statuses_in_bulk,
)
from smsc.messaging.accept import beside, inserting, replies
from smsc.messaging.esmes import esme_lookup, esme_outbox
from smsc.messaging.guard import caps, dry_run, evidence
from smsc.messaging.reading import account_export, journey
from smsc.messaging.receiving import intermediate, parking, parts, receipt_counts, receipts
from smsc.messaging.sending import (
    batches,
    bulks,
    dispatch,
    held,
    in_doubt,
    recall,
    release,
    release_singly,
    responses,
    validity,
    vitals,
)
from smsc.messaging.tracing import kept_pdus
from smsc.webhooks import (
    alerts,
    bulk_callbacks,
    callback_batches,
    claiming,
    delivery,
    endpoints,
    event_deliveries,
)
from tests.integration.conftest import House
from tests.integration.messaging.test_bulks import people, send

STATEMENTS = {
    "accept": inserting._INSERT,
    "claim": dispatch._CLAIM,
    "sweep": dispatch._WAITING,
    "put back": dispatch._PUT_BACK,
    "claim of a bulk": batches._CLAIM,
    "a bulk into the queue": batches._UNFOLD,
    "a bulk ends": statuses_in_bulk._END,
    "a bulk's messages in the queue": bulks._WAITING_AGAIN,
    "a bulk is completed": bulks._FINISH,
    "a bulk's counts": bulk_callbacks.COUNTS,
    **{f"what went well: {kind}": text for kind, text in plain_statements.STATEMENTS.items()},
    "statuses of bulks": status_statements.ADVANCE_QUIETLY,
    "responses": responses._SETTLE,
    "figures of connectors": vitals.NOTE,
    "cancel": responses._CANCEL,
    "statuses": status_statements.ADVANCE,
    "in doubt": in_doubt._SETTLE_THESE,
    "webhooks due": claiming._CLAIM,
    "callbacks into the outbox": callback_batches._INTO_OUTBOX,
    "callbacks unfolded": callback_batches.UNFOLD,
    "callbacks of a lost answer": callback_batches._UNFOLD_UNKNOWN,
    "webhooks following": claiming._CLAIM_FOLLOWING,
    "webhooks parked": claiming._CLAIM_PARKED,
    "webhooks of an endpoint": endpoints._PARK,
    "webhooks resumed": endpoints._RELEASE,
    "webhooks forgotten": endpoints._RELEASE_FORGOTTEN,
    "webhooks given up": endpoints._GIVE_UP,
    "webhooks done": delivery._RECORD,
    "webhooks done well": delivery._RECORD_SILENTLY,
    "ESMEs": esme_outbox._CLAIM,
    "ESME's message": esme_lookup._ONE,
    "ESME's submit_multi": esme_lookup._TOGETHER_WITH,
    "ESME's addresses": esme_lookup._BETWEEN,
    "recall": recall._TAKE_WHOLE,
    "parts ousted": parts.OUST,
    "parts stored": parts.STORE,
    "parts joined": parts.JOIN,
    "parts overdue": parts.OVERDUE,
    "receipts' segments": receipts._CANDIDATES,
    "receipts' states": receipts._SET_STATES,
    "receipts on the way": intermediate._OWE,
    "receipts noted": receipts._NOTE,
    "receipts counted": receipt_counts._ADD,
    "receipts explained": parking._TAKE,
    "receipts of what is held": parking._TAKE_FOR_HELD,
    "what is held": held._OF_CONNECTORS_THAT_HOLD,
    "charges paid": ledger._LOCK,
    "charges entered": ledger._BOOK,
    "usage": usage._USED,
    "usage rolled up": usage_rollup.ROLL_UP,
    "alerts": alerts._INSERT,
    "alerts emptied": edits._FORGET_REQUESTS,
    "events of messages": carrier_events.TELL,
    "events due": event_deliveries.CLAIM,
    "keep PDUs": kept_pdus.KEEP,
    "adopt PDUs": kept_pdus.ADOPT,
    "idempotency keys": beside.CLAIM_KEYS,
    "deadlines": validity._DUE,
    "ten hours": validity._OLDEST,
    "loops": replies._LOOK,
    "sticky senders": beside._STICK,
    "due": release.TAKE,
    "past their terms": retention.OLDEST,
    "redacted by batch": retention.REDACT,
    "masked by batch": retention.MASK_NUMBERS,
    "of a handset": erasing.OF_HANDSET,
    "of a key": rekeying.OF_KEY,
    "sealed by a key": purging.SEALS,
    "keys of today": sealing.CURRENT,
    "exported messages": account_export.MESSAGES,
    "exported receipts": account_export.RECEIPTS,
    "exported history": account_export.HISTORY,
    "exported webhooks": account_export.WEBHOOKS,
    "release": release.RELEASE,
    "release singly": release_singly.QUEUE,
    "put off": release._PUT_OFF,
    "caps": caps.LOCK,
    "caps counted": caps.ADD,
    "a hundred suspects": evidence.OF_HUNDRED,
    "codes of suspects": evidence.OF_CODES,
    "a dry run": dry_run.MESSAGES,
    "a message's segments": journey._SEGMENTS,
    "a bulk's message": journey._OF_BULK,
}
# Tables that grow with traffic; a sequential scan of one is a day's work in every statement.
GROWING = (
    *("messages", "queue", "in_flight", "segments", "message_events", "webhooks"),
    *("esme_deliveries", "kept_pdus", "message_deadlines", "idempotency_keys", "inbound_parts"),
    *("parked_receipts", "bulk_batches", "verifications"),
)


async def plan(connection: Connection, statement: str) -> str:
    """Return the generic plan of a statement, as traffic connections use it."""
    parameters = max(int(number) for number in re.findall(r"\$(\d+)", statement))
    await connection.execute(f"PREPARE asked AS {statement}")
    nulls = ", ".join(["NULL"] * parameters)
    rows = await connection.fetch(f"EXPLAIN EXECUTE asked ({nulls})")
    await connection.execute("DEALLOCATE asked")
    return "\n".join(row[0] for row in rows)


@pytest.mark.parametrize("full", [False, True], ids=["young tables", "with statistics"])
@pytest.mark.parametrize("name", STATEMENTS)
async def test_no_statement_of_the_traffic_scans_or_hashes_a_growing_table(
    house: House, name: str, *, full: bool
) -> None:
    async with house.database.begin() as connection:
        if full:
            for number in range(3):
                await house.accept(body=str(number))
            await connection.execute("ANALYZE messages, queue, segments, webhooks")
        text = await plan(connection, STATEMENTS[name])
    scanned = re.findall(r"Seq Scan on (\w+)", text)
    assert [table for table in scanned if table in GROWING] == [], text
    assert "Hash Join" not in text, text
    assert "Merge Join" not in text, text


async def test_the_claim_is_ordered_by_its_index_and_sorts_nothing(house: House) -> None:
    async with house.database.begin() as connection:
        text = await plan(connection, dispatch._CLAIM)
    assert "pk_queue on queue q" in text
    assert "Sort" not in text


async def test_the_claim_of_a_bulk_walks_a_young_table_in_the_order_of_its_key(
    house: House,
) -> None:
    await send(house, people(4000))
    async with house.database.begin() as connection:
        text = await plan(connection, batches._CLAIM)
    assert "Index Scan using pk_messages" in text, text
    assert "Bitmap" not in text, text
