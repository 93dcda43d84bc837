"""Finds the sentences that the house says in English, for the catalogues that translate them."""

import ast
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Final

Found = tuple[int, str, str, list[str]]

_TWO_WORDS: Final = re.compile(r"[^\W\d_]{2,}\W+[^\W\d_]+")
_CAPITALIZED: Final = re.compile(r"[A-Z][a-z]+[.:]?")
# Statements, options, events of the log, names of types, paths, and what is sent as a test.
_FOR_MACHINES: Final = re.compile(
    r"\n|\b(SELECT|UPDATE|WHERE|NULL)\b|^--|^\w+(\.\w+)+$|\w\[|\| None"
    r"|^[/@]|^\w+/\w+$|^[a-z]*-?[a-z]*[-/]?$|^smsc "
)
_SILENT: Final = frozenset({"log", "re", "_log"})  # what their methods are told, nobody reads


def tables(
    file: IO[bytes],
    keywords: Collection[str],  # noqa: ARG001 this and the next as Babel calls it
    comment_tags: Collection[str],  # noqa: ARG001
    options: Mapping[str, object],  # noqa: ARG001
) -> Iterator[Found]:
    """Yield each text that is a value of a literal `dict`, or an item of a literal `tuple`.

    Of each its line, the function that translates it, the text, and no comments.
    """
    for node in ast.walk(ast.parse(file.read())):
        match node:
            case ast.Dict(values=said) | ast.Tuple(elts=said):
                for one in said:
                    if isinstance(one, ast.Constant) and isinstance(one.value, str):
                        yield one.lineno, "gettext", one.value, []
            case _:
                pass


def refusals(
    file: IO[bytes],
    keywords: Collection[str],  # noqa: ARG001 this and the next as Babel calls it
    comment_tags: Collection[str],  # noqa: ARG001
    options: Mapping[str, object],  # noqa: ARG001
) -> Iterator[Found]:
    """Yield what exceptions say: those that are raised, and those that say it of themselves."""
    for node in ast.walk(ast.parse(file.read())):
        match node:
            case ast.Raise(exc=ast.Call(args=[said, *_])):
                yield from _sentences(said)
            case ast.Call(func=ast.Attribute(attr="__init__"), args=[said]):
                yield from _sentences(said)
            case _:
                pass


def findings(
    file: IO[bytes],
    keywords: Collection[str],  # noqa: ARG001 this and the next as Babel calls it
    comment_tags: Collection[str],  # noqa: ARG001
    options: Mapping[str, object],  # noqa: ARG001
) -> Iterator[Found]:
    """Yield all that reads as words in a module whose strings are for people."""
    yield from _sentences(ast.parse(file.read()))


def notes(
    file: IO[bytes],
    keywords: Collection[str],  # noqa: ARG001 this and the next as Babel calls it
    comment_tags: Collection[str],  # noqa: ARG001
    options: Mapping[str, object],  # noqa: ARG001
) -> Iterator[Found]:
    """Yield the notes of a profile; its title is a name."""
    for note in tomllib.load(file)["notes"]:
        yield 1, "gettext", note, []


def _sentences(tree: ast.AST) -> Iterator[Found]:
    """Yield the sentences within; of an f-string its pattern, as `%(name)s` where a fact stands."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        said = pattern_of(node)
        if said is not None:
            if _reads_as_words(said):
                yield getattr(node, "lineno", 0), "gettext", said, []
            waiting += _alternatives(node)
        elif not _is_silent(node):
            waiting += [child for child in ast.iter_child_nodes(node) if not _is_docstring(child)]
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
                waiting.remove(node.returns)


def pattern_of(node: ast.AST) -> str | None:
    """Return what a literal says, with names in place of its facts; None: it is no text."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            names: list[str] = []
            return "".join(_part(part, names) for part in parts)
        case _:
            return None


def _part(part: ast.expr, names: list[str]) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value).replace("%", "%%")
    assert isinstance(part, ast.FormattedValue)  # noqa: S101 an f-string has nothing else
    name = _name_of(part.value)
    if name in names:
        name = f"{name}{len(names) + 1}"
    names.append(name)
    return f"%({name})s"


def _name_of(fact: ast.expr) -> str:
    """Return a word for a fact: of the last name that its expression has."""
    found = [
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(fact)
        if isinstance(node, ast.Name | ast.Attribute)
    ]
    named = [name for name in found if name not in {"map", "str", "sorted", "join", "self"}]
    return named[0].strip("_").lower() if named else "fact"


def _alternatives(node: ast.AST) -> list[ast.AST]:
    """Return what an f-string may have in the place of a fact: literals of their own."""
    if not isinstance(node, ast.JoinedStr):
        return []
    return [part.value for part in node.values if isinstance(part, ast.FormattedValue)]


def _reads_as_words(said: str) -> bool:
    bare = re.sub(r"%\(\w+\)s", "", said).strip()
    if _FOR_MACHINES.search(said) or not bare[:1].isascii():
        return False
    is_a_word = said == said.strip() and _CAPITALIZED.fullmatch(bare)
    return bool(_TWO_WORDS.search(bare) or is_a_word)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_silent(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name))):
            return name in _SILENT
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.Raise(exc=ast.Call(func=ast.Name(id="ValueError" | "SettingError"))):
            return True
        case _:
            return False
