"""No migration stops or breaks the release that still serves while it runs."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

VERSIONS = Path(__file__).parents[3] / "alembic" / "versions"
# Older ones belong to no upgrade from a release: there was none.
FIRST = 21
MIGRATIONS = sorted(path for path in VERSIONS.glob("*.py") if int(path.name[:4]) >= FIRST)

_BREAKING = {
    "drop_column": "the release before still reads and writes it; drop it one release later",
    "drop_table": "the release before still uses it; drop it one release later",
    "rename_table": "the release before knows the old name; add a view or a new table",
    "drop_constraint": "the release before may rely on it",
    "drop_index": "the release before may need it; drop it one release later",
    "create_primary_key": "it rewrites and locks; add a unique index CONCURRENTLY",
    "create_unique_constraint": "it locks; add a unique index CONCURRENTLY",
}
_NOT_VALID = {"create_check_constraint", "create_foreign_key"}
_STATEMENTS = {
    "SET NOT NULL": "it scans under a lock: add a CHECK … NOT VALID, validate it, then set it",
    "LOCK TABLE": "it stops the release before",
    "TRUNCATE": "it stops the release before",
    "RENAME": "the release before knows the old name",
    "ALTER COLUMN": "it may rewrite the table",
    "VACUUM FULL": "it rewrites the table under a lock",
}


def faults(source: str) -> list[str]:
    """Return what in `upgrade` would break or stop a release that runs meanwhile."""
    (upgrade,) = (
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name == "upgrade"
    )
    calls = [call for call in ast.walk(upgrade) if isinstance(call, ast.Call)]
    fresh = {_text(call.args[0]) for call in calls if _name(call) == "create_table" and call.args}
    return [fault for call in calls for fault in _faults_of(call, fresh)]


def _faults_of(call: ast.Call, fresh: set[str]) -> Iterator[str]:
    name = _name(call)
    words = {word.arg: word.value for word in call.keywords}
    texts = [_text(argument) for argument in call.args]
    if name in _BREAKING:
        yield f"{name}: {_BREAKING[name]}"
    elif name == "alter_column" and words.keys() & {"type_", "new_column_name", "nullable"}:
        yield "alter_column: the release before knows it as it was, and it may rewrite the table"
    elif (
        name == "create_index" and texts[1] not in fresh and "postgresql_concurrently" not in words
    ):
        yield f"create_index on {texts[1]}: it blocks writes; say postgresql_concurrently=True"
    elif name in _NOT_VALID and texts[1] not in fresh and "postgresql_not_valid" not in words:
        yield f"{name} on {texts[1]}: it scans under a lock; say postgresql_not_valid=True"
    elif name == "Column" and "nullable" in words and _text(words["nullable"]) == "False":
        if _is_added(call) and "server_default" not in words:
            yield "add_column: the release before writes rows without it; nullable, or a default"
    elif name == "execute":
        said = " ".join(texts).upper().replace("OR TRUNCATE ON", "ON")  # a trigger against it
        # What the planner is told of a column blocks neither reads nor writes.
        if said.endswith("SET STATISTICS 0") or "SET (N_DISTINCT" in said:
            return
        yield from (f"{words}: {why}" for words, why in _STATEMENTS.items() if words in said)


def _is_added(column: ast.Call) -> bool:
    return getattr(column, "is_added", False)


def _name(call: ast.Call) -> str:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name == "add_column":
        for argument in call.args:
            argument.is_added = True  # type: ignore[attr-defined]  # for `_is_added`
    return name


def _text(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ast.unparse(node)


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.stem)
def test_a_migration_lets_the_release_before_go_on(path: Path) -> None:
    assert faults(path.read_text()) == []


@pytest.mark.parametrize(
    "statement",
    [
        'op.drop_column("messages", "body")',
        'op.rename_table("a", "b")',
        'op.alter_column("messages", "lane", type_=sa.BigInteger())',
        'op.add_column("messages", sa.Column("x", sa.Text(), nullable=False))',
        'op.create_index("ix", "messages", ["lane"])',
        'op.create_check_constraint("c", "messages", "lane > 0")',
        'op.execute("ALTER TABLE messages ALTER COLUMN lane SET NOT NULL")',
        'op.execute("LOCK TABLE messages")',
    ],
    ids=lambda statement: statement[:30],
)
def test_what_would_stop_it_is_found(statement: str) -> None:
    assert faults(f"def upgrade():\n    {statement}\n") != []


@pytest.mark.parametrize(
    "statement",
    [
        'op.add_column("messages", sa.Column("x", sa.Text(), nullable=True))',
        'op.add_column("messages", sa.Column("x", sa.Text(), nullable=False, server_default="a"))',
        'op.create_table("t", sa.Column("x", sa.Text(), nullable=False))',
        'op.create_index("ix", "messages", ["lane"], postgresql_concurrently=True)',
        'op.create_foreign_key("f", "messages", "t", ["x"], ["x"], postgresql_not_valid=True)',
    ],
    ids=lambda statement: statement[:30],
)
def test_what_is_additive_is_let_through(statement: str) -> None:
    assert faults(f"def upgrade():\n    {statement}\n") == []


def test_the_newest_migrations_are_looked_at() -> None:
    assert MIGRATIONS


def test_an_index_of_a_new_table_needs_no_concurrency() -> None:
    source = 'def upgrade():\n    op.create_table("t")\n    op.create_index("i", "t", ["x"])\n'
    assert faults(source) == []
