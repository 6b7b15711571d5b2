"""Windows as lines of JSON."""

from pathlib import Path
from typing import Literal, Self

from pydantic import model_validator

from driftline.config.address import Address
from driftline.config.exporters.exporter import ExporterConfig
from driftline.config.exporters.histogram_type import HistogramType


class JsonLinesConfig(ExporterConfig):
    """
    One JSON object a window, in Elastic Common Schema: for Logstash, Filebeat, Vector, Fluent Bit.

    Attributes
    ----------
    path
        File that they are appended to.
    tcp
        ``host:port`` that they are sent to instead.
    histogram_type
        Shape of histograms, as for ``elasticsearch``; ``none``: there are none.
    """

    type: Literal["json_lines"]
    path: Path | None = None
    tcp: Address | None = None
    histogram_type: HistogramType = "histogram"

    @model_validator(mode="after")
    def _one_destination(self) -> Self:
        if (self.path is None) == (self.tcp is None):
            raise ValueError("json_lines needs exactly one of path and tcp")
        return self
