"""Send one text to many, each with their own name, and look what became of the lines.

Needs TO and FROM beside SMSC_API_URL, ACCOUNT_SID and AUTH_TOKEN.
"""

import json
import os

import requests

account = (os.environ["ACCOUNT_SID"], os.environ["AUTH_TOKEN"])
people = [{"to": os.environ["TO"], "name": "Sok"}, {"to": "nobody", "name": "Chan"}]
answer = requests.post(
    f"{os.environ['SMSC_API_URL']}/v1/Messages/Bulk",
    params={"From": os.environ["FROM"], "Body": "Dear {name}, the water is rising."},
    data="\n".join(json.dumps(person) for person in people),
    headers={"Content-Type": "application/x-ndjson"},
    auth=account,
    timeout=60,
)
answer.raise_for_status()
bulk = answer.json()
print(bulk["sid"], bulk["status"], bulk["counts"])
for bad in requests.get(bulk["links"]["rejections"], auth=account, timeout=60).json()["rejections"]:
    print(f"line {bad['line']}: {bad['message']}")
