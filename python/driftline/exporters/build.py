"""Which class exports for which settings; each is imported when it is used."""

from collections.abc import Callable, Mapping
from importlib import import_module

from driftline.config.exporters import ExporterConfig
from driftline.exporters.window_exporter import WindowExporter
from driftline.query.monitor import Monitor

#: Module and class by the ``type`` of the settings.
EXPORTERS: Mapping[str, tuple[str, str]] = {
    "elasticsearch": ("driftline.exporters.elasticsearch", "ElasticsearchExporter"),
    "json_lines": ("driftline.exporters.json_lines", "JsonLinesExporter"),
    "mlflow": ("driftline.exporters.mlflow", "MlflowExporter"),
}

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
    module, name = EXPORTERS[config.type]  # type: ignore[attr-defined]
    build: Build = getattr(import_module(module), name)
    return build(config, monitor)
