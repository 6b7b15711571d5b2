"""``driftline alerts send-test``."""

from pathlib import Path
from typing import Annotated

import typer

from driftline.cli.output import show


def send_test(
    channel: Annotated[str, typer.Argument(help="Name of the channel.")],
    config: Annotated[Path, typer.Option(help="YAML file that has the channel.")],
    firing_only: Annotated[
        bool, typer.Option("--firing-only", help="Do not tell at once that it has ceased to hold.")
    ] = False,
) -> None:
    """Send a test alert to a channel and print what its destination said; then the alert's end."""
    from driftline.alerting.alert import AlertStatus
    from driftline.alerting.channel import Notification
    from driftline.alerting.channels.build import Surroundings, build_channel
    from driftline.alerting.database import AlertDatabase
    from driftline.alerting.sample import sample_alert
    from driftline.config import load_config

    settings = load_config(config).alerting
    channels = {} if settings is None else settings.channels
    if channel not in channels:
        known = ", ".join(channels) or "none"
        raise typer.BadParameter(f"there is no channel {channel!r}; there are: {known}", param_hint="CHANNEL")
    with AlertDatabase() as database:
        built = build_channel(channel, channels[channel], Surroundings(database))
        try:
            statuses: tuple[AlertStatus, ...] = ("firing",) if firing_only else ("firing", "resolved")
            for status in statuses:
                told = Notification.of(channel, [sample_alert(status)])
                show(f"{status}: {built.send(told)}")
        finally:
            built.close()
