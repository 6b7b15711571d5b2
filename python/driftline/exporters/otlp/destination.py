"""A receiver of OTLP: takes requests of one signal as bytes."""

import gzip
import ssl
from abc import ABC, abstractmethod
from typing import Any, Literal, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from driftline.config.otlp import OtlpConnectionConfig
from driftline.delivery import DestinationRefusedError, DestinationUnavailableError, HttpDestination
from driftline.errors import ConfigurationError
from driftline.exporters.otlp.channel import open_channel

Signal = Literal["metrics", "traces", "logs"]
ResponseT = TypeVar("ResponseT", bound=Message)

_METHODS: dict[Signal, str] = {
    "metrics": "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    "traces": "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    "logs": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
}

# https://opentelemetry.io/docs/specs/otlp/#failures; RESOURCE_EXHAUSTED only where it says when to come again.
_RETRYABLE = frozenset(
    (
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.OUT_OF_RANGE,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    )
)


class OtlpDestination(ABC):
    """Where requests of one signal go."""

    def send(self, request: bytes, response_type: type[ResponseT]) -> ResponseT:
        """
        Send one request, once.

        Returns
        -------
        Message
            The answer, which may say that a part was refused.

        Raises
        ------
        DestinationUnavailableError
            If it was not taken and may be the next time; also where a header cannot be read at present.
        DestinationRefusedError
            If it will never be taken.
        """
        try:
            answer = self._send(request)
        except ConfigurationError as error:
            raise DestinationUnavailableError(str(error)) from error
        try:
            return response_type.FromString(answer)
        except DecodeError as error:
            raise DestinationRefusedError("the receiver's answer is not one of OTLP") from error

    @abstractmethod
    def _send(self, request: bytes) -> bytes: ...

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""


def open_destination(config: OtlpConnectionConfig, signal: Signal, timeout: float) -> OtlpDestination:
    """
    A receiver as it is configured; nothing is sent yet.

    Parameters
    ----------
    config
        Where it is, and by which protocol.
    signal
        What it is sent.
    timeout
        Seconds after which a request is given up.

    Raises
    ------
    ConfigurationError
        If a file of its certificates cannot be read.
    """
    if config.protocol == "grpc":
        return _GrpcDestination(config, signal, timeout)
    return _HttpDestination(config, signal, timeout)


class _GrpcDestination(OtlpDestination):
    def __init__(self, config: OtlpConnectionConfig, signal: Signal, timeout: float) -> None:
        self._config = config
        self._timeout = timeout
        self._channel = open_channel(config)
        self._call = self._channel.unary_unary(_METHODS[signal], None, None)

    def _send(self, request: bytes) -> bytes:
        metadata = tuple(self._config.read_headers().items())
        try:
            answer: bytes = self._call(request, timeout=self._timeout, metadata=metadata)
        except grpc.RpcError as error:
            raise _as_destination_error(error) from None
        return answer

    def close(self) -> None:
        self._channel.close()


class _HttpDestination(OtlpDestination):
    def __init__(self, config: OtlpConnectionConfig, signal: Signal, timeout: float) -> None:
        self._config = config
        self._path = f"/v1/{signal}"
        self._http = HttpDestination(
            config.endpoint, "the receiver", timeout_seconds=timeout, verify=_trust(config)
        )

    def _send(self, request: bytes) -> bytes:
        headers = self._config.read_headers() | {"content-type": "application/x-protobuf"}
        if self._config.compression == "gzip":
            request = gzip.compress(request, compresslevel=6, mtime=0)
            headers["content-encoding"] = "gzip"
        return self._http.post(request, path=self._path, headers=headers).content

    def close(self) -> None:
        self._http.close()


def _trust(config: OtlpConnectionConfig) -> bool | ssl.SSLContext:
    if not config.is_encrypted:
        return True
    try:
        context = ssl.create_default_context(cafile=config.ca)
        if config.client_certificate is not None:
            context.load_cert_chain(config.client_certificate, config.client_key)
    except OSError as error:
        raise ConfigurationError(f"the certificates of {config.endpoint} cannot be read: {error}") from error
    return context


def _as_destination_error(error: Any) -> DestinationUnavailableError | DestinationRefusedError:
    code: grpc.StatusCode = error.code()
    details = error.details() or "no details"
    message = f"the receiver answered {code.name}: {details}"
    delay = _retry_delay(error)
    if code in _RETRYABLE or (code is grpc.StatusCode.RESOURCE_EXHAUSTED and delay is not None):
        return DestinationUnavailableError(message, delay)
    return DestinationRefusedError(message)


def _retry_delay(error: Any) -> float | None:
    """Seconds after which the receiver wants to be asked again, where it says so."""
    try:
        status = rpc_status.from_call(error)
    except ValueError:
        return None
    for detail in () if status is None else status.details:
        retry = error_details_pb2.RetryInfo()
        if detail.Unpack(retry):
            return float(retry.retry_delay.ToTimedelta().total_seconds())
    return None
