"""``driftline repair``."""

from pathlib import Path
from typing import Annotated

import typer


def repair(
    data_dir: Annotated[Path, typer.Argument(help="Data directory of a collector that is not running.")],
    accept_data_loss: Annotated[
        bool, typer.Option("--accept-data-loss", help="Give up acknowledged records that are damaged.")
    ] = False,
) -> None:
    """Write what a crash has left in the log of a data directory as rows, so that a collector starts on it.

    A collector does the same when it starts. Where acknowledged records are damaged both refuse, unless this command is
    told to give them up; all others are kept.
    """
    from driftline.collector.state import make_whole
    from driftline.config import CollectorConfig
    from driftline.errors import NotFoundError
    from driftline.storage import ProfileStore

    if not data_dir.is_dir():
        raise NotFoundError(f"there is no data directory {data_dir}")
    store = ProfileStore(data_dir)
    lock = store.lock()
    try:
        _, lost = make_whole(store, CollectorConfig(data_dir=data_dir), accept_data_loss=accept_data_loss)
    finally:
        lock.release()
    for what in lost:
        typer.echo(f"lost: {what}")
    typer.echo(f"{data_dir} is whole" if not lost else f"{data_dir} is whole but for what is lost")
