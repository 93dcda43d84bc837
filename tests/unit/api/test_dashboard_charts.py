import re

from api.dashboard import charts


def heights(drawn: str) -> list[float]:
    series = drawn.partition('class="series columns"')[2]
    return [float(height) for height in re.findall(r'height="([\d.]+)"', series)]


def test_an_hour_that_comes_twice_has_two_columns() -> None:
    drawn = charts.columns([("01", 4), ("02", 8), ("02", 2), ("03", 0)])
    tallest = max(heights(drawn))
    assert [round(height / tallest, 2) for height in heights(drawn)] == [0.5, 1.0, 0.25, 0.0]


def test_a_month_of_columns_has_labels_that_do_not_touch() -> None:
    labels = [str(day) for day in range(1, 31)]
    drawn = charts.columns([(label, 1) for label in labels])
    bottom = drawn.partition('class="axis bottom"')[2].partition('class="axis left"')[0]
    shown = [text.strip("\u200b") for text in re.findall(r">([^<]+)</text>", bottom)]
    assert [text for text in shown if text] == labels[::3]


def test_a_name_is_text_and_no_markup() -> None:
    drawn = charts.bars([("<script>alert(1)</script>", 3)])
    assert "<script>" not in drawn
    assert "&lt;script&gt;" in drawn


def test_a_drawing_has_neither_styles_nor_scripts() -> None:
    drawn = charts.columns([("01", 1)]) + charts.bars([("Cambodia", 1)])
    assert re.search(r"style|<script|\son\w+=|href", drawn) is None
