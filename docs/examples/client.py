"""Twilio's SDK, pointed at this platform by SMSC_API_URL, ACCOUNT_SID and AUTH_TOKEN."""

import os

from twilio.rest import Client

PRODUCTS = ("accounts", "api", "iam", "lookups", "messaging", "monitor", "pricing", "verify")

client = Client(os.environ["ACCOUNT_SID"], os.environ["AUTH_TOKEN"])
for product in PRODUCTS:
    getattr(client, product).base_url = os.environ["SMSC_API_URL"]
