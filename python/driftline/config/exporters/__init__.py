"""Settings of the systems that windows are exported to."""

from typing import TypeAlias

from driftline.config.exporters.exporter import ExporterConfig
from driftline.config.exporters.json_lines import JsonLinesConfig

AnyExporterConfig: TypeAlias = JsonLinesConfig
"""One of them, by its ``type``."""

__all__ = ["AnyExporterConfig", "ExporterConfig", "JsonLinesConfig"]
