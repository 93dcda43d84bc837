"""Reads for those who ask: messages, their journeys, alerts."""
