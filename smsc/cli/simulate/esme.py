"""`smsc simulate esme`: a customer's ESME that binds, sends, and prints what it hears."""

import asyncio
import json
import signal
from collections import Counter
from contextlib import suppress
from dataclasses import asdict
from typing import Annotated

import typer

from smsc.cli.home import reachable_host
from smsc.cli.output import AsJson
from smsc.cli.remote import read_demo
from smsc.errors import SettingError
from smsc.settings import Settings
from smsc.simulator.customer_esme import CustomerEsme, News, NewsKind

_FAILED = 1


def command(
    text: Annotated[str | None, typer.Argument(metavar="[TEXT]", help="None: only listen.")] = None,
    *,
    to: Annotated[str | None, typer.Option("--to", help="Whom to send it: +85512345678.")] = None,
    from_: Annotated[str | None, typer.Option("--from", help="The sender.")] = None,
    count: Annotated[int, typer.Option(min=1, help="How many times.")] = 1,
    host: Annotated[str | None, typer.Option(help="Default: where `smsc up` listens.")] = None,
    port: Annotated[int | None, typer.Option(help="Default: that of `smsc up`.")] = None,
    system_id: Annotated[str | None, typer.Option(help="Default: the demo's.")] = None,
    password: Annotated[
        str | None, typer.Option(envvar="SMSC_ESME_PASSWORD", help="Default: the demo's.")
    ] = None,
    wait: Annotated[
        float, typer.Option(help="Seconds to wait for the receipts; without a text, to listen.")
    ] = 30.0,
    as_json: AsJson = False,
) -> None:
    """Bind as a customer's program would, with aiosmpplib; send; print responses and receipts.

    The exit code is 1 unless each text got its response and one final receipt in time.
    """
    settings, demo = Settings.read(), read_demo()
    host = host or reachable_host(settings.bind)
    port = port or _number(demo.get("smpp_port")) or settings.smpp_port
    system_id = system_id or _word(demo.get("smpp_system_id"))
    password = password or _word(demo.get("smpp_password"))
    if not system_id or not password:
        raise SettingError("Say who binds: --system-id and --password (`smsc up` notes a demo's).")
    if text is not None and (to is None or from_ is None):
        raise SettingError("Say who sends and to whom: --from +855… --to +855…")
    heard: Counter[str] = Counter()

    async def talk() -> None:
        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        loop.add_signal_handler(signal.SIGINT, done.set)

        def tell(news: News) -> None:
            heard[_kind(news)] += 1
            _show(news, as_json=as_json)
            if text is not None and _is_complete(heard, count):
                done.set()

        esme = CustomerEsme(host, port, system_id, password, tell)
        await esme.bind()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    if text is not None and to is not None and from_ is not None:
                        await esme.send(from_, to, [text] * count)
                    await done.wait()
        finally:
            await esme.close()

    asyncio.run(talk())
    if text is not None and not _is_complete(heard, count):
        raise typer.Exit(_FAILED)


def _kind(news: News) -> str:
    is_final = news.kind is not NewsKind.RECEIPT or news.status not in {"ENROUTE", "ACCEPTD"}
    return str(news.kind) if is_final else "intermediate receipt"


def _is_complete(heard: Counter[str], count: int) -> bool:
    return heard[NewsKind.RESPONSE] >= count and heard[NewsKind.RECEIPT] >= count


def _show(news: News, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(news), ensure_ascii=False), flush=True)
        return
    words = [f"{news.kind:<8}", news.status, news.message_id]
    if news.kind is NewsKind.MESSAGE:
        words += [f"from {news.source_addr} to {news.destination_addr}:", news.text]
    print(" ".join(filter(None, words)), flush=True)


def _word(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
