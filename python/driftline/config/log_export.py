"""Where logs go besides standard error."""

from datetime import timedelta

from pydantic import Field

from driftline.config.duration import Duration
from driftline.config.otlp import OtlpConnectionConfig


class LogExportConfig(OtlpConnectionConfig):
    """
    Where logs go by OTLP: the settings of `OtlpConnectionConfig`, and its limits.

    Attributes
    ----------
    max_queue
        Most records that wait; further ones are dropped and counted.
    timeout
        After which a request is given up and sent again.
    """

    max_queue: int = Field(default=2_048, ge=1, le=1_000_000)
    timeout: Duration = Field(default=timedelta(seconds=10), gt=timedelta(0), le=timedelta(minutes=5))
