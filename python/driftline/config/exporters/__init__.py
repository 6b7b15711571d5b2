"""Settings of the systems that windows are exported to."""

from typing import Annotated, TypeAlias

from pydantic import Field

from driftline.config.exporters.datadog import DatadogConfig
from driftline.config.exporters.elasticsearch import ElasticsearchConfig
from driftline.config.exporters.exporter import ExporterConfig
from driftline.config.exporters.json_lines import JsonLinesConfig
from driftline.config.exporters.mlflow import MlflowConfig
from driftline.config.exporters.otlp import OtlpExporterConfig
from driftline.config.exporters.prometheus_remote_write import PrometheusRemoteWriteConfig
from driftline.config.exporters.wandb import WandbConfig

AnyExporterConfig: TypeAlias = Annotated[
    DatadogConfig
    | ElasticsearchConfig
    | JsonLinesConfig
    | MlflowConfig
    | OtlpExporterConfig
    | PrometheusRemoteWriteConfig
    | WandbConfig,
    Field(discriminator="type"),
]
"""One of them, by its ``type``."""

__all__ = [
    "AnyExporterConfig",
    "DatadogConfig",
    "ElasticsearchConfig",
    "ExporterConfig",
    "JsonLinesConfig",
    "MlflowConfig",
    "OtlpExporterConfig",
    "PrometheusRemoteWriteConfig",
    "WandbConfig",
]
