import gzip
import http.client
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from tests.waiting import is_soon

from driftline.client import Client
from driftline.collector import Collector
from driftline.collector.access import Access
from driftline.collector.http_server import HttpServer, http_app
from driftline.collector.tracing import Tracing

OPENMETRICS = "application/openmetrics-text;version=1.0.0"


def get(collector: Collector, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    return get_from(str(collector.http_address), path, **headers)


def get_from(address: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        return response.status, named, response.read()
    finally:
        connection.close()


def test_health_and_index(collector: Collector) -> None:
    assert get(collector, "/healthz")[::2] == (200, b"ok\n")
    assert get(collector, "/readyz")[::2] == (200, b"ready\n")
    assert b"/metrics" in get(collector, "/")[2]
    assert get(collector, "/other")[0] == 404


def test_a_collector_that_is_not_ready_says_so() -> None:
    ready = False
    server = HttpServer(
        "127.0.0.1:0", http_app(lambda _: (b"", "text/plain"), lambda: ready, Access(), Tracing(None))
    )
    server.start()
    assert get_from(server.address, "/readyz")[0] == 503
    assert get_from(server.address, "/healthz")[0] == 200
    ready = True
    assert get_from(server.address, "/readyz")[0] == 200
    server.stop()


def test_the_format_is_negotiated(collector: Collector) -> None:
    with Client(str(collector.grpc_address), model='m"\\', version="é") as client:
        client.log_table(pa.table({"a": [1.0, 2.0]}))
        assert client.flush(20)
    for accept, parse, content_type in (
        ("*/*", parse_text, "text/plain"),
        (OPENMETRICS, parse_openmetrics, "application/openmetrics-text"),
    ):
        status, headers, body = get(collector, "/metrics", accept=accept)
        assert status == 200
        assert headers["content-type"].startswith(content_type)
        families = {family.name: family for family in parse(body.decode())}
        means = [(each.labels["feature"], each.value) for each in families["driftline_feature_mean"].samples]
        assert means == [("a", 1.5)]


def test_metrics_are_compressed_where_that_is_asked_for(collector: Collector) -> None:
    _, headers, body = get(collector, "/metrics", **{"accept-encoding": "gzip"})
    assert headers["content-encoding"] == "gzip"
    assert b"driftline_records_total" in gzip.decompress(body)


def test_flushes_are_counted(start_collector: Callable[..., Collector], tmp_path: Path) -> None:
    collector = start_collector(data_dir=tmp_path / "data", flush_interval_seconds=0.05)
    with Client(str(collector.grpc_address), model="m") as client:
        client.log({"a": 1})
        assert client.flush(20)

    def written() -> Any:
        text = get(collector, "/metrics")[2].decode()
        samples = [each for family in parse_text(text) for each in family.samples]
        return next(
            each.value
            for each in samples
            if each.name == "driftline_flushes_total" and each.labels == {"outcome": "written"}
        )

    assert is_soon(lambda: bool(written() == 1)), "no flush was counted"
