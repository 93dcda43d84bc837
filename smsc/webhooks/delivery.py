"""The webhook outbox: which requests are due, in which order, and what became of them."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from smsc.db import Connection, sealer_of, storable
from smsc.sealing import Keys
from smsc.sms.number_facts import iso_country_of
from smsc.unnesting import numbers, sparse, texts, words
from smsc.webhooks import kannel, payload
from smsc.webhooks.outcome import METHODS, Method, WebhookOutcome, WebhookRequest

# The durable schedule (house rule 8), for what failed at once: 75 hours in all.
SCHEDULE: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
JITTER: Final = 0.1  # of a delay, so that an endpoint that returns is not met by all at once
# Longer than the longest first phase, see `smsc.webhooks.handover`.
CLAIM_SECONDS: Final = 300
RECEIVED: Final = "received"
_MILLISECOND: Final = timedelta(milliseconds=1)
MOST_ANSWER_OCTETS: Final = 4096  # kept of an answer to a received message


class Claimant(NamedTuple):
    """A process that may have new webhooks at once, in the statement that puts them in the outbox.

    It takes those of the first `most` changes at most, and none of the accounts that are busy.
    """

    process_sid: str
    most: int
    busy_accounts: Sequence[str]


class DueWebhook(NamedTuple):
    """A claimed request of the outbox, with the message that it is about."""

    message_sid: str
    ordinal: int
    event: str
    carrier_sid: str
    account_sid: str
    url: str
    method: str
    fallback_url: str | None
    fallback_method: str
    error_code: int | None
    raw_dlr_done_date: str | None
    tries: int
    to: str
    from_: str
    body: str
    num_segments: int
    message_created_at: datetime
    messaging_service_sid: str | None
    opt_out_type: str | None
    key_id: int | None = None  # that seals what belongs to the message
    batch: str | None = None  # see `callback_batches`; None: it has a row of its own

    @property
    def is_inbound(self) -> bool:
        """Whether it hands over a received message, so that its answer counts."""
        return self.event == RECEIVED

    def params(self) -> payload.Params:
        """Return the parameters that the customer's program gets."""
        if self.is_inbound:
            return payload.inbound(
                message_sid=self.message_sid,
                account_sid=self.account_sid,
                to=self.to,
                from_=self.from_,
                body=self.body,
                num_segments=self.num_segments,
                messaging_service_sid=self.messaging_service_sid,
                opt_out_type=self.opt_out_type,
                from_country=iso_country_of(self.from_) or "",
                to_country=iso_country_of(self.to) or "",
            )
        return payload.status_callback(
            message_sid=self.message_sid,
            account_sid=self.account_sid,
            status=self.event,
            to=self.to,
            from_=self.from_,
            messaging_service_sid=self.messaging_service_sid,
            error_code=self.error_code,
            raw_dlr_done_date=self.raw_dlr_done_date,
        )

    def request(self, auth_token: str) -> WebhookRequest:
        """Return the request; every try of it has one token, made of the message and the event."""
        if kannel.is_wrapped(self.url):
            told = self._told()
            posts = self.is_inbound and self.method == Method.POST
            return WebhookRequest(
                url=kannel.filled(self.url, told),
                form=payload.form_of(()),
                auth_token=auth_token,
                idempotency_token=f"{self.message_sid}.{self.event}",
                method=Method.POST if posts else Method.GET,
                raw=kannel.posted(told) if posts else None,
                reads_body=self.is_inbound,
            )
        return WebhookRequest(
            url=self.url,
            form=self._form(),
            auth_token=auth_token,
            idempotency_token=f"{self.message_sid}.{self.event}{'.action' * (self.ordinal % 10)}",
            method=METHODS[self.method],
            reads_body=self.is_inbound,
        )

    def _form(self) -> payload.Form:
        if self.is_inbound:
            return payload.form_of(self.params())
        return payload.status_form(
            message_sid=self.message_sid,
            account_sid=self.account_sid,
            status=self.event,
            to=self.to,
            from_=self.from_,
            messaging_service_sid=self.messaging_service_sid,
            error_code=self.error_code,
            raw_dlr_done_date=self.raw_dlr_done_date,
        )

    @property
    def is_wanted(self) -> bool:
        """Whether the customer wants to be told of this event."""
        return kannel.is_wanted(self.url, self.event)

    def _told(self) -> kannel.Told:
        return kannel.Told(
            event=self.event,
            message_sid=self.message_sid,
            account_sid=self.account_sid,
            to=self.to,
            from_=self.from_,
            body=self.body,
            error_code=self.error_code,
            at=self.message_created_at,
        )


