"""Where spans go."""

from pydantic import Field

from driftline.config.otlp import OtlpConnectionConfig


class TracingConfig(OtlpConnectionConfig):
    """
    Where spans go: the settings of `OtlpConnectionConfig`, and which ones.

    Attributes
    ----------
    sample_ratio
        Share of the traces that begin here which are kept; those of callers are as they say. ``None``: what
        ``OTEL_TRACES_SAMPLER`` says, all without it.
    """

    sample_ratio: float | None = Field(default=None, ge=0, le=1)
