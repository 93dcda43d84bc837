"""Shows at `/docs` what this platform answers, as one page without scripts."""

from html import escape
from itertools import groupby
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.dashboard.brands import brand_of
from api.openapi import operations, parameters_of, summary_of
from api.twilio.answers import base_url

_TITLES: Final = {
    "/2010-04-01": "api: accounts, messages, numbers",
    "/v1": "messaging, monitor, iam, accounts, pricing",
    "/v2": "lookups, verify",
}
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "code,pre{background:#8882;border-radius:4px;padding:.1em .3em}pre{padding:1em;overflow:auto}"
    "td,th{text-align:left;vertical-align:top;padding:.3em .6em;border-bottom:1px solid #8884}"
    "table{border-collapse:collapse;width:100%}@media(prefers-color-scheme:dark)"
    "{body{background:#111;color:#eee}a{color:#8cf}}"
)
_EXAMPLE: Final = """curl {url}/2010-04-01/Accounts/$ACCOUNT_SID/Messages.json \\
  -u $ACCOUNT_SID:$AUTH_TOKEN \\
  --data-urlencode 'To=+85512345678' \\
  --data-urlencode 'From=+15075550123' \\
  --data-urlencode 'Body=Hello'"""
_SDK: Final = """from twilio.rest import Client

client = Client(account_sid, auth_token)
for product in ("accounts", "api", "iam", "lookups", "messaging", "monitor", "pricing", "verify"):
    getattr(client, product).base_url = "{url}"
client.messages.create(to="+85512345678", from_="+15075550123", body="Hello")"""


async def show(request: Request) -> Response:
    """Answer with the page."""
    brand = await brand_of(request)
    return HTMLResponse(page(base_url(request), None if brand is None else brand.name))


def page(url: str, brand: str | None = None) -> str:
    """Return the page, for an API that customers reach at `url`, of a carrier by its name."""
    title = "API" if brand is None else escape(f"{brand}: API")
    found = sorted(operations(), key=lambda operation: _family(operation[1]))
    sections = [
        f"<h2>{escape(_TITLES.get(family, family))}</h2><table>"
        + "".join(_row(method, path, summary_of(route)) for method, path, route in group)
        + "</table>"
        for family, group in groupby(found, key=lambda operation: _family(operation[1]))
    ]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>{title}</title>"
        '<meta name="viewport" content="width=device-width">'
        f"<style>{_STYLE}</style><h1>{title}</h1>"
        "<p>Compatible with Twilio's: use any of its SDKs with another base URL. Log in with an "
        "account's SID and auth token, or with an API key. The same in a form for programs: "
        '<a href="/openapi.json">openapi.json</a>, with the Carrier API.</p>'
        f"<h2>Send a message</h2><pre>{escape(_EXAMPLE.format(url=url))}</pre>"
        f"<pre>{escape(_SDK.replace('{url}', url))}</pre>{''.join(sections)}</html>"
    )


def _family(path: str) -> str:
    return "/" + path.split("/")[1]


def _row(method: str, path: str, summary: str) -> str:
    named = parameters_of(method, path)
    words = " ".join(
        f"<code>{escape(name)}</code>{'*' if required else ''}" for name, required in named
    )
    return (
        f"<tr><td><code>{method}</code><td><code>{escape(path)}</code><br>{escape(summary)}"
        f"<br><small>{words}</small>"
    )