class Attempt(NamedTuple):
    """One try, as it is kept for the customer."""

    url: str
    at: datetime
    duration: timedelta
    http_status: int | None
    error_code: int | None
    error: str | None
    method: str = Method.POST.value
    headers: tuple[tuple[str, str], ...] = ()  # of the answer, for an alert
    body: bytes = b""

    def __repr__(self) -> str:
        """Tell nothing of the answer."""
        return f"Attempt({self.url}, {self.http_status}, {self.error_code})"

    def noting(self, notes: Collection[tuple[int, str]]) -> "Attempt":
        """Add what else is to be said of it; a code that it has already stays."""
        if not notes:
            return self
        told = [f"{code}: {text}" for code, text in notes]
        return self._replace(
            error_code=self.error_code or next(code for code, _ in notes),
            error=" ".join([*filter(None, [self.error]), *told]),
        )


class Result(NamedTuple):
    """What became of a claimed request: each try, and when to try again, if at all."""

    webhook: DueWebhook
    attempts: Sequence[Attempt]
    retry_in: timedelta | None  # None: done, or given up
    failed: bool = False


def attempts_of(
    outcome: WebhookOutcome, ended_at: datetime, method: str = Method.POST.value
) -> list[Attempt]:
    """Return every try of one request, oldest first; the last one ended at `ended_at`."""
    attempts = []
    for tried in (outcome, *reversed(outcome.earlier)):
        ended_at -= tried.duration
        attempts.append(
            Attempt(
                url=tried.url,
                at=ended_at,
                duration=tried.duration,
                http_status=tried.status,
                error_code=tried.error_code,
                error=tried.error,
                method=method,
                headers=tried.headers,
                body=tried.body,
            )
        )
    if outcome.warning is not None:
        attempts[0] = attempts[0].noting([outcome.warning])
    return attempts[::-1]


def shown(webhook: DueWebhook, attempts: Sequence[Attempt]) -> Sequence[Attempt]:
    """Return attempts as they are kept: without a query that tells text and numbers.

    That of a GET is made of the message, wherever its redirects led; so is what Kannel's marks
    were filled with. A message's own rows have these, and lose them when it is redacted.
    """
    is_wrapped = kannel.is_wrapped(webhook.url)
    return [
        attempt._replace(url=attempt.url.partition("?")[0] + "?…")
        if (is_wrapped or attempt.method == Method.GET.value) and "?" in attempt.url
        else attempt
        for attempt in attempts
    ]


def retry_in(tries: int, luck: float) -> timedelta | None:
    """Return the delay of the durable schedule after `tries` of its tries; None at its end.

    `luck` in [0, 1) places the retry within the jitter.
    """
    if tries >= len(SCHEDULE):
        return None
    return SCHEDULE[tries] * (1 + JITTER * (2 * luck - 1))


def with_text(keys: Keys, webhook: DueWebhook, sealed_body: bytes | None) -> DueWebhook:
    """Return a webhook with the text of its message, if that lies sealed and is told."""
    if sealed_body is None or not (webhook.is_inbound or kannel.is_wrapped(webhook.url)):
        return webhook
    body, _ = keys.open_text(webhook.message_sid, webhook.key_id, webhook.body, sealed_body)
    return webhook._replace(body=body or "")


