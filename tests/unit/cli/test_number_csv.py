from pathlib import Path

import pytest

from smsc.cli.number_csv import read_csv
from smsc.errors import BadParameter


def write(folder: Path, text: str) -> Path:
    file = folder / "numbers.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_empty_cells_are_left_out_and_places_are_gathered(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "\ufeffphone_number, region,latitude,account_sid\n+15075550111,MN,44.02,\n1294,,,\n",
    )
    assert read_csv(file) == [
        {"phone_number": "+15075550111", "place": {"region": "MN", "latitude": 44.02}},
        {"phone_number": "1294"},
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("number\n1\n", "no column phone_number"),
        ("phone_number,colour\n1,red\n", "'colour'"),
        ("phone_number,region\n,MN\n", "line 2"),
    ],
)
def test_what_can_t_be_read_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(BadParameter, match=complaint):
        read_csv(write(tmp_path, text))
