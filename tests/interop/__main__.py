"""`make interop`: other people's SMPP, and Twilio's Node SDK, against ours; prints tables."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path

from tests.e2e.up import Up, free_ports, home
from tests.interop.exchange import KINDS, Result, as_client, as_server
from tests.interop.house import add_connector, add_credential, add_customer
from tests.interop.install import NPM_SMPP, ROOT, SMPP34, Missing, Tools
from tests.interop.kannel import kannel
from tests.interop.peer import Party, program
from tests.interop.sdk import NAME as SDK
from tests.interop.sdk import run_flows

PROGRAMS = "tests.interop.programs"
PASSWORD = "interop1"
Client = Callable[[int, str, str], AbstractContextManager[Party]]  # port, system_id, password
Server = Callable[[int], AbstractContextManager[Party]]


def main() -> int:
    """Return 0 when all that ran came through."""
    parser = argparse.ArgumentParser(prog="python -m tests.interop")
    parser.add_argument("only", nargs="*", help="names of parties; default: all")
    parser.add_argument("--tools", default=str(ROOT / ".interop"), help="is kept from run to run")
    arguments = parser.parse_args()
    tools = Tools(Path(arguments.tools))
    tools.folder.mkdir(exist_ok=True)
    results: list[Result] = []
    with (
        tempfile.TemporaryDirectory(prefix="smsc-interop-") as folder,
        home(Path(folder) / "up") as up,
    ):
        up.start()
        parties = _parties(tools, Path(folder))
        for index, (name, (role, party)) in enumerate(parties):
            if not _is_asked(name, arguments.only):
                continue
            print(f"{name} as {role} ...", flush=True)
            result = Result(name, role)
            results.append(result)
            try:
                _exchange(up, result, party, index)
            except Missing as missing:
                result.skipped = str(missing)
                print(f"  SKIPPED: {missing}", flush=True)
        flows = _flows(up, tools) if _is_asked(SDK, arguments.only) else {}
    _show(results)
    _show_flows(flows)
    faults = [result.faults for result in results if result.faults]
    faults += [{flow: [fault]} for flow, fault in flows.items() if fault]
    return int(bool(faults) or not (results or flows))


def _is_asked(name: str, only: Sequence[str]) -> bool:
    return not only or not {*only}.isdisjoint(name.split())


def _flows(up: Up, tools: Tools) -> Mapping[str, str]:
    print(f"{SDK} ...", flush=True)
    try:
        return run_flows(up, tools)
    except Missing as missing:
        print(f"  SKIPPED: {missing}", flush=True)
        return {}


def _exchange(up: Up, result: Result, party: "Client | Server", index: int) -> None:
    customer = add_customer(up, f"{result.party} {result.role}", f"120255501{50 + index}")
    handset = f"8551234{index}111"  # whose end has no meaning to the simulator
    if result.role == "client":
        system_id = f"interop{index}"
        add_credential(customer, system_id, PASSWORD)
        with party(up.demo["smpp_port"], system_id, PASSWORD) as bound:  # type: ignore[call-arg]
            as_client(result, up, customer, bound, handset)
            _explain(result, bound)
        return
    (port,) = free_ports(1)
    with party(port) as serving:  # type: ignore[call-arg]
        add_connector(up, f"interop{index}", port, handset[:-1])
        as_server(result, customer, serving, handset)
        _explain(result, serving)


def _explain(result: Result, party: Party) -> None:
    """Show what a party told, when something did not come through."""
    if result.faults:
        print(f"  {result.faults}")
        for event in party.events:
            print(f"  {event}")


def _parties(tools: Tools, folder: Path) -> list[tuple[str, tuple[str, "Client | Server"]]]:
    """Return every party by name and version, in both of its roles where it has two."""
    here = Path(__file__).parent / "programs"

    @contextmanager
    def kannel_client(port: int, system_id: str, password: str) -> Iterator[Party]:
        tools.kannel()
        with kannel(folder, port, system_id, password) as party:
            yield party

    @contextmanager
    def python(module: str, *words: object, own: bool = True) -> Iterator[Party]:
        interpreter = sys.executable if own else tools.python()
        with program([interpreter, "-m", f"{PROGRAMS}.{module}", *map(str, words)]) as party:
            yield party

    @contextmanager
    def node(script: str, *words: object) -> Iterator[Party]:
        environment = {"SMPP_PACKAGE": str(tools.npm_package(NPM_SMPP))}
        with program(["node", str(here / script), *map(str, words)], environment) as party:
            yield party

    return [
        (f"Kannel {_kannel_version(tools)}", ("client", kannel_client)),
        (f"smpplib {version('smpplib')}", ("client", partial(python, "smpplib_client"))),
        (f"aiosmpplib {version('aiosmpplib')}", ("client", partial(python, "aiosmpplib_client"))),
        (SMPP34.replace("==", " "), ("client", partial(python, "smpp34_client", own=False))),
        (SMPP34.replace("==", " "), ("server", partial(python, "smpp34_server", own=False))),
        (f"npm {NPM_SMPP.replace('@', ' ')}", ("client", partial(node, "npm_client.js"))),
        (f"npm {NPM_SMPP.replace('@', ' ')}", ("server", partial(node, "npm_server.js"))),
    ]


def _kannel_version(tools: Tools) -> str:
    try:
        return tools.kannel()
    except Missing:
        return "(missing)"


def _show(results: list[Result]) -> None:
    """Print the table as Markdown."""
    if not results:
        return
    print()
    print(f"| party | as | {' | '.join(KINDS)} |")
    print(f"|---|---|{'---|' * len(KINDS)}")
    for result in results:
        cells = " | ".join(result.cell(kind) for kind in KINDS)
        print(f"| {result.party} | {result.role} | {cells} |")
    for result in results:
        if result.skipped:
            print(f"\n{result.party} was SKIPPED: {result.skipped}")


def _show_flows(flows: Mapping[str, str]) -> None:
    """Print the SDK's table as Markdown."""
    if not flows:
        return
    print(f"\n| {SDK} | |\n|---|---|")
    for flow, fault in flows.items():
        print(f"| {flow} | {f'FAIL ({fault})' if fault else 'ok'} |")


if __name__ == "__main__":
    sys.exit(main())
