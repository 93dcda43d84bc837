"""The queue door: the processes that run connectors, listen for ESMEs, and call webhooks."""
