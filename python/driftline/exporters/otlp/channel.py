"""gRPC channels to receivers of OTLP."""

from pathlib import Path
from urllib.parse import urlsplit

import grpc

from driftline.config.otlp import OtlpConnectionConfig
from driftline.errors import ConfigurationError

GRPC_PORT = 4317
"""Where receivers listen whose endpoint names no port."""

_OPTIONS = (
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 500),
    ("grpc.max_reconnect_backoff_ms", 10_000),
)
"""A connection of its own, so that a receiver that has come back is found within seconds."""


def open_channel(config: OtlpConnectionConfig) -> grpc.Channel:
    """
    Open a channel; nothing is sent yet.

    Raises
    ------
    ConfigurationError
        If a file of its certificates cannot be read.
    """
    parts = urlsplit(config.endpoint)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    target = f"{host}:{parts.port or GRPC_PORT}"
    compression = grpc.Compression.Gzip if config.compression == "gzip" else grpc.Compression.NoCompression
    if not config.is_encrypted:
        return grpc.insecure_channel(target, options=_OPTIONS, compression=compression)
    return grpc.secure_channel(target, channel_credentials(config), options=_OPTIONS, compression=compression)


def channel_credentials(config: OtlpConnectionConfig) -> grpc.ChannelCredentials:
    """
    What the receiver is known by, and what is shown to it.

    Raises
    ------
    ConfigurationError
        If a file cannot be read.
    """
    files = (config.ca, config.client_key, config.client_certificate)
    return grpc.ssl_channel_credentials(*(None if file is None else _read(file) for file in files))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror or error}") from error
