"""Finds sentences for the catalogues in tables of the house, which knows no languages."""

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import IO

Found = tuple[int, str, str, list[str]]


def tables(
    file: IO[bytes],
    keywords: Collection[str],  # noqa: ARG001 this and the next as Babel calls it
    comment_tags: Collection[str],  # noqa: ARG001
    options: Mapping[str, object],  # noqa: ARG001
) -> Iterator[Found]:
    """Yield each text that is a value of a literal `dict`: line, function, text, comments."""
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Dict):
            for value in node.values:
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield value.lineno, "gettext", value.value, []
