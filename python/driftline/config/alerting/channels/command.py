"""Settings of a channel that runs a command."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from driftline.config.alerting.channels.channel import ChannelConfig
from driftline.config.duration import Duration

Word = Annotated[str, Field(pattern=r"^[^\x00]*$")]


class CommandSettings(BaseModel):
    """
    A program that is run.

    Attributes
    ----------
    argv
        The program and its arguments; no shell reads them.
    working_directory
        Where it runs; without one where the collector does.
    environment
        Variables that it gets: names of those of the collector that it may see.
    time_limit
        How long it may run; then it and all that it has started is ended.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    argv: tuple[Word, ...] = Field(min_length=1)
    working_directory: Path | None = None
    environment: frozenset[str] = frozenset({"PATH", "HOME", "LANG"})
    time_limit: Duration = Field(default=timedelta(minutes=1), ge=timedelta(milliseconds=100))


class CommandConfig(ChannelConfig, CommandSettings):
    """
    A command that is run for each notification, which it reads from its standard input.

    Attributes
    ----------
    type
        ``command``.
    """

    type: Literal["command"]
