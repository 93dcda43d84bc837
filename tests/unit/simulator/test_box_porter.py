from types import SimpleNamespace
from typing import cast

import pytest

from smsc.simulator.behaviour import Behaviour
from smsc.simulator.outbox import Session
from smsc.simulator.porter import Porter
from smsc.smpp.pdu import Bind, BindType, CommandStatus

BOUND = cast("Session", SimpleNamespace(system_id="user"))


@pytest.mark.parametrize(
    ("behaviour", "bind", "status"),
    [
        (Behaviour(), Bind(system_id="user"), CommandStatus.ESME_ROK),
        (Behaviour(most_sessions=1), Bind(system_id="user"), CommandStatus.ESME_RALYBND),
        (Behaviour(most_sessions=1), Bind(system_id="other"), CommandStatus.ESME_ROK),
        (
            Behaviour(longest_password=8),
            Bind(system_id="user", password="123456789"),
            CommandStatus.ESME_RINVPASWD,
        ),
        (
            Behaviour(lowest_version=0x34),
            Bind(system_id="user", interface_version=0x33),
            CommandStatus.ESME_RBINDFAIL,
        ),
        (Behaviour(lines=4), Bind(system_id="user04"), CommandStatus.ESME_ROK),
        (Behaviour(lines=4), Bind(system_id="user05"), CommandStatus.ESME_RINVSYSID),
        (Behaviour(lines=4), Bind(system_id="user"), CommandStatus.ESME_RINVSYSID),
        (
            Behaviour(lines=4),
            Bind(system_id="user01", bind_type=BindType.RECEIVER),
            CommandStatus.ESME_RINVSYSID,
        ),
    ],
)
def test_who_may_bind(behaviour: Behaviour, bind: Bind, status: CommandStatus) -> None:
    assert Porter(None, None).command_status(bind, behaviour, [BOUND]) == status


def test_each_line_binds_with_the_name_and_password_of_all() -> None:
    porter, behaviour = Porter("user", "secret"), Behaviour(lines=4)
    known = Bind(system_id="user03", password="secret")
    assert porter.command_status(known, behaviour, []) == CommandStatus.ESME_ROK
    for bind in (
        Bind(system_id="other03", password="secret"),
        Bind(system_id="user03", password="wrong"),
    ):
        assert porter.command_status(bind, behaviour, []) == CommandStatus.ESME_RINVPASWD


def test_the_first_binds_are_refused_and_then_none() -> None:
    porter = Porter(None, None)
    behaviour = Behaviour(refused_binds=2, bind_status=CommandStatus.ESME_RSYSERR)
    statuses = [porter.command_status(Bind(), behaviour, []) for _ in range(3)]
    assert statuses == [CommandStatus.ESME_RSYSERR, CommandStatus.ESME_RSYSERR, 0]