async def record(
    connection: Connection,
    owner: str,
    results: Sequence[Result],
    ended: Sequence[str] = (),
    *,
    tells: bool = True,
) -> set[tuple[str, int]]:
    """Write every attempt; delete what is done and schedule what is to be tried again.

    What failed has its row in the outbox by now. `ended` are batches of which nothing is left.

    Returns the (message_sid, ordinal)s that were still `owner`'s to decide on, if anybody needs to
    know (`tells`). Another process may have taken over those of one that was believed dead.
    """
    attempts = [(result.webhook, attempt) for result in results for attempt in result.attempts]
    answers = await _sealed_answers(connection, attempts)
    of_outbox = [
        result for result in results if result.webhook.batch is None or result.retry_in is not None
    ]
    rows = await connection.fetch(
        _RECORD if tells else _RECORD_SILENTLY,
        words([webhook.message_sid for webhook, _ in attempts]),
        words([webhook.carrier_sid for webhook, _ in attempts]),
        words([webhook.account_sid for webhook, _ in attempts]),
        words([webhook.event for webhook, _ in attempts]),
        texts([storable(attempt.url) for _, attempt in attempts]),
        [attempt.at for _, attempt in attempts],
        numbers([attempt.duration // _MILLISECOND for _, attempt in attempts]),
        numbers([attempt.http_status for _, attempt in attempts]),
        sparse([attempt.error_code for _, attempt in attempts]),
        sparse([attempt.error and storable(attempt.error) for _, attempt in attempts]),
        words([result.webhook.message_sid for result in of_outbox]),
        numbers([result.webhook.ordinal for result in of_outbox]),
        sparse([result.retry_in for result in of_outbox]),
        owner,
        words([attempt.method for _, attempt in attempts]),
        sparse(answers),
        sparse(
            [
                None if answer is None else webhook.key_id
                for (webhook, _), answer in zip(attempts, answers, strict=True)
            ]
        ),
        ended,
    )
    return {(row[0], row[1]) for row in rows} if tells else set()


async def _sealed_answers(
    connection: Connection, attempts: Sequence[tuple[DueWebhook, Attempt]]
) -> list[bytes | None]:
    """Return what answered received messages; what answers a status callback isn't read."""
    if not any(webhook.is_inbound and attempt.body for webhook, attempt in attempts):
        return [None] * len(attempts)
    keys = await sealer_of(connection).known(webhook.key_id for webhook, _ in attempts)
    return [
        keys.seal(
            webhook.key_id, f"{webhook.message_sid}:answer", attempt.body[:MOST_ANSWER_OCTETS]
        )
        if webhook.is_inbound and attempt.body
        else None
        for webhook, attempt in attempts
    ]


_RECORDED: Final = """
WITH attempted AS (
  INSERT INTO webhook_attempts (message_sid, carrier_sid, account_sid, event, url, at, duration_ms,
                                http_status, error_code, error, method, answer, key_id)
  SELECT * FROM unnest(string_to_array($1, ','), string_to_array($2, ','),
                       string_to_array($3, ','), string_to_array($4, ','), $5::text::text[],
                       $6::timestamptz[], $7::text::integer[], $8::text::smallint[], $9::integer[],
                       $10::text[], string_to_array($15, ','), $16::bytea[], $17::bigint[])
), result AS (
  SELECT * FROM unnest(string_to_array($11, ','), $12::text::smallint[], $13::interval[])
    AS result (message_sid, ordinal, retry_in)
), done AS (
  DELETE FROM webhooks w USING result r
  WHERE w.message_sid = r.message_sid AND w.ordinal = r.ordinal AND r.retry_in IS NULL
    AND (w.claimed_by = $14 OR w.claimed_by IS NULL)
  RETURNING w.message_sid, w.ordinal
), later AS (
  UPDATE webhooks w SET tries = w.tries + 1, due_at = now() + r.retry_in, claimed_by = NULL
  FROM result r
  WHERE w.message_sid = r.message_sid AND w.ordinal = r.ordinal AND r.retry_in IS NOT NULL
    AND (w.claimed_by = $14 OR w.claimed_by IS NULL)
  RETURNING w.message_sid, w.ordinal
), ended AS (
  DELETE FROM callback_batches WHERE id = ANY($18::text[])
)
"""
_RECORD: Final = f"""{_RECORDED}
SELECT message_sid, ordinal FROM done UNION ALL SELECT message_sid, ordinal FROM later
"""  # noqa: S608 built of the constant above
# Without waiting for the disk: if PostgreSQL crashes in the moment before the results reach it, the
# claims run out, and the requests are made again under their ids. At least once.
_RECORD_SILENTLY: Final = f"""{_RECORDED}
SELECT set_config('synchronous_commit', 'off', true)
"""
