"""Send a code to the number in TO; give the code that came in CODE to check it."""

import os

from client import client

services = client.verify.v2.services.list(limit=1)
service = services[0] if services else client.verify.v2.services.create(friendly_name="Example")
if "CODE" in os.environ:
    check = service.verification_checks.create(to=os.environ["TO"], code=os.environ["CODE"])
    print(check.status)
else:
    verification = service.verifications.create(to=os.environ["TO"], channel="sms")
    print(verification.sid, verification.status)
