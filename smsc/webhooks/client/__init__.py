"""The HTTP client of our webhooks."""

from smsc.webhooks.client.configured import client_from
from smsc.webhooks.client.fetch import WebhookClient

__all__ = ["WebhookClient", "client_from"]
