"""Make an API key that may send messages and do nothing else."""

import os

from client import client

key = client.iam.v1.new_api_key.create(
    account_sid=os.environ["ACCOUNT_SID"],
    friendly_name="sender",
    key_type="restricted",
    policy={"allow": ["/twilio/messaging/messages/create"]},
)
print(key.sid, "secret:", key.secret)
