"""Windows by OpenTelemetry's protocol (OTLP)."""

from typing import Literal

from pydantic import Field

from driftline.config.exporters.exporter import ExporterConfig
from driftline.config.otlp import OtlpConnectionConfig


class OtlpExporterConfig(ExporterConfig, OtlpConnectionConfig):
    """
    Windows as metrics of OpenTelemetry, to a receiver as `OtlpConnectionConfig` says.

    Attributes
    ----------
    temporality
        Of the histograms: ``delta``: those of each window; ``cumulative``: those of its UTC day up to its end.
    histograms
        Whether the histograms of numeric columns are sent besides the figures.
    max_buckets
        Most buckets of a histogram for the numbers above zero, and for those below; neighbours are merged until they
        are so few. The sketch has up to 320.
    resource_attributes
        What else the resource is said to be, over what is said by itself.
    """

    type: Literal["otlp"]
    temporality: Literal["delta", "cumulative"] = "delta"
    histograms: bool = True
    max_buckets: int = Field(default=160, ge=2, le=320)
    resource_attributes: dict[str, str] = Field(default={}, max_length=64)
