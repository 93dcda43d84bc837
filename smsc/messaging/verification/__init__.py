"""Codes that prove a phone number: sent, checked, forgotten."""
