"""Settings of the exporter to Weights & Biases."""

from datetime import timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from driftline.config.duration import Duration
from driftline.config.exporters.exporter import ExporterConfig
from driftline.config.exporters.plain_url import without_user
from driftline.config.secret import Secret, check_one_source


class WandbConfig(ExporterConfig):
    """
    A run for each model version; needs ``driftline[wandb]``.

    Attributes
    ----------
    type
        ``wandb``.
    project
        Project that the runs are in.
    entity
        User or team that has the project; ``None``: that of the key.
    mode
        ``online``, or ``offline``: into files that ``wandb sync`` sends some day.
    directory
        Where the runs' files are, those not sent yet among them.
    base_url
        Server; ``None``: that of Weights & Biases.
    api_key, api_key_file
        Key, as ``env:NAME``, or the file that it is in; without, what ``wandb login`` has left or ``WANDB_API_KEY``.
    max_open_runs
        Most runs that are open at a time; that written to least recently is finished, and resumed when needed.
    artifacts_every
        Time between two uploads of the baseline and the report of a version; 0: none are uploaded.
    """

    type: Literal["wandb"]
    project: str = Field(min_length=1, max_length=128)
    entity: str | None = None
    mode: Literal["online", "offline"] = "online"
    directory: Path
    base_url: str | None = None
    api_key: Secret | None = None
    api_key_file: Path | None = None
    max_open_runs: int = Field(default=8, ge=1, le=1_000)
    artifacts_every: Duration = Field(default=timedelta(days=1), ge=timedelta(0), le=timedelta(days=366))

    @field_validator("base_url")
    @classmethod
    def _no_user(cls, url: str | None) -> str | None:
        return None if url is None else without_user(url)

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        check_one_source(self, "api_key", required=False)
        return self
