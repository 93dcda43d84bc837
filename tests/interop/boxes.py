"""Kannel's two boxes as processes: a bearerbox bound to a listener, a smsbox before it."""

import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.up import free_ports, until
from tests.interop.install import find

_CONFIGURATION = """
group = core
admin-port = {admin}
admin-password = admin
admin-interface = 127.0.0.1
smsbox-port = {box}
smsbox-interface = 127.0.0.1
log-file = "{folder}/bearerbox.log"
log-level = {log_level}
box-allow-ip = 127.0.0.1
{core}

group = smsc
smsc = smpp
smsc-id = smsc
host = 127.0.0.1
port = {smpp}
transceiver-mode = true
smsc-username = {system_id}
smsc-password = {password}
system-type = ""
source-addr-ton = 1
source-addr-npi = 1
dest-addr-ton = 1
dest-addr-npi = 1
reconnect-delay = 1
max-pending-submits = {window}

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1
log-file = "{folder}/smsbox.log"
log-level = {log_level}

group = sendsms-user
username = kannel
password = kannel
concatenation = true
max-messages = 10

group = sms-service
keyword = default
catch-all = true
omit-empty = true
max-messages = 0
get-url = "{inbound_url}"
"""
_ERRORS_ONLY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What differs from one use of Kannel to the next."""

    system_id: str
    password: str
    inbound_url: str  # with Kannel's own escapes
    window: int = 10  # Kannel's default
    core: str = ""  # more lines of the core group
    log_level: int = 0  # 0: everything; 4: errors alone


@dataclass(frozen=True, slots=True)
class Boxes:
    """Both boxes, running and bound."""

    sendsms_port: int
    bearerbox: int  # a process id
    smsbox: int


@contextmanager
def boxes(folder: Path, smpp_port: int, settings: Settings) -> Iterator[Boxes]:
    """Run both while the block runs; the bind is up when it begins."""
    admin, box, sendsms = free_ports(3)
    configuration = folder / "kannel.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            admin=admin,
            box=box,
            sendsms=sendsms,
            smpp=smpp_port,
            folder=folder,
            system_id=settings.system_id,
            password=settings.password,
            inbound_url=settings.inbound_url,
            window=settings.window,
            core=settings.core,
            log_level=settings.log_level,
        )
    )
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for program, port in (("bearerbox", admin), ("smsbox", sendsms)):
            command = [find(program), "-v", str(_ERRORS_ONLY), str(configuration)]
            with (folder / f"{program}.out").open("wb") as log:
                processes.append(subprocess.Popen(command, stdout=log, stderr=log))
            until(lambda port=port: _answers(port), 30)  # type: ignore[misc]
        until(lambda: "online" in _status(admin), 30)
        yield Boxes(sendsms, *(process.pid for process in processes))
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in reversed(processes):
            process.wait(30)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _status(port: int) -> str:
    url = f"http://127.0.0.1:{port}/status.txt?password=admin"
    with urllib.request.urlopen(url, timeout=5) as answer:
        return str(answer.read().decode())
