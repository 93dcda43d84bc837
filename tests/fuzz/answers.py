"""A running API held against its own descriptions: generated requests, by schemathesis.

No answer may be 5xx, or of a status, media type or shape that the description doesn't declare. Only
the API runs, without gateway, listener or webhooks: what is generated can't be dialled.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smsc import migrate
from smsc.embedded import EmbeddedPostgres, EmbeddedValkey
from tests.contract.running_api import Customer, serving_a_customer
from tests.fuzz.stock import Stock, stock_up

ROOT = Path(__file__).parents[2]
# The first has the second's operations too: each is asked once.
DESCRIPTIONS = {"/openapi.json": "^/carrier/", "/carrier/v1/openapi.json": "/trace$"}
_MOST_FAILURES = 100
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
_EXAMPLES = 10  # of each operation and phase, by default
# Which resources a path's parameters name, by a regular expression of the path.
IN_PATHS = (
    (r"/Messages/\{sid\}", "sid", "message"),
    (r"/IncomingPhoneNumbers/\{sid\}", "sid", "number"),
    (r"/SMS/ShortCodes/\{sid\}", "sid", "short_code"),
    (r"/Applications/\{sid\}", "sid", "application"),
    (r"Keys/\{sid\}", "sid", "key"),
    (r"/v1/Services/\{sid\}", "sid", "service"),
    (r"/v1/Services/\{service_sid\}/", "service_sid", "service"),
    (r"\{service_sid\}/PhoneNumbers/\{sid\}", "sid", "number"),
    (r"\{service_sid\}/ShortCodes/\{sid\}", "sid", "short_code"),
    (r"\{service_sid\}/AlphaSenders/\{sid\}", "sid", "alpha_sender"),
    (r"\{service_sid\}/OptOuts/\{sid\}", "sid", "opt_out"),
    (r"/v2/Services/\{sid\}", "sid", "verify_service"),
    (r"/v2/Services/\{service_sid\}/", "service_sid", "verify_service"),
    (r"/Verifications/\{sid\}", "sid", "verification"),
    (r"/v2/PhoneNumbers/", "phone_number", "handset"),
    (r"AvailablePhoneNumbers/\{country\}", "country", "country"),
    (r"Countries/\{iso_country\}", "iso_country", "country"),
    (r"/carrier/v1/accounts/\{sid\}", "sid", "other_account"),
    (r"/carrier/v1/balances/", "account_sid", "other_account"),
    (r"/carrier/v1/api_keys/", "account_sid", "other_account"),
    (r"/carrier/v1/api_keys/\{account_sid\}/", "sid", "other_key"),
    (r"/carrier/v1/phone_numbers/\{sid\}", "sid", "number_for_sale"),
    (r"/carrier/v1/connectors/\{sid\}", "sid", "connector"),
    (r"/carrier/v1/connectors/\{connector_sid\}/", "connector_sid", "connector"),
    (r"/probes/\{sid\}", "sid", "probe"),
    (r"/carrier/v1/channels/\{sid\}", "sid", "channel"),
    (r"/carrier/v1/routes/\{sid\}", "sid", "route"),
    (r"/carrier/v1/tariffs/\{sid\}", "sid", "tariff"),
    (r"/carrier/v1/smpp_credentials/\{sid\}", "sid", "credential"),
    (r"/carrier/v1/kannel_users/\{sid\}", "sid", "kannel_user"),
    (r"/carrier/v1/messages/\{sid\}", "sid", "message"),
    (r"/carrier/v1/opt_outs/\{sid\}", "sid", "opt_out"),
)
# The same of forms, JSON and queries, wherever they have such a field.
IN_FIELDS = {
    "path.account_sid": "account",
    "body.To": "handset",
    "body.From": "sender",
    "body.Handset": "handset",
    "body.MessagingServiceSid": "service",
    "body.ApplicationSid": "application",
    "body.SmsApplicationSid": "application",
    "body.PhoneNumberSid": "number",
    "body.ShortCodeSid": "short_code",
    "body.PhoneNumber": "phone_number",
    "body.account_sid": "other_account",
    "body.connector_sid": "connector",
    "query.AccountSid": "account",
    "query.account_sid": "account",
    "query.scope": "service",
    "query.CountryCode": "country",
}


def main(examples: int = _EXAMPLES) -> bool:
    """Say whether all answers were as described; print what was not."""
    program = _schemathesis()
    is_whole = True
    for description, left_out in DESCRIPTIONS.items():
        print(f"answers: {description}", flush=True)
        with tempfile.TemporaryDirectory(prefix="smsc-answers-") as folder, _serving() as customer:
            configuration = Path(folder) / "schemathesis.toml"
            configuration.write_text(configure(stock_up(customer), examples))
            command = [program, "--config-file", str(configuration), "run"]
            command += [f"{customer.api_url}{description}", "--checks", ",".join(CHECKS)]
            command += ["--exclude-path-regex", left_out, "--suppress-health-check", "all"]
            command += ["--phases", "examples,coverage,fuzzing,stateful", "--continue-on-failure"]
            command += ["--max-failures", str(_MOST_FAILURES)]
            # In a folder that goes away: it keeps a database of examples where it runs.
            is_whole &= subprocess.run(command, cwd=folder, check=False).returncode == 0
    return is_whole


@contextmanager
def _serving() -> Iterator[Customer]:
    with tempfile.TemporaryDirectory(prefix="smsc-fuzz-") as home:
        postgres = EmbeddedPostgres(Path(home), durable=False)
        valkey = EmbeddedValkey(Path(home))
        try:
            postgres.start()
            valkey.start()
            migrate.upgrade(postgres.url)
            with serving_a_customer(postgres.url, valkey.url) as customer:
                yield customer
        finally:
            valkey.stop()
            postgres.stop()
            postgres.folders.remove_state()


def _schemathesis() -> str:
    """Return the program, installed in an environment of its own: its locks aren't ours."""
    folder = ROOT / ".fuzz" / "venv"
    lock = ROOT / "requirements-answers.lock"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([str(python), *install, "--require-hashes", "-r", str(lock)], check=True)
    return str(folder / "bin" / "schemathesis")


def configure(stock: Stock, examples: int) -> str:
    """Write the configuration: credentials, and how often a parameter names what exists."""
    lines = [
        "[generation]",
        f"max-examples = {examples}",
        # Wrong credentials by the dozen shut the address out for a minute, the right ones too.
        "with-security-parameters = false",
        "[auth.openapi.account]",
        f"username = {json.dumps(stock.username)}",
        f"password = {json.dumps(stock.password)}",
        "[auth.openapi.carrier]",
        f"bearer = {json.dumps(stock.bearer)}",
        "[phases.fuzzing.extra-data-sources]",
        "responses = false  # a list of keys would lead to the deletion of the one in use",
        "[phases.coverage.extra-data-sources]",
        "responses = false",
    ]
    for name, values in stock.pools.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(values)}"]
    lines.append("[parameters]")
    lines += [f'"{field}" = {_binding(pool)}' for field, pool in IN_FIELDS.items()]
    for path, parameter, pool in IN_PATHS:
        lines += ["[[operations]]", f"include-path-regex = {json.dumps(path)}"]
        lines += ["[operations.parameters]", f'"path.{parameter}" = {_binding(pool)}']
    return "\n".join(lines) + "\n"


def _binding(pool: str) -> str:
    return f'{{ dictionary = "{pool}", probability = 0.8 }}'


if __name__ == "__main__":
    sys.exit(int(not main()))
