"""Whether a colour can be read on our pages, and its like where they are dark; pure."""

import re
from typing import Final

LEAST_CONTRAST: Final = 4.5  # WCAG 2.2, 1.4.3: of texts
LIGHT: Final = "#eaf1ee"  # the darkest that a text stands on where pages are light
DARK: Final = "#1f2b27"  # the lightest where they are dark
INKS: Final = ("#ffffff", "#0b1210")
_SHAPE: Final = re.compile(r"#[0-9a-f]{6}")
_STEPS: Final = 20


def parse(color: str) -> str:
    """Return `#rrggbb` in lower case.

    Raises:
        ValueError: it is no such colour, or can't be read where pages are light.
    """
    said = color.strip().lower()
    if not _SHAPE.fullmatch(said):
        raise ValueError("must be like #0b6b57")
    if (found := contrast(said, LIGHT)) < LEAST_CONTRAST:
        raise ValueError(
            f"is too light to be read on the pages: its contrast is {found:.1f}, at least "
            f"{LEAST_CONTRAST} is needed; take a darker one"
        )
    return said


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21.

    Source: WCAG 2.2, contrast ratio.
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def on_dark(color: str) -> str:
    """Return the nearest lighter one that can be read where pages are dark."""
    channels = _channels(color)
    for step in range(_STEPS + 1):
        share = step / _STEPS
        mixed = "#" + "".join(f"{round(one + (255 - one) * share):02x}" for one in channels)
        if contrast(mixed, DARK) >= LEAST_CONTRAST:
            return mixed
    return INKS[0]


def ink_on(color: str) -> str:
    """Return the ink that is read best on a colour."""
    return max(INKS, key=lambda ink: contrast(ink, color))


def _channels(color: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color[1:]))


def _luminance(color: str) -> float:
    parts = [one / 255 for one in _channels(color)]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
