"""Settings of a generic webhook."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from driftline.config.alerting.channels.channel import BearerConfig, ChannelConfig, UrlConfig
from driftline.config.secret import Secret, check_one_source


class WebhookConfig(ChannelConfig, UrlConfig, BearerConfig):
    """
    An HTTP address that takes what Alertmanager's webhooks send.

    Attributes
    ----------
    type
        ``webhook``.
    signing_key, signing_key_file
        Key by which the receiver can tell that it was sent by driftline, or a file that it is in; without either
        nothing is signed.
    max_alerts
        Alerts of one request; those beyond are counted in it.
    """

    type: Literal["webhook"]
    signing_key: Secret | None = None
    signing_key_file: Path | None = None
    max_alerts: int = Field(default=100, ge=1, le=10_000)

    @model_validator(mode="after")
    def _has_one_key(self) -> Self:
        check_one_source(self, "signing_key", required=False)
        return self
