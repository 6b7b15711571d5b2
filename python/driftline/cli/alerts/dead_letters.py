"""``driftline alerts dead-letters``."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from driftline.cli.output import show


def dead_letters(
    data_dir: Annotated[Path, typer.Option(help="Data directory of the collector.")],
    channel: Annotated[str | None, typer.Option(help="Only those of this channel.")] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Have them sent again.")] = False,
) -> None:
    """List what could not be delivered, and why."""
    from rich import box
    from rich.table import Table

    from driftline.alerting.channels.wording import title
    from driftline.alerting.database import AlertDatabase
    from driftline.alerting.outbox import Outbox

    with AlertDatabase.existing(data_dir) as database:
        outbox = Outbox(database)
        letters = outbox.dead_letters(channel)
        if not letters:
            show("No notification was given up.")
            return
        table = Table("given up", "channel", "notification", "attempts", "why", box=box.SIMPLE_HEAD)
        for letter in letters:
            when = datetime.fromtimestamp(letter.died_at, UTC).strftime("%Y-%m-%d %H:%M:%S")
            receiver, said = letter.notification.receiver, title(letter.notification)
            table.add_row(when, receiver, said, str(letter.attempts), letter.reason)
        show(table)
        if retry:
            show(f"{outbox.retry(letters)} of them wait to be sent again by the collector.")
