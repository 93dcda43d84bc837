"""The style sheet and the script: files of ours, beside this module."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.rendering import ASSETS
from smsc.errors import NotFound

_MEDIA_TYPES: Final = {
    "dashboard.css": "text/css",
    "dashboard.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
_FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}  # the URL changes


async def show(request: Request) -> Response:
    """Answer with a file.

    Raises:
        NotFound: there is none of that name.
    """
    name = request.path_params["name"]
    if name not in _MEDIA_TYPES:
        raise NotFound(name)
    return Response((ASSETS / name).read_bytes(), media_type=_MEDIA_TYPES[name], headers=_FOR_EVER)
