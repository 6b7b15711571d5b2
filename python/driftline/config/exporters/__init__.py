"""Settings of the systems that windows are exported to."""

from typing import Annotated, TypeAlias

from pydantic import Field

from driftline.config.exporters.elasticsearch import ElasticsearchConfig
from driftline.config.exporters.exporter import ExporterConfig
from driftline.config.exporters.json_lines import JsonLinesConfig
from driftline.config.exporters.mlflow import MlflowConfig

AnyExporterConfig: TypeAlias = Annotated[
    ElasticsearchConfig | JsonLinesConfig | MlflowConfig, Field(discriminator="type")
]
"""One of them, by its ``type``."""

__all__ = [
    "AnyExporterConfig",
    "ElasticsearchConfig",
    "ExporterConfig",
    "JsonLinesConfig",
    "MlflowConfig",
]
