"""How the demo says what it is doing, and how long that took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


@contextmanager
def stage(console: Console, title: str) -> Iterator[None]:
    """Shows what is being done, and, once it is done, the seconds that it took."""
    before = time.perf_counter()
    with console.status(f"{title} ..."):
        yield
    console.print(f"{title}: {time.perf_counter() - before:.1f} s")
