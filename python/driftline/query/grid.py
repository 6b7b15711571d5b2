"""How results show themselves to people: one table, as text by rich and as HTML for notebooks."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from html import escape

from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

# More rows than that are for a data frame, not for a screen.
_SHOWN_ROWS = 60
_WIDTH = 160


@dataclass(frozen=True)
class Grid:
    """Cells as text. The first ``text_columns`` columns are names, the others figures."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: int = 1
    #: Lines below the table.
    notes: tuple[str, ...] = ()

    def shown(self) -> tuple[tuple[str, ...], ...]:
        """The rows that are shown."""
        return self.rows[:_SHOWN_ROWS]

    def caption(self) -> str:
        """Says how many rows are not shown, if any."""
        hidden = len(self.rows) - _SHOWN_ROWS
        return f"{hidden:,} more: see to_arrow() or to_pandas()" if hidden > 0 else ""

    def _below(self) -> tuple[str, ...]:
        """The caption, if any, and the notes."""
        return (*filter(None, [self.caption()]), *self.notes)

    def to_rich(self) -> Group:
        """Title, table, caption and notes for a console."""
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for index, header in enumerate(self.headers):
            table.add_column(Text(header), justify="left" if index < self.text_columns else "right")
        for row in self.shown():
            table.add_row(*map(Text, row))
        return Group(Text(self.title, style="bold"), table, *map(Text, self._below()))

    def to_text(self) -> str:
        """The table as plain text, at most 160 characters wide."""
        buffer = io.StringIO()
        Console(file=buffer, width=_WIDTH, color_system=None).print(self.to_rich())
        return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()).strip("\n")

    def to_html(self) -> str:
        """The table as HTML without style sheets or scripts."""
        head = _html_row("th", self.headers)
        body = "".join(_html_row("td", row) for row in self.shown())
        whole = f'<tr><td colspan="{len(self.headers)}">'
        below = "".join(f"{whole}{escape(line)}</td></tr>" for line in self._below())
        note = f"<tfoot>{below}</tfoot>" if below else ""
        return (
            f"<table><caption>{escape(self.title)}</caption>"
            f"<thead>{head}</thead><tbody>{body}</tbody>{note}</table>"
        )


def _html_row(tag: str, cells: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"


def duration(length: timedelta) -> str:
    """A length in its largest whole unit: ``5m``, ``6h``, ``30d``."""
    for unit, one in (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("m", timedelta(minutes=1))):
        if length >= one and not length % one:
            return f"{length // one}{unit}"
    return f"{length.total_seconds():g}s"


def figure(value: float | None) -> str:
    """A number with four digits that count, or a dash for none.

    Examples
    --------
    >>> figure(0.123456), figure(1234567.0), figure(12.0), figure(None)
    ('0.1235', '1.235e+06', '12', '-')
    """
    return "-" if value is None else f"{value:.4g}"


def interval(low: float, high: float) -> str:
    """An interval as text, such as ``[0.1, 0.2]``."""
    return f"[{figure(low)}, {figure(high)}]"


def plural(number: int, noun: str) -> str:
    """A number of things.

    Examples
    --------
    >>> plural(1, "model"), plural(1_000, "model")
    ('1 model', '1,000 models')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
