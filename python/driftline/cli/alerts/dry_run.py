"""``driftline alerts test``."""

from pathlib import Path
from typing import Annotated

import typer

from driftline.cli.output import show

_WOULD_FIRE = 2


def dry_run(
    config: Annotated[
        Path | None, typer.Option(help="YAML file with the rules; the default rules without one.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="How far back from the newest window: 12h, 7d. All if not given.")
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="The past, as a data directory.")] = None,
    target: Annotated[str | None, typer.Option(help="host:port of a collector's gRPC door.")] = None,
    model: Annotated[str | None, typer.Option(help="Only this model.")] = None,
    fail_if_firing: Annotated[bool, typer.Option(help="Exit with 2 if any alert would have fired.")] = False,
) -> None:
    """Show when rules would have fired in the past; nobody is told."""
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from driftline.alerting.replay import replay
    from driftline.config import load_config
    from driftline.config.alerting import AlertingConfig
    from driftline.config.duration import parse_duration
    from driftline.query import connect
    from driftline.query import open as open_directory

    settings = load_config(config, environment={}) if config is not None else None
    rules = settings.alerting if settings is not None else AlertingConfig(defaults=True)
    if rules is None:
        raise typer.BadParameter(f"{config} has no alerting", param_hint="--config")
    if data_dir is None and target is None and settings is not None:
        data_dir = settings.data_dir
    if (data_dir is None) == (target is None):
        raise typer.BadParameter("give a data directory or a target, one of them", param_hint="--data-dir")
    try:
        length = None if since is None else parse_duration(since)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--since") from None
    tasks: dict[str, TaskID] = {}
    with (
        open_directory(data_dir) if data_dir is not None else connect(str(target)) as monitor,
        Progress(console=Console(stderr=True), transient=True) as progress,
    ):

        def show_progress(name: str, done: int, windows: int) -> None:
            if name not in tasks:
                tasks[name] = progress.add_task(name, total=windows)
            progress.update(tasks[name], completed=done)

        result = replay(rules, monitor, length, model, show_progress)
    show(result)
    if fail_if_firing and len(result):
        raise typer.Exit(_WOULD_FIRE)
