"""The API as the commands reach it: here or on another machine, by HTTP alone."""

import json
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final, TypeAlias
from urllib.parse import urlencode, urlsplit

import typer

from smsc.errors import GatewayError, SettingError
from smsc.settings import Settings

Fields: TypeAlias = dict[str, object]

ApiUrl = Annotated[
    str | None,
    typer.Option(envvar="SMSC_API_URL", help="Base URL of the API. Default: the one of `smsc up`."),
]
CarrierKey = Annotated[
    str | None,
    typer.Option(
        "--carrier-key",
        envvar="SMSC_CARRIER_API_KEY",
        help="Key of the Carrier API. Default: the one of `smsc up`.",
    ),
]

DEMO_FILE: Final = "demo.json"
_TIMEOUT_SECONDS: Final = 30.0
_LIST_LIMIT: Final = 1000


class Refused(GatewayError):
    """The API refused a request; the message is the API's own."""


class Unreachable(GatewayError):
    """Nothing answers at the API's URL."""

    def __init__(self, api_url: str, why: object) -> None:
        super().__init__(
            f"{api_url} can't be reached ({why}). Start it with `smsc up`, "
            "or name another with SMSC_API_URL."
        )


@dataclass(frozen=True, slots=True)
class Api:
    """An API, and what to show it to be let in."""

    url: str
    authorization: str

    def request(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Fields:
        """Make one request; return the JSON object of its answer, empty when there is none.

        Raises:
            Refused: an answer that is not a success.
            Unreachable: no answer.
        """
        headers = {"Authorization": self.authorization, "Accept": "application/json"}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        elif form is not None:
            data = urlencode(form).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        request = urllib.request.Request(  # noqa: S310 http(s) is checked when the URL is read
            f"{self.url}{path}", data, headers, method=method
        )
        try:
            with _opener(self.url).open(request, timeout=_TIMEOUT_SECONDS) as answer:
                return _object(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                raise _refused(error.code, error.read()) from None
        except urllib.error.URLError as error:
            raise Unreachable(self.url, error.reason) from None
        except (TimeoutError, OSError) as error:
            raise Unreachable(self.url, error) from None

    def stream(self, path: str) -> Iterator[Fields]:
        """Yield the JSON objects of an answer that has one a line, as they come.

        Raises:
            Refused: an answer that is not a success.
            Unreachable: no answer, or none any more.
        """
        headers = {"Authorization": self.authorization}
        request = urllib.request.Request(f"{self.url}{path}", headers=headers)  # noqa: S310 as above
        try:
            with _opener(self.url).open(request, timeout=_TIMEOUT_SECONDS) as answer:
                for line in answer:
                    yield _object(line)
        except urllib.error.HTTPError as error:
            with error:
                raise _refused(error.code, error.read()) from None
        except urllib.error.URLError as error:
            raise Unreachable(self.url, error.reason) from None
        except (TimeoutError, OSError) as error:
            raise Unreachable(self.url, error) from None

    def walk(self, path: str, filters: Mapping[str, str | None] | None = None) -> Iterator[Fields]:
        """Yield a list of the Carrier API, from its first page to its last."""
        wanted = {name: value for name, value in (filters or {}).items() if value is not None}
        where: str | None = f"{path}?{urlencode(wanted | {'limit': str(_LIST_LIMIT)})}"
        while where is not None:
            page = self.request("GET", where)
            data = page["data"]
            assert isinstance(data, list)  # noqa: S101 what a list of ours is
            yield from data
            following = urlsplit(str(page["next"])) if page["next"] else None
            where = f"{path}?{following.query}" if following else None


def carrier_api(api_url: str | None, carrier_key: str | None) -> Api:
    """Return the Carrier API that the options or `smsc up` name.

    Raises:
        SettingError: neither does.
    """
    demo = {} if api_url and carrier_key else read_demo()
    url = api_url or demo.get("api_url")
    key = carrier_key or demo.get("carrier_api_key")
    if not isinstance(url, str) or not isinstance(key, str):
        raise SettingError(
            "There is no carrier API key. Run `smsc up` once (it writes demo.json into SMSC_HOME), "
            "or set SMSC_API_URL and SMSC_CARRIER_API_KEY."
        )
    return Api(_checked(url), f"Bearer {key}")


def account_api(
    api_url: str | None, account_sid: str | None, auth_token: str | None
) -> tuple[Api, str]:
    """Return the Messages API for an account, and the account's SID.

    Raises:
        SettingError: neither the options nor `smsc up` name one.
    """
    demo = {} if api_url and account_sid and auth_token else read_demo()
    url = api_url or demo.get("api_url")
    sid = account_sid or demo.get("account_sid")
    token = auth_token or (demo.get("auth_token") if sid == demo.get("account_sid") else None)
    if not (isinstance(url, str) and isinstance(sid, str) and isinstance(token, str)):
        raise SettingError(
            "There is no account to send from. Run `smsc up` once (it writes demo.json into "
            "SMSC_HOME), or give --api-url, --account-sid and --auth-token."
        )
    return Api(_checked(url), basic(sid, token)), sid


def basic(username: str, password: str) -> str:
    """Return the header that logs an account in."""
    return f"Basic {b64encode(f'{username}:{password}'.encode()).decode()}"


def read_demo(home: Path | None = None) -> Fields:
    """Return what `smsc up` wrote down for us; empty when it didn't, or it can't be read."""
    path = (home or Settings.read().home) / DEMO_FILE
    try:
        return _object(path.read_bytes())
    except (FileNotFoundError, Refused):
        return {}
    except OSError as error:
        raise SettingError(f"{path} can't be read: {error.strerror}.") from None


def _checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingError(f"SMSC_API_URL must be like https://sms.example.org (it is {url!r}).")
    return url.rstrip("/")


def _opener(url: str) -> urllib.request.OpenerDirector:
    """Return what makes the request: past any proxy when the API is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        is_here = ip_address(host).is_loopback
    except ValueError:
        is_here = host == "localhost"
    return urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if is_here else []))


def _object(text: bytes) -> Fields:
    if not text:
        return {}
    try:
        value = json.loads(text)
    except ValueError:
        raise Refused("The answer is no JSON. Is this the URL of the API?") from None
    if not isinstance(value, dict):
        raise Refused("The answer is no JSON object. Is this the URL of the API?")
    return value


def _refused(status: int, text: bytes) -> Refused:
    try:
        answer = _object(text)
    except Refused:
        answer = {}
    message = answer.get("message") or HTTPStatus(status).phrase
    code = answer.get("code")
    return Refused(f"{message} (code {code})" if code else f"{message} (HTTP {status})")
