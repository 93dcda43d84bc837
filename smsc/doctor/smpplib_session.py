"""A session on smpplib, whose faults become one kind of exception and whose waits have ends."""

import select
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Final, Protocol

from smpplib import smpp
from smpplib.client import Client
from smpplib.consts import SMPP_CLIENT_STATE_OPEN
from smpplib.exceptions import ConnectionError as LostConnection
from smpplib.exceptions import PDUError, UnknownCommandError

from smsc.doctor import advice
from smsc.doctor.pace import Burst
from smsc.doctor.report import Target
from smsc.smpp.pdu import BindType, CommandStatus, SubmitSm

_LOGGER: Final = "smpplib"  # its default is a new logger a client, never freed


class TheirPdu(Protocol):
    """What we read of smpplib's PDUs."""

    command: str
    status: int
    sequence: int


class SessionFault(Exception):
    """It did not go on; the words say why, `command_status` only when the remote said it."""

    def __init__(self, words: str, command_status: int | None = None) -> None:
        super().__init__(words)
        self.command_status = command_status


class SessionEnded(SessionFault):
    """The remote, or something on the way to it, ended the connection."""


class SmpplibSession:
    """One bound session, used step by step; blocks.

    `take` is given each message and says whether it is ours. All others are answered
    ESME_RX_T_APPN, so that the remote keeps them for the gateway whom they are meant for.
    """

    def __init__(self, client: Client, take: Callable[[TheirPdu], bool]) -> None:
        self.enquired_at: list[float] = []  # when the remote asked after the link
        self._client = client
        self._take = take

    @classmethod
    @contextmanager
    def bound(
        cls,
        target: Target,
        bind_type: BindType,
        take: Callable[[TheirPdu], bool] = lambda _message: False,
    ) -> "Iterator[SmpplibSession]":
        """Connect and bind; unbind and close at the end.

        Raises:
            SessionFault: it can't, or the block's own.
        """
        patience = target.patience.total_seconds()
        client = Client(
            target.host,
            target.port,
            timeout=patience,
            ssl_context=None if target.ssl_context is None else _unchecked(),
            logger_name=_LOGGER,
            allow_unknown_opt_params=True,
        )
        try:
            with _faults():
                client.connect()
                getattr(client, f"bind_{bind_type}")(
                    system_id=target.system_id,
                    password=target.password,
                    system_type=target.system_type,
                    interface_version=target.interface_version,
                )
            session = cls(client, take)
            yield session
            session.ask("unbind", target.patience)
        finally:
            client.state = SMPP_CLIENT_STATE_OPEN  # else its disconnect warns
            client.disconnect()

    def submit(self, pdu: SubmitSm, patience: timedelta) -> str:
        """Submit one segment; return its message_id.

        Raises:
            SessionFault: it is refused, or not answered.
        """
        answer = self.ask(
            "submit_sm",
            patience,
            **_fields(pdu),
        )
        message_id = getattr(answer, "message_id", None) or b""
        return bytes(message_id).rstrip(b"\0").decode("latin-1")

    def burst(self, pdu: SubmitSm, count: int, pace: float | None, patience: timedelta) -> Burst:
        """Submit a segment `count` times at once, or `pace` a second.

        Raises:
            SessionFault: the connection ended meanwhile.
        """
        begun = time.monotonic()
        unanswered: set[int] = set()
        statuses: list[int] = []

        def hear(until: float) -> None:
            for answer in self._answers(until):
                if answer.sequence in unanswered:
                    unanswered.discard(answer.sequence)
                    statuses.append(answer.status)
                if not unanswered and len(statuses) == count:
                    return

        for number in range(count):
            if pace is not None:
                hear(begun + number / pace)
            with _faults():
                request = smpp.make_pdu("submit_sm", client=self._client, **_fields(pdu))
                self._client.send_pdu(request)
            unanswered.add(request.sequence)
        hear(time.monotonic() + patience.total_seconds())
        return Burst.of(count, statuses, time.monotonic() - begun)

    def attend(self, until: float) -> None:
        """Answer what comes until that time, and say nothing else.

        Raises:
            SessionEnded: the remote has left.
            SessionFault: what came is no PDU.
        """
        for _ in self._answers(until):
            pass

    def ask(self, command: str, patience: timedelta, **fields: object) -> TheirPdu:
        """Send a request; return the answer, when it is OK.

        Raises:
            SessionFault: it is refused, or not answered.
        """
        with _faults():
            request = smpp.make_pdu(command, client=self._client, **fields)
            self._client.send_pdu(request)
            deadline = time.monotonic() + patience.total_seconds()
            while time.monotonic() < deadline:
                answer = self.read()
                if answer is not None and answer.sequence == request.sequence:
                    if answer.status != CommandStatus.ESME_ROK:
                        raise SessionFault(advice.for_status(answer.status), answer.status)
                    return answer
            raise TimeoutError

    def read(self) -> TheirPdu | None:
        """Read one PDU; return it if it is a response, else answer it.

        Raises:
            TimeoutError: nothing comes in the target's patience.
            SessionFault: the connection or the PDU is broken.
        """
        with _faults(timeouts=False):
            pdu: TheirPdu = self._client.read_pdu()
            if pdu.command.endswith("_resp") or pdu.command == "generic_nack":
                return pdu
            status = CommandStatus.ESME_ROK
            if pdu.command == "deliver_sm" and not self._take(pdu):
                status = CommandStatus.ESME_RX_T_APPN
            if pdu.command == "enquire_link":
                self.enquired_at.append(time.monotonic())
            if pdu.command in _ANSWERED:
                answer = smpp.make_pdu(f"{pdu.command}_resp", client=self._client, status=status)
                answer.sequence = pdu.sequence
                self._client.send_pdu(answer)
            return None

    def _answers(self, until: float) -> Iterator[TheirPdu]:
        """Yield the responses that come until that time; all else is answered."""
        while (left := until - time.monotonic()) > 0:
            if self._has_something(left):
                with suppress(TimeoutError):  # of TLS there may come what is no PDU
                    answer = self.read()
                    if answer is not None:
                        yield answer

    def _has_something(self, within: float) -> bool:
        connection = self._client._socket  # noqa: SLF001 smpplib can't be asked whether to read
        if isinstance(connection, ssl.SSLSocket) and connection.pending():
            return True
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        return bool(poll.poll(max(1, within * 1000)))


