"""What one connector's pump claims from: its queue by lanes, and the bulks that wait for it."""

from collections.abc import Collection
from time import monotonic
from typing import Final

from smsc.db import Database
from smsc.jobs import AWAKE_SECONDS
from smsc.messaging.sending import batches, dispatch
from smsc.messaging.sending.dispatch import Claim, QueueCursor
from smsc.messaging.sending.leases import Lease
from smsc.models import Lane
from workers.channels import ChannelBook
from workers.order import Placed

# Of a window of at least two, one place in so many is kept free of bulks and of the bulk lane, so
# that what comes meanwhile finds one.
ONE_IN: Final = 10


def reserve_of(window: int) -> int:
    """Return how many places of a window bulks leave to the other lanes."""
    return 0 if window < 2 else -(-window // ONE_IN)


class Feed:
    """Where a connector's next segments come from, in order: urgent lanes, bulks, other lanes.

    A bulk has the lane that it was sent in: what waits alone in the same or a more urgent one goes
    before it. Whatever its lane, it leaves the reserve of the window to the others. While no bulk
    waits, nobody looks for one but the sweep.
    """

    def __init__(self, database: Database, owner: str) -> None:
        self._database = database
        self._owner = owner
        self._cursor = QueueCursor()
        self._hungry = True  # the queue may have something
        self._awake_until = 0.0  # whether or not it had something, so long it is looked into
        self.is_rung = False  # somebody said so since the last claim
        self.went_before = False  # the last claim took nothing of the bulk that waits
        self._bulk_lane: Lane | None = None  # of the first batch that waits, if any does

    @property
    def is_at_start(self) -> bool:
        """Whether nothing of the queue is skipped: an empty claim is then the truth."""
        return self._cursor.is_at_start

    @property
    def has_more(self) -> bool:
        """Whether a claim may find something."""
        return self._hungry or self.has_bulk

    @property
    def has_bulk(self) -> bool:
        """Whether a bulk waits."""
        return self._bulk_lane is not None

    @property
    def is_expecting(self) -> bool:
        """Whether more is likely to come at once, and its bell may be late: see `Bells`."""
        return monotonic() < self._awake_until

    def wants(self, spare: int) -> bool:
        """Say whether a claim may find something, with so much room for bulks."""
        return self._hungry or (self.has_bulk and spare > 0)

    def ring(self) -> None:
        """Look into the queue, and for a while again: so long the next bell may be held back."""
        self._awake_until = monotonic() + AWAKE_SECONDS
        self.look()

    def look(self) -> None:
        """Look into the queue."""
        self._hungry = self.is_rung = True

    def restart(self, bulk_lane: Lane | None) -> None:
        """Look into the queue from its true front, and for a bulk if one was seen."""
        self._cursor.restart()
        self._hungry = self.is_rung = True
        if bulk_lane is not None:
            self._bulk_lane = bulk_lane

    async def claim(self, lease: Lease, most: int, spare: int) -> list[Claim]:
        """Claim up to `most` segments, of them `spare` at most of bulks and the bulk lane.

        What goes before a bulk is written before a batch of it is claimed; not twice in a row, so
        that the bulk goes on.
        """
        from_start, bulk_lane = self._cursor.is_at_start, self._bulk_lane
        self.is_rung = False
        before = [lane for lane in Lane if bulk_lane is None or lane <= bulk_lane]
        behind = [lane for lane in Lane if lane not in before]
        claims = await self._claim_queue(lease, before, most, spare)
        found = bool(claims)
        if found and bulk_lane is not None and not self.went_before:
            self._awake_until = monotonic() + AWAKE_SECONDS
            self.went_before = True
            return claims
        self.went_before = False
        if bulk_lane is not None and len(claims) < spare:
            batch = await batches.claim(self._database, lease, self._owner, spare - len(claims))
            if not batch:
                self._bulk_lane = None  # until the sweep sees another
            claims += batch
        if behind and len(claims) < most:
            left, spare = most - len(claims), spare - len(claims)
            more = await self._claim_queue(lease, behind, left, spare)
            found = found or bool(more)
            claims += more
        if found:
            self._awake_until = monotonic() + AWAKE_SECONDS
        elif spare > 0:  # what the hint skipped may be alive
            self._hungry = not from_start or self.is_expecting
        return claims

    async def claim_for_channels(self, book: ChannelBook, lease: Lease, most: int) -> list[Placed]:
        """Claim up to `most` segments, each by its channel; a bulk passes through the queue."""
        self.is_rung = False
        pairs: list[Placed] = [*await book.claim(lease, self._owner, most)]
        if not pairs and self.has_bulk:
            unfolds = book.has_ready  # else all of it would come to wait in the queue
            if unfolds and await batches.unfold(self._database, lease, self._owner, most):
                pairs = [*await book.claim(lease, self._owner, most)]
            if not pairs:
                self._bulk_lane = None
        if pairs:
            self._awake_until = monotonic() + AWAKE_SECONDS
        self._hungry = self._hungry and bool(pairs)
        return pairs

    async def _claim_queue(
        self, lease: Lease, lanes: Collection[Lane], most: int, spare: int
    ) -> list[Claim]:
        if not self._hungry:
            return []
        room = [0 if lane not in lanes else most for lane in Lane]
        room[Lane.BULK] = min(room[Lane.BULK], max(spare, 0))
        return await dispatch.claim(self._database, lease, self._owner, self._cursor, most, room)
