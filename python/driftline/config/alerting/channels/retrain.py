"""Settings of the feedback loop: what has a model trained anew."""

from datetime import timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from driftline.config.alerting.channels.channel import BearerConfig, ChannelConfig, UrlConfig
from driftline.config.alerting.channels.command import CommandSettings
from driftline.config.alerting.channels.rate import AtMost, Rate
from driftline.config.secret import Secret, check_one_source


class RetrainWebhook(UrlConfig, BearerConfig):
    """
    An address that starts the training.

    Attributes
    ----------
    signing_key, signing_key_file
        As those of a webhook.
    """

    signing_key: Secret | None = None
    signing_key_file: Path | None = None

    @model_validator(mode="after")
    def _has_one_key(self) -> Self:
        check_one_source(self, "signing_key", required=False)
        return self


class RetrainMlflow(UrlConfig, BearerConfig):
    """
    A tag of a registered model's version, which says that it is to be trained anew; ``url`` is that of the server.

    Attributes
    ----------
    registered_model
        Its name; without one that of the model.
    alias
        The version that has this alias; without one the version that the alert is about.
    tag
        Key of the tag.
    """

    registered_model: str | None = None
    alias: str | None = None
    tag: str = Field(default="driftline.retrain", min_length=1, max_length=250)


class RetrainConfig(ChannelConfig):
    """
    The feedback loop; one of ``webhook``, ``command`` and ``mlflow`` says how.

    Attributes
    ----------
    type
        ``retrain``.
    webhook
        An address that starts the training.
    command
        A program that does.
    mlflow
        A tag that whoever trains looks for.
    at_most
        How often a model may be trained anew; beyond that, alerts are counted and start nothing.
    report
        Attach the model's report, as an HTML page. The tag of MLflow has no room for it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["retrain"]
    webhook: RetrainWebhook | None = None
    command: CommandSettings | None = None
    mlflow: RetrainMlflow | None = None
    at_most: AtMost = Rate(1, timedelta(hours=6))
    report: bool = False

    @model_validator(mode="after")
    def _says_how(self) -> Self:
        given = [name for name in ("webhook", "command", "mlflow") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"needs one of webhook, command and mlflow, got {' and '.join(given) or 'none'}")
        return self
