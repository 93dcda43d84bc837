"""How Python's collector of cycles works in a process that serves."""

import gc
from typing import Final

# Python's own 700 lets it look through what was just made some times a message; hardly any of that
# is a cycle.
_THRESHOLDS: Final = (10_000, 20, 50)


def set_aside() -> None:
    """Walk no more what was made up to now, and look less often for garbage in what follows.

    Modules, models and routes live as long as the process.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
