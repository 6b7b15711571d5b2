"""Where OpenTelemetry's protocol (OTLP) is spoken to, and how."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from driftline.config.secret import Secret, reveal

MAX_HEADERS = 32


class OtlpConnectionConfig(BaseModel):
    """
    One receiver of OTLP.

    Attributes
    ----------
    endpoint
        ``http://host:4317`` or, encrypted, ``https://host:4317``. With ``http/protobuf`` the path of the signal,
        ``/v1/metrics`` say, is added to it.
    protocol
        ``grpc`` or ``http/protobuf``.
    headers
        Sent with every call; a value ``env:NAME`` is the variable of that name.
    header_files
        The same, each in a file.
    compression
        ``gzip`` or ``none``.
    ca
        PEM file of the authorities that the receiver's certificate may be of; ``None``: those of the system.
    client_certificate, client_key
        PEM files of a certificate to show, and its key.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    endpoint: str
    protocol: Literal["grpc", "http/protobuf"] = "grpc"
    headers: dict[str, Secret] = Field(default={}, max_length=MAX_HEADERS)
    header_files: dict[str, Path] = Field(default={}, max_length=MAX_HEADERS)
    compression: Literal["gzip", "none"] = "gzip"
    ca: Path | None = None
    client_certificate: Path | None = None
    client_key: Path | None = None

    @field_validator("endpoint")
    @classmethod
    def _is_a_place(cls, endpoint: str) -> str:
        parts = urlsplit(endpoint)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise ValueError("endpoint must be like http://localhost:4317, without a user or a password")
        return endpoint.rstrip("/")

    @model_validator(mode="after")
    def _certificates_are_whole(self) -> Self:
        if (self.client_certificate is None) != (self.client_key is None):
            raise ValueError("client_certificate and client_key go together, got one of them")
        if not self.is_encrypted and (self.ca is not None or self.client_certificate is not None):
            raise ValueError("ca and client_certificate are for an endpoint that begins with https://")
        return self

    @property
    def is_encrypted(self) -> bool:
        """Whether the receiver is spoken to by TLS."""
        return self.endpoint.startswith("https://")

    def read_headers(self) -> dict[str, str]:
        """
        Names, in lower case, and values.

        Raises
        ------
        ConfigurationError
            If a value cannot be found.
        """
        written = {
            name.lower(): reveal(f"headers.{name}", value, None) for name, value in self.headers.items()
        }
        kept = {
            name.lower(): reveal(f"header_files.{name}", None, file)
            for name, file in self.header_files.items()
        }
        return written | kept
