"""`python -m api`: one process on uvloop and httptools."""

import asyncio
import socket
import sys

import uvicorn

from api import direct
from api.app import create_app
from smsc import garbage, log
from smsc.errors import SettingError
from smsc.settings import Settings

_GRACE_SECONDS = 10
_LAST_REQUEST_SECONDS = 1.0  # for the request of who had just connected when we were to end
_USAGE_ERROR = 2


class _Server(uvicorn.Server):
    """uvicorn's server, that sets aside what lives as long as the process, and hears all out."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        garbage.set_aside()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, but read the requests of those that stand; then end them.

        uvicorn would close a connection whose request it has not read yet. Behind a balancer that
        tries another process when a connection is refused, a rolling restart fails no request.
        """
        for server in self.servers:
            server.close()
        await asyncio.sleep(_LAST_REQUEST_SECONDS)
        await super().shutdown(sockets)


def main() -> int:
    """Serve until SIGTERM or Ctrl-C; requests that are running end first."""
    try:
        settings = Settings.read()
        app = create_app(settings)
    except SettingError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 there is no log yet
        return _USAGE_ERROR
    log.configure(settings.log_level)
    server = _Server(
        uvicorn.Config(
            app,
            host=settings.bind,
            port=settings.http_port,
            loop="uvloop",
            http=direct.protocol_of(app),
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )
    server.run()
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main())
