"""The dashboard's cookies: out of scripts' reach, and under TLS out of other hosts' reach, too."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.deps import services

# A browser takes such a name only over TLS, for one host and its every path: neither a neighbour
# under the same domain nor somebody between can put one there.
_OF_THIS_HOST: Final = "__Host-"


def is_https(request: Request) -> bool:
    """Say whether the browser came, or customers come, by TLS."""
    settings = services(request).settings
    return request.url.scheme == "https" or settings.api_url.startswith("https:")


def cookie_of(request: Request, name: str) -> str | None:
    """Return what the browser keeps for us under a name."""
    return request.cookies.get(_name(request, name))


def set_cookie(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    """Give the browser a secret that no script reads and no other site's form carries."""
    response.set_cookie(
        _name(request, name),
        value,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_https(request),
    )


def drop_cookie(request: Request, response: Response, name: str) -> None:
    """Let the browser forget it."""
    response.delete_cookie(
        _name(request, name), path="/", httponly=True, samesite="lax", secure=is_https(request)
    )


def _name(request: Request, name: str) -> str:
    return _OF_THIS_HOST + name if is_https(request) else name
