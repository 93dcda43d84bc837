"""One bind of ours, kept up: connect, bind, submit, answer, unbind, and again after a loss."""

import asyncio
import contextlib
import random
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Generic, TypeVar

import structlog

from smsc.smpp import tls
from smsc.smpp.backoff import PROVEN_SECONDS, Backoff
from smsc.smpp.bind import (
    LONGEST_PASSWORD_OCTETS,
    SINCE_TLVS,
    BindConfig,
    BindState,
    EsmeOwner,
)
from smsc.smpp.connection import Tap
from smsc.smpp.esme_session import EsmeSession
from smsc.smpp.pdu import BindResp, DataSmResp, DeliverSmResp, SubmitSm
from smsc.smpp.throttle import Throttle
from smsc.smpp.vitals import Vitals

log = structlog.get_logger()

_PACE_SECONDS = 0.02  # at high rates a wake-up is worth a batch
_UNBIND_SECONDS = 5.0  # for the peer's unbind_resp when we stop
_MOST_REASONS = 16  # remembered: a peer may give another one each time

K = TypeVar("K")


class Esme(Generic[K]):
    """A bind that is kept up until it is stopped.

    The window belongs to a session, the throttle to the bind: a reconnect is no way round it.
    `throttle` may be shared by several binds. `clock` gives monotonic seconds; `uniform` draws the
    back-off's jitter.
    """

    def __init__(
        self,
        config: BindConfig,
        owner: EsmeOwner[K],
        *,
        throttle: Throttle | None = None,
        clock: Callable[[], float] = time.monotonic,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.config = config
        self.state = BindState.CLOSED
        self.reason = "not started"
        self.bound_since: float | None = None  # by `clock`
        self.throttle = throttle or Throttle(config.throughput)
        self._owner = owner
        self._clock = clock
        self._backoff = Backoff(uniform, config.reconnect_first, config.reconnect_longest)
        self._present: EsmeSession[K] | None = None
        self._sessions = 0
        self._stop = asyncio.Event()
        self._finished = asyncio.Event()
        self._finished.set()
        self._logged: set[tuple[str, str]] = set()  # since a session that proved itself
        # The last session ended soon after its bind: the next one is on trial, and not announced
        # before it has proved itself.
        self._ended_soon = False
        self._proof: asyncio.TimerHandle | None = None
        self._tap: Tap | None = None

    @property
    def tap(self) -> Tap | None:
        """Who is shown what is written and read, if anybody."""
        return self._tap

    @tap.setter
    def tap(self, tap: Tap | None) -> None:
        self._tap = tap
        if self._present is not None:
            self._present.session.connection.tap = tap

    @property
    def is_attended(self) -> bool:
        """Whether a session stands, or the peer has just refused our name or password."""
        return self._present is not None or not self._backoff.is_welcome

    @property
    def places(self) -> int:
        """How many segments the window and the socket would take now, were there no pace."""
        if self._present is None or self.state is not BindState.BOUND:
            return 0
        places, most = self._present.session.capacity, self.throttle.most_in_flight
        return places if most is None else max(0, min(places, most - self.window_in_use))

    @property
    def window_in_use(self) -> int:
        """How many segments are written and unanswered."""
        return len(self._present.session.window) if self._present else 0

    def vitals(self) -> Vitals:
        """Say what the bind does now."""
        now = self._clock()
        timers = None
        if self._present is not None and self.state is BindState.BOUND:
            timers = self._present.session.timers
        return Vitals(
            bound_since=self.bound_since,
            heard_at=None if timers is None else timers.heard_at,
            checked_at=None if timers is None else timers.checked_at,
            window_in_use=self.window_in_use,
            window=self.config.window,
            rate=self.throttle.current_rate(now),
            is_throttled=self.throttle.is_backed_off,
            paused_seconds=self.throttle.paused_seconds(now),
        )

    @property
    def unmatched_responses(self) -> int:
        """How many responses of this session answered nothing that was in flight."""
        return self._present.session.unmatched if self._present else 0

    def capacity(self, now: float) -> int:
        """Return how many segments may be submitted now; 0 when unbound or not writable."""
        places = self.places
        allowed = self.throttle.available(now) if places else 0
        return places if allowed is None else min(places, allowed)

    def next_capacity_at(self, now: float) -> float | None:
        """Return when the throttle will let more go; None: `capacity_freed` will tell."""
        if not self.places:
            return None
        rate = self.throttle.current_rate(now)
        worth_while = max(1, int(rate * _PACE_SECONDS)) if rate is not None else 1
        return self.throttle.next_at(now, worth_while)

    def submit(self, batch: Sequence[tuple[K, SubmitSm]]) -> int:
        """Write the first of the batch in one write, as many as `capacity` allows; say how many.

        The sequence numbers are given here. The rest was not written and is the caller's still.

        Raises:
            ValueError: a field of one does not fit the wire; nothing was written.
        """
        now = self._clock()
        count = min(len(batch), self.capacity(now))
        if count <= 0 or self._present is None:
            return 0
        batch = batch[:count]
        if self.config.interface_version < SINCE_TLVS:
            batch = [(key, _without_tlvs(submit)) for key, submit in batch]
        written = self._present.request(batch)
        self._present.idle.clear()
        self.throttle.take(written, now)
        return written

    def answer(self, session: int, responses: Sequence[DeliverSmResp | DataSmResp]) -> bool:
        """Answer what was `received` on this session; say whether it still stood.

        The peer of a dead session repeats its requests on the next one, under other numbers: an
        answer that comes too late is dropped.

        Raises:
            ValueError: a field of one does not fit the wire; nothing was written.
        """
        if self._present is None or self._present.number != session:
            return False
        return self._present.answer(responses)

    async def run(self) -> None:
        """Keep the bind up until `stop`, or until cancelled, which drops it at once."""
        self._finished.clear()
        if len(self.config.password.encode()) > LONGEST_PASSWORD_OCTETS:
            log.warning(
                "bind.long_password", host=self.config.host, system_id=self.config.system_id
            )
        try:
            while not self._stop.is_set():
                delay = await self._hold_one_session()
                if not self._stop.is_set():
                    self._enter(BindState.BACKING_OFF, self.reason)
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._stop.wait(), delay)
        finally:
            if self._present is not None:
                await self._present.drop("cancelled")
                self._present = None
            self._enter(BindState.CLOSED, "stopped" if self._stop.is_set() else "cancelled")
            self._finished.set()

    async def stop(self, drain: timedelta) -> None:
        """Submit no more, wait for the window up to `drain`, unbind, close; end `run`."""
        present, was_bound = self._present, self.state is BindState.BOUND
        self._stop.set()
        if present is not None and was_bound:
            self._enter(BindState.UNBINDING, "stopping")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(present.idle.wait(), drain.total_seconds())
            present.session.unbind()
            await asyncio.wait([present.over], timeout=_UNBIND_SECONDS)
        if present is not None:
            await present.drop("stopped")
        await self._finished.wait()

    async def _hold_one_session(self) -> float:
        """Connect, bind, and stay until the end; return the seconds to wait before the next."""
        self._sessions += 1
        self._enter(BindState.CONNECTING, self.reason)
        present: EsmeSession[K] = EsmeSession(
            self._sessions,
            self.config,
            self._owner,
            self.throttle,
            self._clock,
            self._bound,
            on_trial=self._ended_soon,
        )
        present.session.connection.tap = self._tap
        self._present = present
        fault = await self._connect(present)
        if fault is not None:
            await present.drop(fault)
        await asyncio.wait([present.over])  # a bare await would let a cancel reach the future
        self.reason = present.over.result()
        self._present = None
        since, self.bound_since = self.bound_since, None
        if self._proof is not None:
            self._proof.cancel()
        if since is None:
            self._log_once("bind.failed")
            if present.refused_with is not None:
                return self._backoff.refused(present.refused_with)
            return self._backoff.failed()
        bound_seconds = self._clock() - since
        self._ended_soon = bound_seconds < PROVEN_SECONDS
        if not self._ended_soon:
            self._logged.clear()
        if not self._stop.is_set():
            self._log_once("bind.lost")
        return self._backoff.lost(bound_seconds)

    async def _connect(self, present: EsmeSession[K]) -> str | None:
        """Connect, unless stopped or too slow; return why not, if not."""
        config = self.config
        connecting = asyncio.ensure_future(
            asyncio.get_running_loop().create_connection(
                lambda: present.session.connection,
                config.host,
                config.port,
                ssl=config.ssl_context,
                server_hostname=(
                    (config.tls_server_name or config.host) if config.ssl_context else None
                ),
            )
        )
        stopping = asyncio.ensure_future(self._stop.wait())
        timeout = config.connect_timeout.total_seconds()
        try:
            await asyncio.wait(
                {connecting, stopping}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED
            )
            if not connecting.done():
                return "stopped" if self._stop.is_set() else f"no connection within {timeout:g} s"
            connecting.result()
        except ssl.SSLError as fault:
            return f"no connection: {tls.reason(fault)}"
        except OSError as fault:
            return f"no connection: {fault.strerror or fault}"
        except (ValueError, OverflowError) as fault:  # a host or port that cannot be one
            return f"no connection: {fault}"
        finally:
            stopping.cancel()
            connecting.cancel()
        return None

    def _bound(self, response: BindResp) -> None:
        self.bound_since = self._clock()
        self._enter(BindState.BOUND, f"bound to {response.system_id or self.config.host}")
        if self._ended_soon:
            self._proof = asyncio.get_running_loop().call_later(PROVEN_SECONDS, self._proved)
        else:
            self._log_once("bind.bound")
        self._owner.capacity_freed()

    def _proved(self) -> None:
        self._logged.clear()
        self._log_once("bind.bound")

    def _enter(self, state: BindState, reason: str) -> None:
        if (state, reason) != (self.state, self.reason):
            self.state, self.reason = state, reason
            self._owner.state_changed(state, reason)

    def _log_once(self, event: str) -> None:
        """Log a change of fortune, not each of a thousand vain tries."""
        if (event, self.reason) in self._logged:
            return
        if len(self._logged) >= _MOST_REASONS:
            self._logged.clear()
        self._logged.add((event, self.reason))
        say = log.info if event == "bind.bound" else log.warning
        say(
            event,
            host=self.config.host,
            port=self.config.port,
            system_id=self.config.system_id,
            reason=self.reason,
        )


def _without_tlvs(submit: SubmitSm) -> SubmitSm:
    """Return what a peer of SMPP 3.3 understands, but for a text that is nowhere else."""
    if not submit.tlvs or not submit.short_message:
        return submit
    return replace(submit, tlvs={})