def _fields(pdu: SubmitSm) -> dict[str, object]:
    return {
        "source_addr": pdu.source_addr,
        "source_addr_ton": pdu.source_addr_ton,
        "source_addr_npi": pdu.source_addr_npi,
        "destination_addr": pdu.destination_addr,
        "dest_addr_ton": pdu.dest_addr_ton,
        "dest_addr_npi": pdu.dest_addr_npi,
        "esm_class": pdu.esm_class,
        "registered_delivery": pdu.registered_delivery,
        "data_coding": pdu.data_coding,
        "short_message": pdu.short_message,
    }


def _unchecked() -> ssl.SSLContext:
    """Make a context that takes any certificate: smpplib tells no name that could be checked."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


_ANSWERED: Final = frozenset({"deliver_sm", "enquire_link", "unbind"})


@contextmanager
def _faults(*, timeouts: bool = True) -> Iterator[None]:
    """Turn whatever smpplib raises into a `SessionFault`."""
    try:
        yield
    except TimeoutError:
        if not timeouts:
            raise
        raise SessionFault("no answer in time") from None
    except (OSError, UnicodeError) as fault:
        raise SessionFault(advice.for_fault(fault)) from fault
    except LostConnection as fault:
        cause = fault.__context__
        words = advice.for_fault(cause) if isinstance(cause, OSError) else "the connection ended"
        raise SessionEnded(words) from fault
    except PDUError as fault:
        status = fault.args[1] if len(fault.args) > 1 else None
        words = str(fault) if status is None else advice.for_status(status)
        raise SessionFault(words, status) from fault
    except (UnknownCommandError, ValueError, struct.error, IndexError, KeyError) as fault:
        raise SessionFault(f"smpplib can't read what came: {fault!r}") from fault
