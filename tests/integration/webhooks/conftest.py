"""A client that may reach the loopback, and requests for it."""

from collections.abc import AsyncIterator, Callable

import pytest

from smsc.webhooks.client import WebhookClient
from smsc.webhooks.outcome import WebhookRequest
from smsc.webhooks.payload import form_of

MakeRequest = Callable[..., WebhookRequest]


@pytest.fixture
async def client() -> AsyncIterator[WebhookClient]:
    made = WebhookClient(allow_private=True)
    yield made
    await made.aclose()


@pytest.fixture
def asked() -> MakeRequest:
    """Make requests; a test says only what matters to it."""

    def make(url: str, **facts: object) -> WebhookRequest:
        params = [("MessageSid", "SM1"), ("Body", "grüße + more")]
        defaults: dict[str, object] = {
            "form": form_of(params),
            "auth_token": "token",
            "idempotency_token": "SM1:delivered",
        }
        return WebhookRequest(url=url, **(defaults | facts))  # type: ignore[arg-type] # by name

    return make
