"""A bind that we make over a connection which its peer has opened, and asked for by OUTBIND."""

from collections.abc import Callable
from typing import TypeVar

from smsc.smpp.bind import BindConfig, BindState, EsmeOwner
from smsc.smpp.dialled_session import Answered, Asked, DialledEsme
from smsc.smpp.esme_session import AWAITS, TAKES, EsmeSession
from smsc.smpp.pdu import Bind, BindResp, Outbind
from smsc.smpp.session import Session
from smsc.smpp.throttle import Throttle

K = TypeVar("K")


class OutbindSession(EsmeSession[K]):
    """A session like one that we dialled, but that the connection stands already."""

    def __init__(
        self,
        number: int,
        config: BindConfig,
        owner: EsmeOwner[K],
        throttle: Throttle,
        clock: Callable[[], float],
        on_bound: Callable[[BindResp], None],
        session: Session[K, Asked, Answered],
        on_end: Callable[[str], None],
    ) -> None:
        super().__init__(number, config, owner, throttle, clock, on_bound)
        self._connected = True
        self._on_end = on_end
        # The same session under the narrower types that the base knows it by.
        self.session = session  # type: ignore[assignment]
        self.session.hand_over(self, TAKES, AWAITS, config.window, config.timers)

    def begin(self) -> None:
        """Ask for the bind; what the peer sends with its answer may be of any length."""
        self.session.connection.lift_allowance()
        self.session.bind(self._config.bind_pdu())

    def ended(self, reason: str) -> None:
        """Tell whoever waits, and whose connection it was."""
        super().ended(reason)
        self._on_end(reason)


class OutbindEsme(DialledEsme[K]):
    """A bind that its peer asks for. One that then refuses it is heard again after a while.

    Source: SMPP 3.4 §2.2.1.
    """

    waits_for = "waits for the remote's outbind"

    def is_meant(self, asked: Bind | Outbind) -> bool:
        """Say whether the peer asks for this bind."""
        asker = self.config.asker
        return (
            isinstance(asked, Outbind)
            and asker is not None
            and asked.system_id == asker.system_id
            and self.state is not BindState.BACKING_OFF
        )

    def adopt(
        self,
        asked: Bind | Outbind,  # noqa: ARG002 `is_meant` has looked at it
        session: Session[K, Asked, Answered],
        on_end: Callable[[str], None],
    ) -> Callable[[], None] | None:
        """Take over the session by which the peer has asked; None: one stands already.

        What is returned asks for the bind.
        """
        if self._present is not None or self._stop.is_set():
            return None
        self._sessions += 1
        present = OutbindSession(
            self._sessions,
            self.config,
            self._owner,
            self.throttle,
            self._clock,
            self._bound,
            session,
            on_end,
        )
        self._arrive(present)
        self._enter(BindState.CONNECTING, f"binds over the connection of {session.connection.peer}")
        return present.begin

    def _parted(self, present: EsmeSession[K], since: float | None) -> float:
        if since is not None:
            self._log_once("bind.lost")
            self._backoff.lost(self._clock() - since)
            return 0.0
        self._log_once("bind.failed")
        refused = present.refused_with
        return 0.0 if refused is None else self._backoff.refused(refused)
