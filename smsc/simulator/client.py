"""Talks to a running simulator over HTTP."""

import http.client
import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from smsc.errors import GatewayError

_PATIENCE_SECONDS: Final = 10.0  # beyond what the request itself asks the simulator to wait

Json = dict[str, object]


class SimulatorUnreachable(GatewayError):
    """No simulator answers at the URL."""

    retryable = True

    def __init__(self, url: str, why: str) -> None:
        super().__init__(
            f"No simulator answers at {url} ({why}). "
            "Start one with `smsc up` or `smsc simulate simbox`, or name its --url."
        )


class SimulatorRefused(GatewayError):
    """The simulator does not do what it was asked to."""

    http_status = 400


class SimulatorClient:
    """One simulator, by the URL of its HTTP API. Calls block."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def handsets(self) -> Json:
        """List the handsets that were used."""
        return self._ask("GET", "/handsets")

    def forget_handsets(self) -> None:
        """Forget all handsets and their messages."""
        self._ask("DELETE", "/handsets")

    def read(self, number: str, *, after: int = 0, wait: float = 0.0) -> Json:
        """Read a handset's messages after `after`; wait up to `wait` seconds for one."""
        query = urlencode({"after": after, "wait": wait})
        return self._ask("GET", f"/handsets/{quote(number, safe='')}/messages?{query}", wait=wait)

    def send(self, number: str, to: str, text: str, *, within: float = 10.0) -> Json:
        """Send an SMS from a handset; wait up to `within` seconds for the ESME's answer."""
        message: Json = {"to": to, "text": text, "within": within}
        path = f"/handsets/{quote(number, safe='')}/messages"
        return self._ask("POST", path, message, wait=within)

    def behaviour(self, changes: Mapping[str, object] | None = None) -> Json:
        """Read the behaviour, changed first if there are changes."""
        if changes:
            return self._ask("PATCH", "/behaviour", changes)
        return self._ask("GET", "/behaviour")

    def profiles(self) -> Json:
        """List the profiles that the box can take on."""
        return self._ask("GET", "/profiles")

    def take_on(self, profile: str) -> Json:
        """Let the box behave as a profile has it; return its behaviour."""
        return self._ask("PUT", f"/profile/{quote(profile, safe='')}", {})

    def sessions(self) -> Json:
        """List the bound ESMEs."""
        return self._ask("GET", "/sessions")

    def submits(self, limit: int = 100) -> Json:
        """Read totals and the latest submits."""
        return self._ask("GET", f"/submits?limit={limit}")

    def _ask(
        self, method: str, path: str, body: Mapping[str, object] | None = None, wait: float = 0.0
    ) -> Json:
        """Make one request.

        Raises:
            SimulatorUnreachable: nothing answers, or not in HTTP and JSON.
            SimulatorRefused: it answers with an error.
        """
        host, port, prefix = self._split()
        connection = http.client.HTTPConnection(host, port, timeout=wait + _PATIENCE_SECONDS)
        try:
            connection.request(
                method,
                prefix + path,
                None if body is None else json.dumps(body),
                {"Content-Type": "application/json"},
            )
            response = connection.getresponse()
            answer = json.loads(response.read() or b"{}")
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise SimulatorUnreachable(self.url, why) from error
        finally:
            connection.close()
        if not isinstance(answer, dict):
            raise SimulatorUnreachable(self.url, "something else answers there")
        if response.status >= 400:
            raise SimulatorRefused(str(answer.get("message", f"HTTP {response.status}")))
        return answer

    def _split(self) -> tuple[str, int, str]:
        """Return host, port and path of the URL.

        Raises:
            SimulatorUnreachable: it is none.
        """
        try:
            parts = urlsplit(self.url)
            host, port = parts.hostname, parts.port or 80
        except ValueError as error:
            raise SimulatorUnreachable(self.url, str(error)) from error
        if parts.scheme != "http" or not host:
            raise SimulatorUnreachable(self.url, "that is no http:// URL")
        return host, port, parts.path
