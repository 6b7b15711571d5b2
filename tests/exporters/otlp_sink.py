"""A receiver of OTLP for tests: real messages, parsed by OpenTelemetry's own protobuf code."""

import gzip
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from tests.held_address import held_address

_MESSAGES: dict[str, tuple[str, type[Message], type[Message]]] = {
    "metrics": (
        "opentelemetry.proto.collector.metrics.v1.MetricsService",
        metrics_service_pb2.ExportMetricsServiceRequest,
        metrics_service_pb2.ExportMetricsServiceResponse,
    ),
    "traces": (
        "opentelemetry.proto.collector.trace.v1.TraceService",
        trace_service_pb2.ExportTraceServiceRequest,
        trace_service_pb2.ExportTraceServiceResponse,
    ),
    "logs": (
        "opentelemetry.proto.collector.logs.v1.LogsService",
        logs_service_pb2.ExportLogsServiceRequest,
        logs_service_pb2.ExportLogsServiceResponse,
    ),
}


class OtlpSink:
    """
    What came, and how to answer.

    Attributes
    ----------
    requests
        By signal, in order; those that were refused are not among them.
    headers
        Of every call, in lower case.
    refusals
        How the next calls are answered: a status of gRPC, or of HTTP; ``None``, like no entry: taken.
    partial
        What takes the place of the empty answer, by signal.
    """

    def __init__(self, protocol: str) -> None:
        self.protocol = protocol
        self.address = ""
        self.scheme = "http"
        self.requests: dict[str, list[Any]] = {signal: [] for signal in _MESSAGES}
        self.headers: list[dict[str, str]] = []
        self.sizes: list[int] = []
        self.refusals: list[Any] = []
        self.partial: dict[str, Message] = {}
        self._changed = threading.Condition()

    @property
    def endpoint(self) -> str:
        return f"{self.scheme}://{self.address}"

    def take(self, signal: str, body: bytes, headers: dict[str, str]) -> tuple[Any, bytes]:
        """How to refuse the call, or ``None``, and the answer."""
        _, request_type, response_type = _MESSAGES[signal]
        with self._changed:
            self.headers.append(headers)
            self.sizes.append(len(body))
            refusal = self.refusals.pop(0) if self.refusals else None
            if refusal is not None:
                return refusal, b""
            self.requests[signal].append(request_type.FromString(body))
            self._changed.notify_all()
        return None, self.partial.get(signal, response_type()).SerializeToString()

    def wait_for(self, signal: str, count: int, timeout: float = 20.0) -> list[Any]:
        """So many requests or more of a signal."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.requests[signal]) >= count, timeout)
            return list(self.requests[signal])

    def spans(self, count: int, timeout: float = 20.0) -> list[Any]:
        """So many spans or more."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._spans()) >= count, timeout), self._spans()
            return self._spans()

    def _spans(self) -> list[Any]:
        return [
            span
            for request in self.requests["traces"]
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@contextmanager
def grpc_sink(
    address: str = "127.0.0.1:0", credentials: grpc.ServerCredentials | None = None
) -> Iterator[OtlpSink]:
    """A sink that speaks gRPC."""
    sink = OtlpSink("grpc")

    def handler(signal: str) -> Any:
        def export(request: bytes, context: grpc.ServicerContext) -> bytes:
            headers = {key: str(value) for key, value in context.invocation_metadata()}
            refusal, answer = sink.take(signal, request, headers)
            if refusal is not None:
                context.abort(refusal, "not now")
            return answer

        service = _MESSAGES[signal][0]
        methods = {"Export": grpc.unary_unary_rpc_method_handler(export)}
        return grpc.method_handlers_generic_handler(service, methods)

    server = grpc.server(ThreadPoolExecutor(4), handlers=[handler(signal) for signal in _MESSAGES])
    host = address.rpartition(":")[0]
    if credentials is None:
        port = server.add_insecure_port(address)
    else:
        port = server.add_secure_port(address, credentials)
        sink.scheme = "https"
    sink.address = f"{host}:{port}"
    server.start()
    try:
        yield sink
    finally:
        server.stop(0).wait()


@contextmanager
def gone_sink() -> Iterator[OtlpSink]:
    """A sink that is not there: its port refuses who comes, and nobody else gets it."""
    sink = OtlpSink("grpc")
    with held_address() as sink.address:
        yield sink


@contextmanager
def http_sink(context: ssl.SSLContext | None = None) -> Iterator[OtlpSink]:
    """A sink that speaks HTTP."""
    sink = OtlpSink("http/protobuf")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {key.lower(): value for key, value in self.headers.items()}
            assert headers["content-type"] == "application/x-protobuf"
            if headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            refusal, answer = sink.take(self.path.removeprefix("/v1/"), body, headers)
            self.send_response(refusal or 200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sink.address = f"127.0.0.1:{server.server_address[1]}"
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        sink.scheme = "https"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
