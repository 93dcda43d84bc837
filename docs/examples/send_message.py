"""Send a message and read it back. Needs TO and FROM beside the four of `client.py`."""

import os

from client import client

sent = client.messages.create(to=os.environ["TO"], from_=os.environ["FROM"], body="Hello")
print(sent.sid, client.messages(sent.sid).fetch().status)
