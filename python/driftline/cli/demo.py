"""``driftline demo``."""

from typing import Annotated

import typer


def demo(
    stay: Annotated[bool, typer.Option("--stay", help="Keep serving at the end, until Ctrl-C.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer records.")] = False,
    alerts: Annotated[bool, typer.Option("--alerts", help="Only an alert that fires and resolves.")] = False,
) -> None:
    """Train a model on real flights, monitor it, and show what driftline sees."""
    from driftline.demo import run, run_alerts

    raise typer.Exit(run_alerts() if alerts else run(stay=stay, quick=quick))
