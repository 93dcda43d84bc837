import pytest

from smsc.cli.postgres_tools import without_password


@pytest.mark.parametrize(
    ("url", "bare", "password"),
    [
        ("postgresql://u:p%40ss@db:5432/n?sslmode=require",
         "postgresql://u@db:5432/n?sslmode=require", "p@ss"),
        ("postgres://u@db/n?password=p%26ss&host=/run", "postgresql://u@db/n?host=/run", "p&ss"),
        ("postgresql:///n?user=u&%70assword=pass", "postgresql:///n?user=u", "pass"),
        ("postgresql://db/n", "postgresql://db/n", None),
    ],
    ids=["before the host", "a parameter", "a parameter in disguise", "none"],
)  # fmt: skip
def test_no_argument_of_a_program_of_postgresql_has_the_password(
    url: str, bare: str, password: str | None
) -> None:
    assert without_password(url) == (bare, password)
