"""The description at /openapi.json, the page at /docs, and the examples, which run."""

import html
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from string import Template
from typing import Any

import pytest
import requests

from api.openapi import operations
from api.openapi_parameters import PARAMETERS
from tests.contract.running_api import HANDSET, Customer

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def test_every_resource_is_described(idle_customer: Customer) -> None:
    document = requests.get(f"{idle_customer.api_url}/openapi.json", timeout=10).json()
    assert document["openapi"].startswith("3.")
    paths = document["paths"]
    create = paths["/2010-04-01/Accounts/{account_sid}/Messages.json"]["post"]
    form = create["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    assert form["required"] == ["To"]
    assert "201" in create["responses"]
    assert "delete" in paths["/v1/Keys/{sid}"]
    assert "/carrier/v1/accounts" in paths
    for methods in paths.values():
        for operation in methods.values():
            assert operation.get("summary"), operation
    for _, path, _ in operations():
        assert path in paths or f"{path}.json" in paths


def test_every_parameter_belongs_to_a_resource_that_is_answered() -> None:
    answered = {f"{method} {path}" for method, path, _ in operations()}
    assert set(PARAMETERS) <= answered


def test_the_page_needs_nothing_from_elsewhere(idle_customer: Customer) -> None:
    answer = requests.get(f"{idle_customer.api_url}/docs", timeout=10)
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<script" not in answer.text
    assert 'src="' not in answer.text
    assert "MessagingServiceSid" in answer.text
    assert f"{idle_customer.api_url}/2010-04-01/Accounts/$ACCOUNT_SID" in answer.text


def test_the_examples_of_the_page_run(customer: Customer) -> None:
    page = requests.get(f"{customer.api_url}/docs", timeout=60).text
    by_curl, by_sdk = (
        html.unescape(part) for part in re.findall(r"<pre>(.*?)</pre>", page, re.DOTALL)
    )
    names = {"ACCOUNT_SID": customer.account_sid, "AUTH_TOKEN": customer.auth_token}
    curl, url, *options = shlex.split(Template(by_curl.replace("\\\n", " ")).substitute(names))
    assert (curl, options[0]) == ("curl", "-u")
    login = options[1].partition(":")
    assert set(options[2::2]) == {"--data-urlencode"}
    form = dict(field.split("=", 1) for field in options[3::2])
    answer = requests.post(url, data=form, auth=(login[0], login[2]), timeout=60)
    assert answer.status_code == 201, answer.text
    known: dict[str, Any] = {
        "account_sid": customer.account_sid,
        "auth_token": customer.auth_token,
    }
    exec(compile(by_sdk, "/docs", "exec"), known)  # noqa: S102 our own page's words
    known["client"].http_client.session.close()
    listed = requests.get(url, auth=(login[0], login[2]), timeout=60).json()["messages"]
    assert [message["body"] for message in listed] == ["Hello", "Hello"]


@pytest.mark.parametrize(
    "name", sorted(file.stem for file in EXAMPLES.glob("*.py") if file.stem != "client")
)
def test_an_example_runs(customer: Customer, name: str) -> None:
    environment = os.environ | {
        "SMSC_API_URL": customer.api_url,
        "ACCOUNT_SID": customer.account_sid,
        "AUTH_TOKEN": customer.auth_token,
        "TO": HANDSET,
        "FROM": customer.sender,
    }
    done = subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
