"""Shows a newcomer the way of one message, and how to send the next."""

import asyncio
import shlex
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Self
from urllib.parse import parse_qs

from rich.console import Console
from rich.markup import escape

from smsc.cli.home import reachable_host
from smsc.cli.remote import Api, Fields, basic
from smsc.db import Database
from smsc.messaging.reading import journey
from smsc.messaging.reading.journey import Journey
from smsc.settings import Settings
from smsc.sms.status import MessageState

BODY: Final = "Hello from your own SMSC"
WAIT_SECONDS: Final = 20.0
_POLL_SECONDS: Final = 0.05
_MOST_REQUEST_OCTETS: Final = 64 * 1024
_LAST_EVENTS: Final = frozenset({"delivered", "undelivered", "failed"})
_ANSWER: Final = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


class CallbackReceiver:
    """The smallest customer's webhook: takes status callbacks on loopback."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self._server is not None  # noqa: S101 only inside `async with`
        port = self._server.sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}/status"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None  # noqa: S101 as above
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = int(head.partition("content-length:")[2].partition("\r\n")[0] or 0)
            form = parse_qs((await reader.readexactly(min(length, _MOST_REQUEST_OCTETS))).decode())
            self.events += form.get("MessageStatus", [])
            writer.write(_ANSWER)
            await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, OSError):
            self.events.append("unreadable")
        finally:
            writer.close()


async def show_journey(
    settings: Settings, console: Console, database: Database, demo: Fields, handset: str
) -> None:
    """Send one SMS over HTTP, and print what becomes of it until its callback came.

    Raises:
        GatewayError: the API refused it, or can't be reached.
    """
    host = reachable_host(settings.bind)
    shown_host = f"[{host}]" if ":" in host else host
    account_sid = str(demo["account_sid"])
    api = Api(
        f"http://{shown_host}:{settings.http_port}", basic(account_sid, str(demo["auth_token"]))
    )
    form = {"To": handset, "From": _first(demo["phone_numbers"]), "Body": BODY}
    async with CallbackReceiver() as receiver:
        if settings.webhook_allow_private:
            form["StatusCallback"] = receiver.url
        console.print("\n[bold]One SMS, from your program to a simulated handset[/bold]")
        path = f"/2010-04-01/Accounts/{account_sid}/Messages.json"
        message = await asyncio.to_thread(api.request, "POST", path, form=form)
        carrier_sid = await _carrier_of(database, account_sid)
        shown: list[str] = []
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while not _is_over(form, shown):
                    traced = await journey.trace(database, carrier_sid, str(message["sid"]))
                    _print_news(console, _steps(traced, receiver, form), shown)
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            console.print(
                f"  [yellow]No more news within {WAIT_SECONDS:g} s; the logs say why.[/yellow]"
            )


def show_snippets(console: Console, demo: Fields, handset: str) -> None:
    """Print how to send the next one, ready to paste, and where to see it."""
    api_url, account_sid, auth_token = demo["api_url"], demo["account_sid"], demo["auth_token"]
    sender = _first(demo["phone_numbers"])
    url = f"{api_url}/2010-04-01/Accounts/{account_sid}/Messages.json"
    console.print("\n[bold]Send one yourself, with curl[/bold]")
    _plain(
        console,
        f"curl {shlex.quote(url)} \\\n"
        f"  -u {account_sid}:{auth_token} \\\n"
        f"  --data-urlencode To={handset} \\\n"
        f"  --data-urlencode From={sender} \\\n"
        "  --data-urlencode Body=Hello",
    )
    console.print("\n[bold]or with Twilio's own SDK[/bold] (pip install twilio)")
    _plain(
        console,
        "from twilio.rest import Client\n\n"
        f'client = Client("{account_sid}", "{auth_token}")\n'
        f'client.api.base_url = "{api_url}"  # the one line that is not for Twilio\n'
        f'message = client.messages.create(to="{handset}", from_="{sender}", body="Hello")\n'
        "print(message.sid, message.status)",
    )
    console.print("\n[bold]The dashboard[/bold]")
    _plain(
        console,
        f"{demo['dashboard_url']}\n"
        f"  email     {demo['dashboard_email']}\n"
        f"  password  {demo['dashboard_password']}",
    )
    console.print()


def _steps(traced: Journey | None, receiver: CallbackReceiver, form: dict[str, str]) -> list[str]:
    """Return what happened so far, in order."""
    if traced is None:
        return []
    message = traced.message
    steps = [f"accepted   {message.sid}, {message.num_segments} segment to {message.to}"]
    for segment in traced.segments:
        if segment.answered_at is not None and segment.command_status == 0:
            after = _milliseconds(message.created_at, segment.answered_at)
            steps.append(f"submitted  message_id {segment.smsc_message_id} after {after}")
        if segment.receipt_at is not None and segment.message_state is not None:
            word = MessageState(segment.message_state).name.lower()
            after = _milliseconds(message.created_at, segment.receipt_at)
            steps.append(f"receipt    {word} after {after}")
    steps += [f"callback   {event} -> {form['StatusCallback']}" for event in receiver.events]
    return steps


def _is_over(form: dict[str, str], shown: Sequence[str]) -> bool:
    """Say whether the last step is on the screen."""
    steps = [step.split() for step in shown]
    if "StatusCallback" in form:
        return any(words[0] == "callback" and words[1] in _LAST_EVENTS for words in steps)
    return any(words[0] == "receipt" for words in steps)


def _print_news(console: Console, steps: Sequence[str], shown: list[str]) -> None:
    for step in steps:
        if step not in shown:
            shown.append(step)
            console.print(f"  [green]✓[/green] {escape(step)}", highlight=False, soft_wrap=True)


async def _carrier_of(database: Database, account_sid: str) -> str:
    async with database.single() as connection:
        carrier_sid: str = await connection.fetchval(
            "SELECT carrier_sid FROM accounts WHERE sid = $1", account_sid
        )
    return carrier_sid


def _milliseconds(start: datetime, end: datetime) -> str:
    return f"{(end - start).total_seconds() * 1000:.0f} ms"


def _first(numbers: object) -> str:
    assert isinstance(numbers, list)  # noqa: S101 as demo.json has them
    return str(numbers[0])


def _plain(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
