"""One session of a bind of ours, from the connection to the loss."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, Generic, TypeVar

from smsc.smpp.bind import BindConfig, EsmeOwner
from smsc.smpp.pdu import (
    BindResp,
    BindType,
    CommandStatus,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    GenericNack,
    SubmitSm,
    SubmitSmResp,
    status_name,
)
from smsc.smpp.session import Session
from smsc.smpp.session_owner import BindPdu
from smsc.smpp.throttle import Throttle
from smsc.sms.command_status import Verdict

K = TypeVar("K")

TAKES: tuple[type[DeliverSm | DataSm], ...] = (DeliverSm, DataSm)
# So long a remote that unbinds in mid-window may still answer it: what it doesn't is in doubt.
FAREWELL: Final = timedelta(seconds=2)
AWAITS: tuple[type[SubmitSmResp | GenericNack], ...] = (SubmitSmResp, GenericNack)


class EsmeSession(Generic[K]):
    """Binds, tells the throttle what the peer thinks of our pace, and hands on the rest.

    `number` tells the sessions of one bind apart. `over` gets the reason of the end;
    `refused_with` is then the status of a refused bind, if that was it. `idle` is set while
    nothing is in flight.
    """

    def __init__(
        self,
        number: int,
        config: BindConfig,
        owner: EsmeOwner[K],
        throttle: Throttle,
        clock: Callable[[], float],
        on_bound: Callable[[BindResp], None],
        *,
        on_trial: bool = False,
    ) -> None:
        self.number = number
        self.refused_with: int | None = None
        self.over: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.idle = asyncio.Event()
        self.idle.set()
        self.session: Session[K, DeliverSm | DataSm, SubmitSmResp | GenericNack] = Session(
            self,
            takes=TAKES,
            awaits=AWAITS,
            window=config.window,
            timers=config.timers,
            clock=clock,
            farewell=FAREWELL,
        )
        self._config = config
        self._owner = owner
        self._throttle = throttle
        self._clock = clock
        self._on_bound = on_bound
        self._on_trial = on_trial
        self._connected = False

    def request(self, batch: Sequence[tuple[K, SubmitSm]]) -> int:
        """Write the first of these, as many as `session.capacity` lets; say how many.

        Raises:
            ValueError: a field of one does not fit the wire; nothing was written.
        """
        return self.session.request(batch)

    def answer(self, responses: Sequence[DeliverSmResp | DataSmResp]) -> bool:
        """Answer what was received; say whether the session still stood.

        Raises:
            ValueError: a field of one does not fit the wire; nothing was written.
        """
        return self.session.answer(responses)

    async def drop(self, reason: str) -> None:
        """Close at once; return when the end was told."""
        self.session.abort(reason)
        if self._connected:
            await asyncio.wait([self.over])
        elif not self.over.done():
            self.over.set_result(reason)

    # -- what the session calls

    def opened(self) -> None:
        """Ask for the bind."""
        self._connected = True
        self.session.bind(self._config.bind_pdu())

    def binding(self, pdu: BindPdu) -> None:
        """Take the answer to our bind, of whichever kind."""
        if isinstance(pdu, BindResp) and pdu.command_status == CommandStatus.ESME_ROK:
            # A transmitter that gets receipts all the same had better take them.
            self.session.bound(
                may_request=self._config.bind_type is not BindType.RECEIVER,
                on_trial=self._on_trial,
            )
            self._on_bound(pdu)
        elif isinstance(pdu, BindResp | GenericNack):
            self.refused_with = pdu.command_status
            self.session.close(f"bind refused: {status_name(pdu.command_status)}")

    def responded(self, results: Sequence[tuple[K, SubmitSmResp | GenericNack]]) -> None:
        """Mind the pace, then hand on."""
        now = self._clock()
        statuses = [response.command_status for _, response in results]
        verdicts = {status: self._config.statuses.verdict(status) for status in set(statuses)}
        accepted = sum(
            statuses.count(status) for status, verdict in verdicts.items() if verdict is Verdict.OK
        )
        if accepted:
            self._throttle.accepted(now, accepted)
        if Verdict.THROTTLED in verdicts.values():
            self._throttle.throttled(now, self.session.refused_sent_at)
        if Verdict.QUEUE_FULL in verdicts.values():
            self._throttle.queue_full(now)
        self._owner.responded(results)
        self._note_idle()

    def requested(self, pdus: Sequence[DeliverSm | DataSm]) -> None:
        """Hand on, with the number by which the answers find this session."""
        self._owner.received(self.number, pdus)

    def in_doubt(self, keys: Sequence[K], why: str, *, silence: bool) -> None:
        """Hand on."""
        self._owner.in_doubt(keys, why, silence=silence)
        self._note_idle()

    def capacity_freed(self) -> None:
        """Hand on."""
        self._owner.capacity_freed()

    def ended(self, reason: str) -> None:
        """Tell whoever waits."""
        if not self.over.done():
            self.over.set_result(reason)

    def _note_idle(self) -> None:
        if not len(self.session.window):
            self.idle.set()
