"""What the hot paths know of accounts, senders, numbers and routes: read once, kept two seconds."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from smsc.billing.prices import PriceList
from smsc.db import Database
from smsc.messaging.accept.senders import (
    SenderFacts,
    ServiceFacts,
    count_scheduled,
    load_opt_out,
    load_opt_outs,
    load_opted_out,
    load_sender,
    load_sender_id_rules,
    load_service,
    load_stickies,
    load_sticky,
)
from smsc.messaging.principals import (
    AccountFacts,
    ApplicationFacts,
    KannelFacts,
    KeyFacts,
    load_account,
    load_application,
    load_kannel_user,
    load_key,
    load_prices,
)
from smsc.messaging.short_lived import ShortLived
from smsc.routing.sender_id_rules import SenderIdRules
from smsc.routing.table import RouteTable, Way
from smsc.smpp.bind import SINCE_TLVS
from smsc.sms.address import AddressKind
from smsc.sms.alphabet import Alphabet
from smsc.sms.opt_out import DEFAULT_RULES, OptOutRules, parse_rules
from smsc.sms.text_style import NEED_TLVS, Concatenation, TextStyle, parse_style
from smsc.vault import Vault
from smsc.webhooks import kannel

__all__ = [
    "AccountFacts",
    "ApplicationFacts",
    "Directory",
    "KeyFacts",
    "NumberFacts",
]


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """A number that received something: whose it is and where its webhook goes.

    The URLs are those of its messaging service, unless that leaves them to the number; else those
    of its application if it has one.
    """

    carrier_sid: str
    account_sid: str
    payer_sid: str
    phone_number: str
    sms_url: str | None
    sms_method: str
    sms_fallback_url: str | None
    sms_fallback_method: str
    esme_credentials: tuple[str, ...]  # those of the account that take inbound messages
    messaging_service_sid: str | None
    opt_out: OptOutRules | None  # None: STOP is a word like others, as to a lone short code


class Directory:
    """The cached reads of one process. `clear` is called at every announced change."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._accounts: ShortLived[str, AccountFacts | None] = ShortLived(
            partial(load_account, database, vault)
        )
        self._applications: ShortLived[tuple[str, str], ApplicationFacts | None] = ShortLived(
            partial(load_application, database)
        )
        self._kannel_users: ShortLived[str, KannelFacts | None] = ShortLived(
            partial(load_kannel_user, database)
        )
        self._prices: ShortLived[str, PriceList] = ShortLived(partial(load_prices, database))
        self._sender_id_rules: ShortLived[str, SenderIdRules] = ShortLived(
            partial(load_sender_id_rules, database)
        )
        self._keys: ShortLived[str, KeyFacts | None] = ShortLived(partial(load_key, database))
        self._senders: ShortLived[tuple[str, str], SenderFacts | None] = ShortLived(
            partial(load_sender, database)
        )
        self._services: ShortLived[tuple[str, str], ServiceFacts | None] = ShortLived(
            partial(load_service, database)
        )
        self._sticky: ShortLived[tuple[str, str], str | None] = ShortLived(
            partial(load_sticky, database)
        )
        self._opt_outs: ShortLived[tuple[str, str], frozenset[str] | None] = ShortLived(
            partial(load_opt_outs, database)
        )
        self._opt_out: ShortLived[tuple[str, str, str], bool] = ShortLived(
            partial(load_opt_out, database)
        )
        self._scheduled: ShortLived[str, int] = ShortLived(partial(count_scheduled, database))
        self._numbers: ShortLived[tuple[str, str], NumberFacts | None] = ShortLived(
            self._load_number
        )
        self._routes: ShortLived[str, RouteTable] = ShortLived(self._load_routes)

    def clear(self) -> None:
        """Drop every cache."""
        for cache in (
            *(self._accounts, self._keys, self._applications, self._prices, self._kannel_users),
            *(self._sender_id_rules, self._opt_outs, self._opt_out, self._scheduled),
            *(self._senders, self._numbers, self._routes, self._services, self._sticky),
        ):
            cache.clear()

    def known_account(self, sid: str) -> AccountFacts | None:
        """Return an account without a look-up; None: ask `account`."""
        return self._accounts.peek(sid)

    async def account(self, sid: str) -> AccountFacts | None:
        """Return an account with its auth token in the clear."""
        return await self._accounts.get(sid)

    def known_key(self, sid: str) -> KeyFacts | None:
        """Return an API key without a look-up; None: ask `key`."""
        return self._keys.peek(sid)

    async def key(self, sid: str) -> KeyFacts | None:
        """Return an API key."""
        return await self._keys.get(sid)

    async def application(self, account_sid: str, sid: str) -> ApplicationFacts | None:
        """Return an application of the account: where the status of its messages is told."""
        return await self._applications.get((account_sid, sid))

    async def kannel_user(self, username: str) -> KannelFacts | None:
        """Return a login of the door for Kannel's programs."""
        return await self._kannel_users.get(username)

    async def prices(self, carrier_sid: str) -> PriceList:
        """Return the carrier's tariff; an empty one charges nothing."""
        return await self._prices.get(carrier_sid)

    async def sender_id_rules(self, carrier_sid: str) -> SenderIdRules:
        """Return in which countries the carrier's customers may use sender IDs."""
        return await self._sender_id_rules.get(carrier_sid)

    async def sender(self, account_sid: str, sender: str) -> SenderFacts | None:
        """Return a number, short code or sender ID, if it belongs to the account."""
        return await self._senders.get((account_sid, sender))

    async def service(self, account_sid: str, sid: str) -> ServiceFacts | None:
        """Return a messaging service of the account, with its pool."""
        return await self._services.get((account_sid, sid))

    async def sticky(self, service_sid: str, to: str) -> str | None:
        """Return the sender that a recipient has got the service's messages from."""
        return await self._sticky.get((service_sid, to))

    async def read_sticky(self, keys: Sequence[tuple[str, str]]) -> None:
        """Read many at once, by (service, recipient), before they are asked for."""
        found = await load_stickies(self._database, keys)
        for key in keys:
            self._sticky.put(key, found.get(key))

    def remember_sticky(self, service_sid: str, to: str, sender: str) -> None:
        """Keep a choice until the database has it."""
        self._sticky.put((service_sid, to), sender)

    async def has_opted_out(self, account_sid: str, scope: str, handset: str) -> bool:
        """Say whether a handset takes no messages of a sender or service."""
        kept = await self._opt_outs.get((account_sid, scope))
        if kept is not None:
            return handset in kept
        return await self._opt_out.get((account_sid, scope, handset))

    async def read_opt_outs(self, account_sid: str, scope: str, handsets: Sequence[str]) -> None:
        """Read at once which of these take no messages of a sender or service, if it isn't kept."""
        if await self._opt_outs.get((account_sid, scope)) is None:
            out = await load_opted_out(self._database, account_sid, scope, handsets)
            for handset in handsets:
                self._opt_out.put((account_sid, scope, handset), handset in out)

    async def scheduled(self, account_sid: str) -> int:
        """Return how many messages the account has scheduled."""
        return await self._scheduled.get(account_sid)

    async def number(self, carrier_sid: str, address: str) -> NumberFacts | None:
        """Return the carrier's number that was written to, if an account has it.

        Peers write the same number with and without a plus, so digits are compared.
        """
        return await self._numbers.get((carrier_sid, address))

    async def routes(self, carrier_sid: str) -> RouteTable:
        """Return the carrier's routes over connectors that take messages."""
        return await self._routes.get(carrier_sid)

    async def _load_number(self, key: tuple[str, str]) -> NumberFacts | None:
        carrier_sid, address = key
        async with self._database.single() as connection:
            row = await connection.fetchrow(
                """
                SELECT n.carrier_sid, n.account_sid, coalesce(a.owner_sid, a.sid) AS payer_sid,
                       n.phone_number, k.inbound_url AS kannel_url,
                       k.inbound_method AS kannel_method,
                       ms.sid AS messaging_service_sid, n.kind, ms.opt_out,
                       CASE WHEN NOT ms.use_inbound_webhook_on_number THEN ms.inbound_request_url
                            WHEN ap.sid IS NULL THEN n.sms_url ELSE ap.sms_url END AS sms_url,
                       CASE WHEN NOT ms.use_inbound_webhook_on_number THEN ms.inbound_method
                            ELSE coalesce(ap.sms_method, n.sms_method) END AS sms_method,
                       CASE WHEN NOT ms.use_inbound_webhook_on_number THEN ms.fallback_url
                            WHEN ap.sid IS NULL THEN n.sms_fallback_url
                            ELSE ap.sms_fallback_url END AS sms_fallback_url,
                       CASE WHEN NOT ms.use_inbound_webhook_on_number THEN ms.fallback_method
                            ELSE coalesce(ap.sms_fallback_method, n.sms_fallback_method) END
                         AS sms_fallback_method,
                       array(SELECT c.sid FROM smpp_credentials c
                             WHERE c.account_sid = n.account_sid AND c.receives_inbound
                               AND c.revoked_at IS NULL ORDER BY c.sid) AS esme_credentials
                FROM phone_numbers n JOIN accounts a ON a.sid = n.account_sid
                LEFT JOIN accounts p ON p.sid = a.owner_sid
                LEFT JOIN kannel_users k ON k.account_sid = n.account_sid
                LEFT JOIN applications ap ON ap.sid = n.sms_application_sid
                LEFT JOIN messaging_services ms
                  ON ms.sid = n.messaging_service_sid AND ms.account_sid = n.account_sid
                WHERE n.carrier_sid = $1 AND n.phone_number IN ($2, '+' || $2, ltrim($2, '+'))
                  AND a.status = 'active' AND coalesce(p.status, 'active') = 'active'
                """,
                carrier_sid,
                address,
            )
        if row is None:
            return None
        facts = dict(row)
        kannel_url, kannel_method = facts.pop("kannel_url"), facts.pop("kannel_method")
        if facts["sms_url"] is None and kannel_url is not None:
            facts |= {"sms_url": kannel.wrap(kannel_url, 0), "sms_method": kannel_method}
        kind, settings = facts.pop("kind"), facts.pop("opt_out")
        if settings is not None:
            rules: OptOutRules | None = parse_rules(json.loads(settings))
        else:
            rules = DEFAULT_RULES if kind == AddressKind.E164 else None
        return NumberFacts(
            **facts | {"esme_credentials": tuple(facts["esme_credentials"]), "opt_out": rules}
        )

    async def _load_routes(self, carrier_sid: str) -> RouteTable:
        async with self._database.single() as connection:
            rows = await connection.fetch(
                """
                SELECT r.prefix, r.priority, r.connector_sid,
                       CASE WHEN l.state <> 'lent' THEN l.owner END AS owner, l.epoch,
                       l.state = 'bound' AND l.expires_at > now() AS bound,
                       c.default_alphabet, c.gsm7_packed, c.sends_latin1, c.concatenation,
                       c.interface_version
                FROM routes r
                JOIN connectors c ON c.sid = r.connector_sid AND NOT c.paused AND NOT c.draining
                JOIN connector_leases l ON l.connector_sid = r.connector_sid
                WHERE r.carrier_sid = $1
                """,
                carrier_sid,
            )
        return RouteTable(
            Way(
                row["prefix"],
                row["priority"],
                row["connector_sid"],
                row["bound"],
                row["owner"],
                row["epoch"],
                _style(row),
            )
            for row in rows
        )


def _style(connector: Mapping[str, Any]) -> TextStyle:
    concatenation = Concatenation(connector["concatenation"])
    if connector["interface_version"] < SINCE_TLVS and concatenation in NEED_TLVS:
        concatenation = Concatenation.UDH8
    style = TextStyle(
        alphabet=Alphabet(connector["default_alphabet"]),
        packed=connector["gsm7_packed"],
        latin1=connector["sends_latin1"],
        concatenation=concatenation,
    )
    return parse_style(style.words())  # the default is one object, by which it is known
