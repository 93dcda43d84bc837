"""What befalls the sessions of a SIM box: after so many submits one ends, or worse."""

from collections.abc import Mapping
from weakref import WeakKeyDictionary

import structlog

from smsc.simulator.behaviour import Behaviour, Incident
from smsc.simulator.outbox import Session
from smsc.simulator.wire import Wire

log = structlog.get_logger()


class Incidents:
    """Counts the submits of each session, and strikes when it is time."""

    def __init__(self, wires: Mapping[str, Wire]) -> None:
        self.happened = 0
        self._wires = wires
        self._submits: WeakKeyDictionary[Session, int] = WeakKeyDictionary()
        self._struck: WeakKeyDictionary[Session, Incident] = WeakKeyDictionary()

    def has_struck(self, session: Session) -> bool:
        """Say whether nothing that this session submits is answered any more."""
        return session in self._struck

    def answered(self, session: Session, count: int, behaviour: Behaviour) -> int:
        """Note that so many submits came; say how many of them are still answered."""
        before = self._submits.get(session, 0)
        self._submits[session] = before + count
        if self.has_struck(session):
            return 0
        if not self._is_due(behaviour, before + count):
            return count
        return max(0, behaviour.incident_after - before)

    def strike(self, session: Session, behaviour: Behaviour) -> None:
        """Do to the session what is due, if anything is; after its last answers were written."""
        incident = behaviour.incident
        if incident is None or self.has_struck(session):
            return
        if not self._is_due(behaviour, self._submits.get(session, 0)):
            return
        self.happened += 1
        self._struck[session] = incident
        log.info("simulator.incident", incident=incident, peer=session.peer)
        wire = self._wires.get(session.peer)
        match incident:
            case Incident.UNBIND:
                session.unbind()
            case Incident.CLOSE:
                session.close("an incident")
            case Incident.RESET if wire is not None:
                wire.reset()
            case Incident.GARBAGE:
                session.write(bytes.fromhex(behaviour.garbage))
            case Incident.SILENCE if wire is not None:
                wire.cut()

    def _is_due(self, behaviour: Behaviour, submits: int) -> bool:
        times = behaviour.incident_times
        return (
            behaviour.incident is not None
            and submits >= behaviour.incident_after
            and (times is None or self.happened < times)
        )
