"""``driftline report``."""

from pathlib import Path
from typing import Annotated

import typer

from driftline.cli.output import show

_MOVED = 2


def report(
    source: Annotated[
        str, typer.Argument(help="A collector, host:port, or a data directory.")
    ] = "127.0.0.1:7571",
    model: Annotated[str | None, typer.Option(help="The model; the only one if not given.")] = None,
    version: Annotated[str | None, typer.Option(help="Only this version.")] = None,
    start: Annotated[str | None, typer.Option(help="From then on, such as 2026-03-01, UTC.")] = None,
    end: Annotated[str | None, typer.Option(help="Until then.")] = None,
    baseline: Annotated[
        str | None, typer.Option(help="Name of a stored baseline; what the monitor says if not given.")
    ] = None,
    level: Annotated[
        float, typer.Option(help="Chance of any false alarm, over all time and columns.")
    ] = 0.01,
    html: Annotated[Path | None, typer.Option(help="Write the report here, as a page, too.")] = None,
    fail_on_drift: Annotated[bool, typer.Option(help="Exit with 2 if a column has moved.")] = False,
) -> None:
    """Say what has moved, how sure that is, what the values are like, and how good the model is."""
    from driftline.query import connect
    from driftline.query import open as open_directory

    with open_directory(source) if Path(source).is_dir() else connect(source) as monitor:
        made = monitor.report(baseline, level=level, model=model, version=version, start=start, end=end)
    show(made)
    if html is not None:
        made.save(html)
        show(f"written to {html}")
    if fail_on_drift and made.has_moved:
        raise typer.Exit(_MOVED)
