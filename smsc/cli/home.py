"""What `smsc up` settles before anything starts: the home's secret, and ports that are free."""

import base64
import os
import secrets
import socket
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from smsc.errors import SettingError
from smsc.settings import SECRET_KEY_OCTETS, Settings

SIMULATORS: Final = ("simulator_port", "simulator_http_port")
PORTS: Final = ("http_port", "smpp_port", *SIMULATORS, "metrics_port")


def secret_key(home: Path) -> str:
    """Return the home's secret key; make it when there is none, readable by us alone."""
    path = home / "secret"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    fresh = base64.urlsafe_b64encode(secrets.token_bytes(SECRET_KEY_OCTETS)).decode()
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{fresh}\n")
        file.flush()
        os.fsync(file.fileno())  # what it encrypts is durable, so it has to be
    return fresh


def known_secret(settings: Settings) -> SecretStr | None:
    """Return SMSC_SECRET_KEY, else the home's; None where there is neither. Makes none."""
    if settings.secret_key is not None:
        return settings.secret_key
    try:
        return SecretStr((settings.home / "secret").read_text().strip())
    except FileNotFoundError:
        return None


def reachable_host(bind: str) -> str:
    """Return the address at which we ourselves reach what listens on `bind`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bind, bind)


def settle_ports(settings: Settings, *, metrics_ports: int = 1, simulator: bool = True) -> Settings:
    """Replace each port 0 by a free one, and make sure that all can be had.

    Workers on their own use `metrics_ports` ports from `metrics_port` on. Those of a simulator that
    isn't run may be somebody else's.

    Raises:
        SettingError: a port is in use, given twice, or not ours to take; names the setting.
    """
    free = _free_port(settings.bind)
    taken: dict[int, str] = {}
    chosen: dict[str, int] = {}
    for name in PORTS:
        count = metrics_ports if name == "metrics_port" else 1
        first: int = getattr(settings, name)
        variable = f"SMSC_{name.upper()}"
        if first == 0:
            first, free = free, _free_port(settings.bind)
        chosen[name] = first
        if name in SIMULATORS and not simulator:
            continue
        for port in range(first, first + count):
            if port in taken:
                raise SettingError(f"{variable} and {taken[port]} both mean port {port}.")
            taken[port] = variable
            _try(settings.bind, port, variable)
    return settings.model_copy(update=chosen)


def listens(host: str, port: int) -> bool:
    """Say whether something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=1.0):
            return True
    except OSError:
        return False


def _family(bind: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in bind else socket.AF_INET


def _free_port(bind: str) -> int:
    with socket.socket(_family(bind), socket.SOCK_STREAM) as probe:
        try:
            probe.bind((bind, 0))
        except OSError as error:
            raise SettingError(f"SMSC_BIND: {bind!r} is no address of this machine.") from error
        port: int = probe.getsockname()[1]
        return port


def _try(bind: str, port: int, variable: str) -> None:
    with socket.socket(_family(bind), socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
        try:
            probe.bind((bind, port))
        except OSError as error:
            raise SettingError(
                f"{variable}: port {port} on {bind} can't be had ({error.strerror}). "
                f"Stop what uses it, or set {variable} to another one."
            ) from error
