"""Makes pages of templates."""

import hashlib
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from starlette.responses import HTMLResponse, Response

from api.dashboard import writing
from api.dashboard.brands import brand_of_host
from api.dashboard.drawing import drawn_as, room_in
from api.dashboard.guarding import PRIVATE, SAFETY
from api.dashboard.languages import spoken, translated, translated_plural
from api.dashboard.rights import Right, has
from api.dashboard.visitors import Visitor
from api.dashboard.words import word

ASSETS: Final = Path(__file__).parent / "assets"


def render(
    template: str,
    visitor: Visitor | None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    **facts: object,
) -> Response:
    """Return a page. `facts` are what the template names.

    It has its headers here: that of a fault of ours leaves outside of what would add them.
    """
    page = _templates().get_template(template)
    html = page.render(
        visitor=visitor,
        brand=brand_of_host() if visitor is None else visitor.brand,
        zone=zone_of(visitor),
        language=spoken(),
        **facts,
    )
    return HTMLResponse(html, status, headers=SAFETY | PRIVATE)


def failure(status: HTTPStatus, sentence: str, *, back: str = "/") -> Response:
    """Return a page that says what went wrong."""
    title = word(status.phrase)
    return render("failure.html", None, status=status, title=title, sentence=sentence, back=back)


def asset_url(name: str) -> str:
    """Return where a file of ours is, with what changes when it changes."""
    return f"/assets/{name}?v={_fingerprint(name)}"


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()[:12]


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("api.dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined] # the extension's own
        translated, translated_plural, newstyle=True
    )
    environment.filters.update(
        {name: _in_each_language(written) for name, written in writing.FILTERS.items()}
    )
    environment.globals.update(asset_url=asset_url, may=_may, drawn_as=drawn_as, room_in=room_in)
    environment.policies["ext.i18n.trimmed"] = True
    return environment


def _in_each_language(written: Callable[..., object]) -> Callable[..., object]:
    """Have a filter of a constant called at each rendering: else it'd stay its first reader's."""

    @pass_context
    def call(_context: Context, *what: object, **how: object) -> object:
        return written(*what, **how)

    return call


def _may(visitor: Visitor, right: str) -> bool:
    return has(visitor.reach, Right(right))


def zone_of(visitor: Visitor | None) -> ZoneInfo:
    """Return the zone in which somebody reads times."""
    name = visitor.user.time_zone if visitor is not None else None
    try:
        return ZoneInfo(name or "UTC")
    except (LookupError, ValueError, OSError):
        return ZoneInfo("UTC")  # its name was known when it was set
