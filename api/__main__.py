"""`python -m api`: one process on uvloop and httptools."""

import sys

import uvicorn

from api import direct
from api.app import create_app
from api.serving import Server
from smsc import log
from smsc.errors import SettingError
from smsc.settings import Settings

_GRACE_SECONDS = 10
_USAGE_ERROR = 2


def main() -> int:
    """Serve until SIGTERM or Ctrl-C; requests that are running end first."""
    try:
        settings = Settings.read()
        app = create_app(settings)
    except SettingError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 there is no log yet
        return _USAGE_ERROR
    log.configure(settings.log_level)
    server = Server(
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
