"""The first page: who is signed in, and what they belong to."""

from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor, for_signed_in


@for_signed_in
async def show(request: Request, visitor: Visitor) -> Response:  # noqa: ARG001 as routed
    """Show it."""
    return render("home.html", visitor)
