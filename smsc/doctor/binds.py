"""The request for a session, which kinds of it work, and whether those are enough."""

from typing import Final

from smsc.doctor import advice
from smsc.doctor.report import Outcome, Report, Target
from smsc.errors import SettingError
from smsc.smpp.pdu import Bind, BindType, CommandStatus, encode

# Further tries with the same credentials prove nothing, and some remotes lock the account.
_CREDENTIALS: Final = frozenset({CommandStatus.ESME_RINVPASWD, CommandStatus.ESME_RINVSYSID})


def bind_pdu(target: Target, bind_type: BindType) -> Bind:
    """Return the request for a session.

    Raises:
        SettingError: a field of the target fits no PDU.
    """
    pdu = Bind(
        bind_type=bind_type,
        system_id=target.system_id,
        password=target.password,
        system_type=target.system_type,
        interface_version=target.interface_version,
    )
    try:
        encode(pdu, 1)
    except ValueError as error:
        raise SettingError(
            f"A bind can't be written so ({error}): "
            "system_id, password and system_type are Latin-1, without NUL."
        ) from None
    return pdu


class Binds:
    """Collects what came of each bind type."""

    def __init__(self, report: Report) -> None:
        self.is_hopeless = False
        self._report = report
        self._works: dict[BindType, bool] = {}

    @property
    def sending(self) -> BindType | None:
        """The bind type to send by, if there is one."""
        both_ways = (BindType.TRANSCEIVER, BindType.TRANSMITTER)
        return next((one for one in both_ways if self._works.get(one)), None)

    @property
    def needs_receiver(self) -> bool:
        """Whether what comes back needs a session of its own, and there can be one."""
        return self.sending is BindType.TRANSMITTER and bool(self._works.get(BindType.RECEIVER))

    def accepted(self, bind_type: BindType, words: str, seconds: float) -> None:
        """Note a bind that works."""
        self._works[bind_type] = True
        self._report.add(f"Bind as {bind_type}", Outcome.OK, words, seconds=seconds)

    def refused(self, bind_type: BindType, command_status: int, seconds: float) -> None:
        """Note a refusal; of the credentials it is the end, of one bind type it need not be."""
        self._works[bind_type] = False
        self.is_hopeless = command_status in _CREDENTIALS
        outcome = Outcome.FAILED if self.is_hopeless else Outcome.WARNING
        words = advice.for_status(command_status)
        self._report.add(f"Bind as {bind_type}", outcome, words, seconds=seconds)

    def failed(self, bind_type: BindType, words: str) -> None:
        """Note that there was no answer to the bind, or no connection for it."""
        self._works[bind_type] = False
        self._report.add(f"Bind as {bind_type}", Outcome.FAILED, words)

    def conclude(self) -> None:
        """Say whether the bind types that work are enough, and suggest the best of them."""
        if set(self._works) == set(BindType) and any(self._works.values()):
            self._report.suggest("bind_type", self._best(), "the bind types that work")
        if self.is_hopeless or all(self._works.values()):
            return
        works = ", ".join(bind_type for bind_type, is_bound in self._works.items() if is_bound)
        if self._works.get(BindType.TRANSCEIVER) or (
            self._works.get(BindType.TRANSMITTER) and self._works.get(BindType.RECEIVER)
        ):
            words = f"Use bind_type {works}: the others do not work."
            self._report.add("Directions", Outcome.WARNING, words)
        elif works:
            words = f"Only {works} works: messages flow one way, and receipts may not come."
            self._report.add("Directions", Outcome.FAILED, words)
        else:
            self._report.add("Directions", Outcome.FAILED, "No bind type works.")

    def _best(self) -> str:
        if self._works[BindType.TRANSCEIVER]:
            return BindType.TRANSCEIVER.value
        if self._works[BindType.TRANSMITTER] and self._works[BindType.RECEIVER]:
            return "pair"
        return next(bind_type.value for bind_type, works in self._works.items() if works)
