"""A receiver of OTLP that is spoken to by TLS: known by its certificate, and shown ours."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from pydantic import ValidationError
from tests.exporters.otlp_sink import OtlpSink, grpc_sink, http_sink
from tests.security.authority import Authority, Pair

from driftline.collector.tracing import Tracing
from driftline.config.otlp import OtlpConnectionConfig
from driftline.config.tracing import TracingConfig
from driftline.delivery import DestinationUnavailableError
from driftline.errors import ConfigurationError
from driftline.exporters.otlp.destination import open_destination


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def client(authority: Authority) -> Pair:
    return authority.issue("client")


@pytest.fixture(params=["grpc", "http/protobuf"])
def sink(request: pytest.FixtureRequest, authority: Authority) -> Iterator[OtlpSink]:
    """Takes those only who show a certificate of the authority."""
    server = authority.issue("server")
    if request.param == "grpc":
        credentials = grpc.ssl_server_credentials(
            [(server.key.read_bytes(), server.certificate.read_bytes())],
            authority.path.read_bytes(),
            require_client_auth=True,
        )
        with grpc_sink(credentials=credentials) as opened:
            yield opened
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(server.certificate, server.key)
        context.load_verify_locations(authority.path)
        context.verify_mode = ssl.CERT_REQUIRED
        with http_sink(context) as opened:
            yield opened


def connection(sink: OtlpSink, **settings: Any) -> dict[str, Any]:
    return {"endpoint": sink.endpoint, "protocol": sink.protocol} | settings


def shown(client: Pair) -> dict[str, str]:
    return {"client_certificate": str(client.certificate), "client_key": str(client.key)}


def send(settings: dict[str, Any]) -> None:
    destination = open_destination(OtlpConnectionConfig.model_validate(settings), "metrics", 60.0)
    try:
        destination.send(b"", ExportMetricsServiceResponse)
    finally:
        destination.close()


def test_both_sides_know_each_other(sink: OtlpSink, authority: Authority, client: Pair) -> None:
    send(connection(sink, ca=str(authority.path), **shown(client)))
    assert len(sink.requests["metrics"]) == 1


def test_who_is_not_known_gets_nothing(sink: OtlpSink, authority: Authority, client: Pair) -> None:
    for settings in (connection(sink, ca=str(authority.path)), connection(sink, **shown(client))):
        with pytest.raises(DestinationUnavailableError):
            send(settings)
    assert sink.requests["metrics"] == []


def test_spans_go_the_same_way(sink: OtlpSink, authority: Authority, client: Pair) -> None:
    settings = connection(sink, ca=str(authority.path), **shown(client))
    tracing = Tracing(TracingConfig.model_validate(settings), {})
    with tracing.span("x"):
        pass
    tracing.close()
    assert [span.name for span in sink.spans(1)] == ["x"]


@pytest.mark.parametrize(
    "change",
    [
        lambda tls: tls | {"ca": "/no/such/file.pem"},
        lambda tls: tls | {"client_key": "/no/such/file.key"},
    ],
)
def test_a_file_that_is_not_there_is_named(
    sink: OtlpSink, authority: Authority, client: Pair, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    settings = change(connection(sink, ca=str(authority.path), **shown(client)))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        send(settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"endpoint": "localhost:4317"}, "http://localhost:4317"),
        ({"endpoint": "http://user:pa55@host:4317"}, "without a user or a password"),
        ({"endpoint": "http://host:4317", "ca": "a.pem"}, "https://"),
        ({"endpoint": "https://host:4317", "client_key": "a.key"}, "go together"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message) as caught:
        OtlpConnectionConfig.model_validate(settings)
    assert "pa55" not in str(caught.value)
