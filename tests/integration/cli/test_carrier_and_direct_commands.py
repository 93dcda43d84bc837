"""Commands that need no running gateway: the first carrier, and a message past the gateway."""

import asyncio
import json
import os
import sys
from dataclasses import dataclass

from smsc.db import Database
from smsc.provisioning import carriers
from smsc.provisioning.transaction import reading
from smsc.simulator import Behaviour, SimBox


@dataclass(frozen=True)
class Done:
    code: int
    output: str
    errors: str


async def smsc(*words: str, **settings: str) -> Done:
    own = {name: value for name, value in os.environ.items() if not name.startswith("SMSC_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "smsc.cli", *words),
        env=own | {f"SMSC_{name}": value for name, value in settings.items()},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    return Done(process.returncode or 0, output.decode(), errors.decode())


async def test_an_installation_begins_with_a_carrier_and_its_key(database_url: str) -> None:
    made = await smsc("carrier", "create", "Clinic", "--json", DATABASE_URL=database_url)
    sid = json.loads(made.output)["sid"]
    issued = await smsc("carrier", "key", sid, "--json", DATABASE_URL=database_url)
    bearer = json.loads(issued.output)["carrier_api_key"]
    listed = await smsc("carrier", "list", DATABASE_URL=database_url)
    assert "Clinic" in listed.output
    async with await Database.connect(database_url) as database, reading(database) as db:
        key = await carriers.authenticate(db, bearer)
        assert key is not None
        assert key.carrier_sid == sid


async def test_a_carrier_s_keys_are_listed_and_revoked(database_url: str) -> None:
    made = await smsc("carrier", "create", "Clinic", "--json", DATABASE_URL=database_url)
    sid = json.loads(made.output)["sid"]
    wrong = await smsc("carrier", "key", sid, "--network", "here", DATABASE_URL=database_url)
    assert wrong.code == 1
    assert "192.0.2.0/24" in wrong.errors
    words = ["carrier", "key", sid, "--network", "10.0.0.0/8", "--json"]
    issued = json.loads((await smsc(*words, DATABASE_URL=database_url)).output)
    listed = await smsc("carrier", "keys", sid, "--json", DATABASE_URL=database_url)
    assert [(key["sid"], key["allowed_networks"]) for key in json.loads(listed.output)] == [
        (issued["sid"], "10.0.0.0/8")
    ]
    await smsc("carrier", "revoke-key", issued["sid"], DATABASE_URL=database_url)
    again = await smsc("carrier", "revoke-key", issued["sid"], DATABASE_URL=database_url)
    assert again.code == 1
    async with await Database.connect(database_url) as database, reading(database) as db:
        assert await carriers.authenticate(db, issued["carrier_api_key"]) is None


async def test_a_key_of_no_carrier_is_refused_in_one_line(database_url: str) -> None:
    refused = await smsc("carrier", "key", "CR" + "0" * 32, DATABASE_URL=database_url)
    assert refused.code == 1
    assert refused.errors.startswith("error: ")
    assert refused.errors.count("\n") == 1


async def test_without_a_database_the_command_says_what_to_set() -> None:
    refused = await smsc("carrier", "list", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert refused.code == 1
    assert "SMSC_DATABASE_URL" in refused.errors


async def test_a_message_goes_past_the_gateway_and_its_answer_is_shown() -> None:
    async with SimBox(Behaviour(), password="secret") as box:
        words = ["send", "--direct", f"127.0.0.1:{box.port}", "--from", "CLINIC"]
        words += ["--to", "+12025551178", "Hello"]
        sent = await smsc(*words, DOCTOR_PASSWORD="secret")
        refused = await smsc(*words, DOCTOR_PASSWORD="wrong")
        texts = [message.text for message in box.handset("+12025551178").messages]
    assert sent.code == 0
    assert "segment 1 of 1: ESME_ROK message_id" in sent.output
    assert texts == ["Hello"]
    assert refused.code == 1
    assert "password" in refused.output.lower()
