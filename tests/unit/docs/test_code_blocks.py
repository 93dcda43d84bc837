"""What the documents let people type exists: commands, options, targets, parameters, paths."""

import ast
import importlib.util
import inspect
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import typer
from starlette.routing import compile_path
from twilio.rest import Client

from api.carrier.router import build_router
from api.openapi import DescribedApi, operations, parameters_of
from smsc.cli import COMMANDS, build
from smsc.settings import Settings

ROOT = Path(__file__).parents[3]
DOCUMENTS = [
    path
    for path in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
    if path.name not in {"CHANGELOG.md", "LICENSE.md"}
]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
# Of what is written in documents alone: placeholders of SIDs, and parts that may be left out.
PLACEHOLDER = re.compile(r"\{\w+\}|[A-Z]{2}…|…")
ANYTHING = "x"
BASH = shutil.which("bash") or "sh"


def blocks(*languages: str) -> list[Any]:
    """Return the blocks of a language in all documents, each with its name for pytest."""
    return [
        pytest.param(block[2], id=f"{path.name}:{path.read_text()[: block.start()].count(chr(10))}")
        for path in DOCUMENTS
        for block in BLOCK.finditer(path.read_text())
        if block[1] in languages
    ]


def lines(block: str) -> Iterator[list[str]]:
    """Yield the words of each command of a shell block, without comments."""
    for line in block.replace("\\\n", " ").splitlines():
        words = shlex.split(line.replace("[", "").replace("]", ""), comments=True)
        if words:
            yield words


def inline(pattern: str) -> list[Any]:
    """Return what documents have between backticks that looks so, once each."""
    found = {
        " ".join(code.split()): path.name
        for path in DOCUMENTS
        for code in INLINE.findall(BLOCK.sub("", path.read_text()))
        if re.match(pattern, code)
    }
    return [pytest.param(code, id=f"{name}: {code}") for code, name in sorted(found.items())]


@cache
def command_line(name: str) -> Any:
    """Return a command with its options, of the click that Typer has within."""
    return typer.main.get_command(build([name])).commands[name]  # type: ignore[attr-defined]


def require_command(words: list[str], *, is_whole: bool) -> None:
    """Make sure that `smsc` would understand these words, and miss none if they are whole."""
    assert words[0] in COMMANDS, f"there is no smsc {words[0]}"
    command, rest = command_line(words[0]), words[1:]
    while hasattr(command, "commands") and rest:
        assert rest[0] in command.commands, f"{command.name} has no {rest[0]}"
        command, rest = command.commands[rest[0]], rest[1:]
    if not rest:  # only spoken of
        return
    parser = command.make_parser(command.context_class(command, info_name=command.name))
    named, extra, _ = parser.parse_args(list(rest))
    assert not extra, f"{command.name} takes no {extra}"
    needed = {
        one.name for one in command.params if one.required and not getattr(one, "prompt", None)
    }
    missing = needed - {name for name, value in named.items() if value}
    assert not is_whole or not missing, f"{command.name} needs {missing}"


def require_request(words: list[str]) -> None:
    """Make sure that a `curl` asks for what there is, with parameters that it has."""
    url = next(word for word in words if "/v" in word or "/2010-04-01" in word)
    split = urlsplit(url.partition("$SMSC_API_URL")[2] or url)
    options = dict.fromkeys(parse_qsl(split.query, keep_blank_values=True))
    named = {name for name, _ in options}
    named |= {
        value.partition("=")[0] for option, value in pairwise(words) if option == "--data-urlencode"
    }
    path = re.sub(r"\$\w+", ANYTHING, split.path).removesuffix(".json")
    has_body = {"--data-urlencode", "--data-binary", "-d"} & set(words)
    method = "POST" if has_body else "GET"
    (known,) = (
        {name for name, _ in parameters_of(verb, pattern)}
        for verb, pattern, _ in operations()
        if verb == method and compile_path(pattern)[0].match(path)
    )
    assert named - known == set()


@pytest.mark.parametrize("block", blocks("sh"))
def test_a_shell_block_is_of_commands_that_there_are(block: str) -> None:
    subprocess.run([BASH, "-n"], input=block.encode(), check=True)
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for words in lines(block):
        match words:
            case [("smsc" | ".venv/bin/smsc"), *rest]:
                require_command(rest, is_whole=True)
            case ["make", target, *_]:
                assert target in targets
            case ["curl", *rest]:
                require_request(rest)
            case _:
                pass  # of the system's own


@pytest.mark.parametrize("code", inline(r"(\.venv/bin/)?smsc [a-z]"))
def test_a_command_in_a_sentence_is_one_that_there_is(code: str) -> None:
    (words,) = lines(code.removeprefix(".venv/bin/"))
    require_command(words[1:], is_whole=False)


@pytest.mark.parametrize("code", inline(r"make [a-z]"))
def test_a_target_in_a_sentence_is_one_that_there_is(code: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(rf"^{re.escape(code.split()[1])}:", makefile, re.MULTILINE)


@pytest.mark.parametrize("block", blocks("python"))
def test_a_python_block_calls_what_there_is(block: str) -> None:
    tree = ast.parse(block)
    known: dict[str, object] = {"client": Client("AC" + "0" * 32, "token")}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.module is not None
            module = importlib.import_module(node.module)
            assert all(hasattr(module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            assert all(importlib.util.find_spec(alias.name) for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("client."):
            called = eval(ast.unparse(node.func), known)  # noqa: S307 our own documents' words
            named = {word.arg: None for word in node.keywords if word.arg}
            inspect.signature(called).bind(*[None for _ in node.args], **named)


@pytest.mark.parametrize("block", blocks("json"))
def test_a_json_block_is_json(block: str) -> None:
    json.loads(block)


@pytest.mark.parametrize("code", inline(r"((GET|POST|PUT|PATCH|DELETE) )?/carrier/v1/\w"))
def test_a_path_of_the_carrier_api_is_one_that_there_is(code: str) -> None:
    method, _, path = code.rpartition(" ")
    asked = PLACEHOLDER.sub(ANYTHING, path.partition("?")[0])
    found = {
        verb
        for template, verbs in carrier_paths()
        if compile_path(template)[0].match(asked) or (not method and template.startswith(asked))
        for verb in verbs
    }
    assert method.lower() in found if method else found or asked == "/carrier/v1/openapi.json"


@cache
def carrier_paths() -> list[tuple[str, set[str]]]:
    app = DescribedApi(title="smsc")
    app.include_router(build_router(), prefix="/carrier/v1")
    return [(path, set(verbs)) for path, verbs in app.openapi()["paths"].items()]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_variable_in_a_document_is_one_that_there_is(path: Path) -> None:
    cli = "".join(file.read_text() for file in (ROOT / "smsc" / "cli").rglob("*.py"))
    known = {f"SMSC_{name.upper()}" for name in Settings.model_fields}
    known |= set(re.findall(r'envvar="(\w+)"', cli))
    docker = [file for file in (ROOT / "docker").rglob("*") if file.is_file()]
    elsewhere = "".join(file.read_text() for file in docker)
    known |= set(re.findall(r"\bSMSC_[A-Z_]+\b", elsewhere)) | {"SMSC_TEST_SCREENSHOTS"}
    assert set(re.findall(r"\bSMSC_[A-Z][A-Z_]*[A-Z]\b", path.read_text())) - known == set()
