"""Decides who may bind to a SIM box."""

from collections.abc import Collection
from hmac import compare_digest

from smsc.simulator.behaviour import Behaviour
from smsc.simulator.outbox import Session
from smsc.smpp.pdu import Bind, BindType, CommandStatus


class Porter:
    """One box's names and what its behaviour wants of a bind."""

    def __init__(self, system_id: str | None, password: str | None) -> None:
        self._system_id = system_id
        self._password = password
        self._refused = 0

    def start_anew(self) -> None:
        """Refuse the first binds again, if the behaviour says so."""
        self._refused = 0

    def command_status(
        self, bind: Bind, behaviour: Behaviour, sessions: Collection[Session]
    ) -> CommandStatus | int:
        """Say how a bind is answered; `sessions` are those that are bound."""
        if self._refused < behaviour.refused_binds:
            self._refused += 1
            return behaviour.bind_status
        if bind.interface_version < behaviour.lowest_version:
            return CommandStatus.ESME_RBINDFAIL
        if not self._knows(bind, behaviour):
            return CommandStatus.ESME_RINVPASWD
        most = behaviour.most_sessions
        if behaviour.lines is not None:
            if bind.bind_type is not BindType.TRANSCEIVER or not _is_line(bind, behaviour.lines):
                return CommandStatus.ESME_RINVSYSID
            most = 1
        bound = sum(session.system_id == bind.system_id for session in sessions)
        if most is not None and bound >= most:
            return CommandStatus.ESME_RALYBND
        return CommandStatus.ESME_ROK

    def _knows(self, bind: Bind, behaviour: Behaviour) -> bool:
        password = bind.password.encode()
        longest = behaviour.longest_password
        if longest is not None and len(password) > longest:
            return False
        system_id = bind.system_id
        if behaviour.lines is not None and self._system_id is not None:
            system_id = system_id[:-2]
        return all(
            wanted is None or compare_digest(wanted.encode(), given)
            for wanted, given in (
                (self._system_id, system_id.encode()),
                (self._password, password),
            )
        )


def _is_line(bind: Bind, lines: int) -> bool:
    number = bind.system_id[-2:]
    return len(number) == 2 and number.isdecimal() and 1 <= int(number) <= lines
