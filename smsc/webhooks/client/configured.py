"""The client as the environment wants it."""

from smsc.networks import read_networks
from smsc.settings import Settings
from smsc.webhooks.client.fetch import WebhookClient
from smsc.webhooks.overrides import Overrides


def client_from(settings: Settings) -> WebhookClient:
    """Make a process's client, kept out of the networks that the settings don't open to it."""
    return WebhookClient(
        allow_private=settings.webhook_allow_private,
        allowed=read_networks(tuple(settings.webhook_allowed_networks.replace(",", " ").split())),
        defaults=Overrides(total_seconds=settings.webhook_timeout.total_seconds()),
    )
