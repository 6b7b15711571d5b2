"""Which class exports for which settings; each is imported when it is used."""

from collections.abc import Callable, Mapping
from importlib import import_module

from driftline.config.exporters import ExporterConfig
from driftline.errors import MissingExtraError
from driftline.exporters.window_exporter import WindowExporter
from driftline.query.monitor import Monitor

#: Module and class by the ``type`` of the settings.
EXPORTERS: Mapping[str, tuple[str, str]] = {
    "datadog": ("driftline.exporters.datadog.exporter", "DatadogExporter"),
    "elasticsearch": ("driftline.exporters.elasticsearch", "ElasticsearchExporter"),
    "json_lines": ("driftline.exporters.json_lines", "JsonLinesExporter"),
    "mlflow": ("driftline.exporters.mlflow", "MlflowExporter"),
    "otlp": ("driftline.exporters.otlp.exporter", "OtlpExporter"),
    "prometheus_remote_write": ("driftline.exporters.remote_write", "RemoteWriteExporter"),
    "wandb": ("driftline.exporters.wandb", "WandbExporter"),
}

#: The extra with the packages that a type needs, where it is not called like the type.
EXTRAS: Mapping[str, str] = {"otlp": "otel", "prometheus_remote_write": "prometheus"}

Build = Callable[[ExporterConfig, Monitor], WindowExporter]


def build_exporter(config: ExporterConfig, monitor: Monitor) -> WindowExporter:
    """
    The exporter of some settings.

    Raises
    ------
    MissingExtraError
        If a package that it needs is not installed.
    ConfigurationError
        If a secret cannot be read.
    """
    kind: str = config.type  # type: ignore[attr-defined]
    module, name = EXPORTERS[kind]
    try:
        build: Build = getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"exporters of type {kind} need `pip install 'driftline[{EXTRAS.get(kind, kind)}]'`: {error}"
        ) from error
    return build(config, monitor)
