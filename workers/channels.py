"""The channels of one running connector: which may be given a segment, and what each was given."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final

from smsc.db import Connection, Database
from smsc.messaging.sending import channels as store
from smsc.messaging.sending import dispatch
from smsc.messaging.sending.channels import Given
from smsc.messaging.sending.dispatch import Claim
from smsc.messaging.sending.leases import Lease
from smsc.models import Lane
from smsc.routing.channel_marks import Selection
from smsc.routing.channels import Channel, Rest, Span, Used, choose, recipient_rest, rest
from smsc.smpp.bind_set import BindSet
from smsc.smpp.throttle import Throttle
from workers.config import ConnectorConfig

Key = tuple[str, int]  # message_sid, number

# What waits for a quota is looked at again so soon: somebody may have raised it.
LONGEST_REST: Final = timedelta(minutes=1)
USAGE_SECONDS: Final = 30.0  # a new day is noticed within them


class ChannelBook:
    """Gives segments to channels. One process runs a connector, so its book is the only one."""

    def __init__(self, config: ConnectorConfig, database: Database, binds: BindSet[Key]) -> None:
        self.channels = config.channels
        self._selection = config.channel_selection
        self._database = database
        self._binds = binds
        self._throttles = {one.sid: Throttle(one.throughput) for one in config.channels}
        self._usage: dict[str, dict[Span, Used]] = {}
        self._read_at = 0.0
        self.has_ready = False  # whether the last claim found a channel with quota and hours left
        self._given: dict[Key, Channel] = {}  # written or about to be, and not answered
        self._unsent: Counter[str] = Counter()  # given, and not accepted: to be counted off

    def follow(self, channels: tuple[Channel, ...]) -> None:
        """Take new quotas, hours and rates; the binds stay as they are."""
        for one in channels:
            old = next((mine for mine in self.channels if mine.sid == one.sid), None)
            if old is None or old.throughput != one.throughput:
                self._throttles[one.sid] = Throttle(one.throughput)
        self.channels = channels
        self._read_at = 0.0

    def room(self, now: float) -> int:
        """Return how many segments the channels would take now, all quotas aside."""
        room = sum(self._places(now).values())
        return room if self._selection is Selection.BIND else min(room, self._binds.capacity(now))

    def next_room_at(self, now: float) -> float | None:
        """Return when a throttle will let more go; None: an answer or a bind will tell."""
        times = [self._throttle(index, one).next_at(now) for index, one in self._bound()]
        return min(times, default=None)

    async def claim(self, lease: Lease, owner: str, most: int) -> list[tuple[Claim, Channel]]:
        """Claim segments and give each its channel; what none may take waits, and says why."""
        now = datetime.now(UTC)
        places = self._places(monotonic())
        if self._unsent or monotonic() - self._read_at > USAGE_SECONDS:
            async with self._database.begin() as connection:
                await self._count_off(connection, now)
                self._usage = await store.read_usage(connection, self.channels, now)
            self._read_at = monotonic()
        free = [one for one in self.channels if places.get(one.sid)]
        urgent = [one for one in free if rest(one, self._usage[one.sid], now, urgent=True) is None]
        ready = [one for one in urgent if rest(one, self._usage[one.sid], now) is None]
        self.has_ready = bool(ready)
        claims: list[tuple[Claim, str | None]] = []
        for lanes, able in (([Lane.ALERT], urgent), (list(Lane), ready)):
            if able and len(claims) < most:
                claims += await store.claim(
                    self._database, lease, owner, self.channels, able, lanes, most - len(claims)
                )
        if not claims:
            return []
        async with self._database.begin() as connection:
            periods = {one.sid: [one.period(span, now) for span in Span] for one in self.channels}
            known = await store.known_recipients(
                connection, periods, [claim.to for claim, _ in claims]
            )
            placing = _Placing(self.channels, self._usage, places, known, now)
            for claim, sid in claims:
                placing.place(claim, sid)
            await store.give(connection, lease.carrier_sid, placing.given, now)
            for (why, until), keys in placing.waiting.items():
                await dispatch.put_back(connection, lease, keys, not_before=until, waiting_for=why)
        self._given.update(
            ((claim.message_sid, claim.number), channel) for claim, channel in placing.placed
        )
        return placing.placed

    def submitted(self, channel: Channel, written: int, now: float) -> None:
        """Take note of what was written for a channel."""
        if self._selection is not Selection.BIND:
            self._throttles[channel.sid].take(written, now)

    def answered(self, keys: Iterable[Key], *, accepted: bool) -> None:
        """Take note of answers; what the device did not accept costs no quota."""
        for key in keys:
            channel = self._given.pop(key, None)
            if channel is not None and not accepted:
                self._unsent[channel.sid] += 1

    def index_of(self, channel: Channel) -> int:
        """Return which bind is the channel's, where each has one."""
        return next(i for i, one in enumerate(self.channels) if one.sid == channel.sid)

    async def _count_off(self, connection: Connection, now: datetime) -> None:
        unsent = [
            (one, self._unsent.pop(one.sid)) for one in self.channels if one.sid in self._unsent
        ]
        if unsent:
            await store.take_back(connection, unsent, now)
            for one, count in unsent:
                for used in self._usage.get(one.sid, {}).values():
                    used.segments = max(0, used.segments - count)

    def _places(self, now: float) -> dict[str, int]:
        """Return how many segments each channel's bind and throttle let go now."""
        if self._selection is Selection.BIND:
            return {one.sid: self._binds.capacity_of(index, now) for index, one in self._bound()}
        most = self._binds.capacity(now)
        places = {}
        for one in self.channels:
            allowed = self._throttles[one.sid].available(now)
            places[one.sid] = most if allowed is None else min(most, allowed)
        return places

    def _bound(self) -> Iterable[tuple[int, Channel]]:
        return enumerate(self.channels)

    def _throttle(self, index: int, channel: Channel) -> Throttle:
        if self._selection is Selection.BIND:
            return self._binds.throttle_of(index)
        return self._throttles[channel.sid]


