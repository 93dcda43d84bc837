"""Charts as SVG inside a page: without styles and scripts, so the page's policy allows them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import leather
from markupsafe import Markup

# A drawing takes ten milliseconds, and is asked for again until there is something new to draw.
_MOST_DRAWN: Final = 200
_WIDTH: Final = 560
_HEIGHT: Final = 220
_BAR_HEIGHT: Final = 34
_MOST_BARS: Final = 8
_MOST_LABELS: Final = 12
_NOTHING: Final = "\u200b"  # takes no room
_MOST_LABEL: Final = 22
_DECIMALS: Final = re.compile(r"(\.\d)\d+")
_SPARK_STEP: Final = 6
_SPARK_HEIGHT: Final = 24
_COLOR: Final = "#0b6b57"  # dashboard.css has another where the reader's screen is dark


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing, and the table behind it."""

    title: str
    drawing: Markup
    head: Sequence[str]
    rows: Sequence[Sequence[object]]


def columns(counts: Sequence[tuple[str, int]]) -> Markup:
    """Draw columns beside each other, with as many labels below as have room."""
    return _columns(tuple(counts))


@lru_cache(maxsize=_MOST_DRAWN)
def _columns(counts: tuple[tuple[str, int], ...]) -> Markup:
    every = -(-len(counts) // _MOST_LABELS)
    # Columns of one label would be one: in autumn an hour comes twice.
    apart = [
        ((label if number % every == 0 else "") + _NOTHING * number, count)
        for number, (label, count) in enumerate(counts)
    ]
    chart = leather.Chart()
    chart.add_columns(apart, fill_color=_COLOR)
    chart.add_y_scale(0, _top(counts))
    return _svg(chart.to_svg(width=_WIDTH, height=_HEIGHT), _WIDTH, _HEIGHT)


def bars(counts: Sequence[tuple[str, int]]) -> Markup:
    """Draw bars below each other, the first on top; eight at most."""
    return _bars(tuple(counts[:_MOST_BARS]))


@lru_cache(maxsize=_MOST_DRAWN)
def _bars(shown: tuple[tuple[str, int], ...]) -> Markup:
    chart = leather.Chart()
    chart.add_bars([(count, _cut(label)) for label, count in shown], fill_color=_COLOR)
    chart.add_x_scale(0, _top(shown))
    height = 80 + _BAR_HEIGHT * len(shown)
    return _svg(chart.to_svg(width=_WIDTH, height=height), _WIDTH, height)


def sparkline(hours: Sequence[tuple[int, int]]) -> Markup:
    """Draw what went well, and on top what went wrong, small; the table has the figures."""
    most = max((well + wrong for well, wrong in hours), default=0) or 1
    well, wrong = [], []
    for number, (accepted, refused) in enumerate(hours):
        x = number * _SPARK_STEP
        up, more = (round(_SPARK_HEIGHT * part / most) for part in (accepted, refused))
        if accepted:
            up = max(up, 1)
            well.append(f"M{x} {_SPARK_HEIGHT}v-{up}h{_SPARK_STEP - 1}v{up}")
        if refused:
            more = max(more, 1)
            top = min(_SPARK_HEIGHT - up, _SPARK_HEIGHT)
            wrong.append(f"M{x} {top}v-{more}h{_SPARK_STEP - 1}v{more}")
    width = len(hours) * _SPARK_STEP
    return Markup(  # noqa: S704 of figures alone
        f'<svg class="spark" aria-hidden="true" viewBox="0 -2 {width} {_SPARK_HEIGHT + 3}">'
        f'<path class="floor" d="M0 {_SPARK_HEIGHT}h{width}"/>'
        f'<path class="well" d="{"".join(well)}"/><path class="wrong" d="{"".join(wrong)}"/></svg>'
    )


def _top(counts: Sequence[tuple[str, int]]) -> int:
    return max(max((count for _, count in counts), default=0), 4)


def _cut(label: str) -> str:
    return label if len(label) <= _MOST_LABEL else label[: _MOST_LABEL - 1] + "…"


def _svg(drawn: str, width: int, height: int) -> Markup:
    """Return a drawing that fills its place, hidden from who reads the table instead."""
    inside = _DECIMALS.sub(r"\1", drawn[drawn.index("<g") :])
    head = f'<svg aria-hidden="true" viewBox="0 0 {width} {height}">'
    return Markup(head + inside)  # noqa: S704 leather escapes its texts
