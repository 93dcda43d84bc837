"""What Prometheus reads of this process."""

from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest
from starlette.requests import Request
from starlette.responses import Response

messages_accepted: Final = Counter(
    "smsc_api_messages_accepted_total", "Messages that the Messages API committed"
)
requests_refused: Final = Counter(
    "smsc_api_requests_refused_total", "Requests answered with an error, by its code", ["code"]
)


async def show(request: Request) -> Response:  # noqa: ARG001 a route's shape
    """Return all metrics as text."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
