"""``driftline serve``."""

import os
from pathlib import Path
from typing import Annotated

import typer


def serve(
    config: Annotated[Path | None, typer.Option(help="YAML file with the settings and the monitors.")] = None,
    grpc_address: Annotated[str | None, typer.Option(help="host:port for gRPC; empty: closed.")] = None,
    http_address: Annotated[str | None, typer.Option(help="host:port for /metrics and health.")] = None,
    flight_address: Annotated[
        str | None, typer.Option(help="host:port for Arrow Flight; empty: closed.")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Directory that keeps the state over restarts.")
    ] = None,
    flush_interval_seconds: Annotated[float | None, typer.Option(help="Seconds between two writes.")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
    log_format: Annotated[str | None, typer.Option(help="console, or json (ECS).")] = None,
) -> None:
    """Run a collector until SIGTERM or Ctrl-C.

    An option goes before its DRIFTLINE_ environment variable, that before the file.
    """
    from driftline.collector import serve as serve_collector
    from driftline.config import load_config

    options = {
        "DRIFTLINE_GRPC_ADDRESS": grpc_address,
        "DRIFTLINE_HTTP_ADDRESS": http_address,
        "DRIFTLINE_FLIGHT_ADDRESS": flight_address,
        "DRIFTLINE_DATA_DIR": data_dir,
        "DRIFTLINE_FLUSH_INTERVAL_SECONDS": flush_interval_seconds,
        "DRIFTLINE_LOG_LEVEL": log_level,
        "DRIFTLINE_LOG_FORMAT": log_format,
    }
    given = {name: str(value) for name, value in options.items() if value is not None}
    raise typer.Exit(serve_collector(load_config(config, {**os.environ, **given})))
