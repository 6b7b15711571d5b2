"""What commands print, and where."""

import sys

from rich.console import Console, RenderableType
from rich.text import Text

# A pipe has no width; tables must not be squeezed into the 80 columns that rich then takes.
_PIPE_WIDTH = 200


def show(what: RenderableType) -> None:
    """Prints a result or a table to standard output, in colour on a terminal."""
    Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH).print(what)


def report_error(error: BaseException) -> None:
    """Prints an error to standard error, in red on a terminal."""
    Console(stderr=True).print(Text(f"error: {error}", style="red"), soft_wrap=True)
