"""Waits for what happens elsewhere."""

import time
from collections.abc import Callable

SECONDS = 120.0
"""What a machine that stands still now and then needs less of."""


def is_soon(condition: Callable[[], bool]) -> bool:
    """Whether it comes true in time."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