class _Placing:
    """Gives the segments of one claim to channels."""

    def __init__(
        self,
        channels: Sequence[Channel],
        usage: dict[str, dict[Span, Used]],
        places: dict[str, int],
        known: set[tuple[str, Span, str]],
        now: datetime,
    ) -> None:
        self.placed: list[tuple[Claim, Channel]] = []
        self.given: list[Given] = []
        self.waiting: dict[tuple[str | None, datetime | None], list[Key]] = {}
        self._channels = channels
        self._usage = usage
        self._places = places
        self._known = known
        self._now = now
        self._of_message: dict[str, Channel] = {}

    def place(self, claim: Claim, sid: str | None) -> None:
        """Give a segment to its message's channel, to its sender's, or to the best."""
        settled = self._of_message.get(claim.message_sid) or self._own(claim, sid)
        candidates = [settled] if settled is not None else self._channels
        able = [one for one in candidates if self._places.get(one.sid)]
        if not able:
            return self._wait(claim, None)  # its turn comes again as soon as there is room
        rests = [self._rest(one, claim) for one in able]
        willing = [one for one, reason in zip(able, rests, strict=True) if reason is None]
        if not willing:
            return self._wait(claim, _soonest([one for one in rests if one is not None]))
        knowing = {one.sid for one in willing if (one.sid, Span.MONTH, claim.to) in self._known}
        chosen = settled or choose(willing, self._usage, knowing)
        self._places[chosen.sid] -= 1
        for span, used in self._usage[chosen.sid].items():
            used.segments += 1
            if (chosen.sid, span, claim.to) not in self._known:
                self._known.add((chosen.sid, span, claim.to))
                used.recipients += 1
        is_first = sid is None and claim.message_sid not in self._of_message
        self._of_message[claim.message_sid] = chosen
        self.placed.append((claim, chosen))
        self.given.append(Given(chosen, claim.message_sid, claim.to, is_first))
        return None

    def _own(self, claim: Claim, sid: str | None) -> Channel | None:
        if sid is not None:
            return next((one for one in self._channels if one.sid == sid), None)
        return next((one for one in self._channels if one.phone_number == claim.from_), None)

    def _rest(self, channel: Channel, claim: Claim) -> Rest | None:
        usage = self._usage[channel.sid]
        known = [span for span in Span if (channel.sid, span, claim.to) in self._known]
        return rest(channel, usage, self._now, urgent=claim.lane == Lane.ALERT) or recipient_rest(
            channel, usage, known, self._now
        )

    def _wait(self, claim: Claim, reason: Rest | None) -> None:
        why, until = None, None
        if reason is not None:
            why = store.WAITS_FOR_CHANNEL + reason.why
            until = min(reason.until or self._now + LONGEST_REST, self._now + LONGEST_REST)
        self.waiting.setdefault((why, until), []).append((claim.message_sid, claim.number))


def _soonest(rests: Sequence[Rest]) -> Rest:
    never = datetime.max.replace(tzinfo=UTC)
    return min(rests, key=lambda one: one.until or never)
