"""Spans of the doors, in the traces of their callers."""

import http.client
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import grpc
import pyarrow as pa
import pytest
from opentelemetry import context, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from pyarrow import flight
from tests.collector.test_ingest import request
from tests.exporters.otlp_sink import OtlpSink, http_sink

import driftline
from driftline.collector import Collector
from driftline.collector.tracing import Tracing
from driftline.trace_context import trace_metadata
from driftline.v1 import ingest_pb2_grpc

StartCollector = Callable[..., Collector]

TRACE = 0x0AF7651916CD43DD8448EB211C80319C
CALLER = 0x00F067AA0BA902B7
TRACEPARENT = f"00-{TRACE:032x}-{CALLER:016x}-01"


def attributes(span: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes}


def by_name(collector: Collector, sink: OtlpSink, count: int) -> dict[str, Any]:
    """The spans, which a collector that stops sends at once."""
    collector.stop()
    return {span.name: span for span in sink.spans(count)}


def ingest_batch(collector: Collector, metadata: Any, **fields: Any) -> Any:
    with grpc.insecure_channel(str(collector.grpc_address)) as channel:
        stub = ingest_pb2_grpc.IngestServiceStub(channel)  # type: ignore[no-untyped-call]
        return stub.IngestBatch(request(1, **fields), metadata=metadata, timeout=10)


def test_a_call_is_a_child_of_its_caller(collector: Collector, sink: OtlpSink) -> None:
    ingest_batch(collector, (("traceparent", TRACEPARENT),))
    spans = by_name(collector, sink, 2)
    call, work = spans["driftline.v1.IngestService/IngestBatch"], spans["driftline.ingest/IngestBatch"]
    assert call.trace_id == work.trace_id == TRACE.to_bytes(16, "big")
    assert call.parent_span_id == CALLER.to_bytes(8, "big")
    assert work.parent_span_id == call.span_id
    assert call.kind == call.SPAN_KIND_SERVER
    known = attributes(call)
    assert known.pop("network.peer.port") > 0
    assert known == {
        "rpc.system.name": "grpc",
        "rpc.method": "driftline.v1.IngestService/IngestBatch",
        "rpc.response.status_code": "OK",
        "network.peer.address": "127.0.0.1",
    }
    resource = sink.requests["traces"][0].resource_spans[0].resource
    assert attributes(resource)["service.name"] == "driftline"


def test_a_refused_call_says_why_and_is_no_fault_of_ours(collector: Collector, sink: OtlpSink) -> None:
    with pytest.raises(grpc.RpcError):
        ingest_batch(collector, (), records=b"not arrow")
    call = by_name(collector, sink, 2)["driftline.v1.IngestService/IngestBatch"]
    assert attributes(call)["rpc.response.status_code"] == "INVALID_ARGUMENT"
    assert attributes(call)["error.type"] == "INVALID_ARGUMENT"
    assert call.status.code == call.status.STATUS_CODE_UNSET


def test_a_stream_counts_what_came_through_it(collector: Collector, sink: OtlpSink) -> None:
    with grpc.insecure_channel(str(collector.grpc_address)) as channel:
        stub = ingest_pb2_grpc.IngestServiceStub(channel)  # type: ignore[no-untyped-call]
        list(
            stub.Ingest(iter([request(1), request(2), request(3)]), metadata=(("traceparent", TRACEPARENT),))
        )
    call = by_name(collector, sink, 1)["driftline.v1.IngestService/Ingest"]
    assert call.parent_span_id == CALLER.to_bytes(8, "big")
    assert (attributes(call)["driftline.batches"], attributes(call)["driftline.records"]) == (3, 9)
    assert attributes(call)["rpc.response.status_code"] == "OK"


def test_a_stream_that_its_client_cancels_ends_its_span(collector: Collector, sink: OtlpSink) -> None:
    with grpc.insecure_channel(str(collector.grpc_address)) as channel:
        stub = ingest_pb2_grpc.IngestServiceStub(channel)  # type: ignore[no-untyped-call]
        answers = stub.Ingest(iter([request(1, acknowledge=True), request(2, acknowledge=True)]))
        next(answers)
        answers.cancel()
    assert "driftline.v1.IngestService/Ingest" in by_name(collector, sink, 1)


def test_questions_of_a_program_are_part_of_its_trace(collector: Collector, sink: OtlpSink) -> None:
    ingest_batch(collector, ())
    span = NonRecordingSpan(SpanContext(TRACE, CALLER, is_remote=False, trace_flags=TraceFlags(1)))
    token = context.attach(trace.set_span_in_context(span))
    try:
        with driftline.connect(str(collector.grpc_address)) as monitor:
            monitor.summary()
    finally:
        context.detach(token)
    call = by_name(collector, sink, 6)["driftline.v1.QueryService/Summary"]
    assert call.trace_id == TRACE.to_bytes(16, "big")
    assert call.parent_span_id == CALLER.to_bytes(8, "big")


def test_pages_but_not_health_have_spans(collector: Collector, sink: OtlpSink) -> None:
    for path in ("/healthz", "/metrics", "/nowhere"):
        connection = http.client.HTTPConnection(str(collector.http_address), timeout=10)
        connection.request("GET", path, headers={"traceparent": TRACEPARENT})
        connection.getresponse().read()
        connection.close()
    spans = by_name(collector, sink, 2)
    assert spans.keys() == {"GET /metrics", "GET"}, "a path that nobody serves is in no name"
    assert spans["GET /metrics"].parent_span_id == CALLER.to_bytes(8, "big")
    assert attributes(spans["GET /metrics"])["http.response.status_code"] == 200
    assert attributes(spans["GET"])["http.response.status_code"] == 404


def test_flight_calls_have_spans(collector: Collector, sink: OtlpSink) -> None:
    batch = pa.record_batch({"a": [1.0]})
    headers: Any = [(b"traceparent", TRACEPARENT.encode())]  # the stub says text, Flight wants bytes
    options = flight.FlightCallOptions(headers=headers)
    with flight.connect(f"grpc+tcp://{collector.flight_address}") as client:
        writer, _ = client.do_put(flight.FlightDescriptor.for_path("m"), batch.schema, options)
        writer.write_batch(batch)
        writer.close()
    call = by_name(collector, sink, 1)["arrow.flight.protocol.FlightService/DoPut"]
    assert call.parent_span_id == CALLER.to_bytes(8, "big")


def test_spans_go_by_http_with_headers_that_no_text_shows(start_collector: StartCollector) -> None:
    with http_sink() as sink:
        settings = {"endpoint": sink.endpoint, "protocol": "http/protobuf", "headers": {"Api-Key": "s3cret"}}
        collector = start_collector(tracing=settings)
        ingest_batch(collector, ())
        by_name(collector, sink, 2)
        assert sink.headers[0]["api-key"] == "s3cret"
        assert "s3cret" not in repr(collector._config)


def test_a_share_of_the_traces_is_kept(sink: OtlpSink, start_collector: StartCollector) -> None:
    collector = start_collector(tracing={"endpoint": sink.endpoint, "sample_ratio": 0.0})
    ingest_batch(collector, ())
    ingest_batch(collector, (("traceparent", TRACEPARENT),))
    spans = by_name(collector, sink, 2)
    assert {span.trace_id for span in spans.values()} == {TRACE.to_bytes(16, "big")}


def test_the_standard_variables_are_enough(sink: OtlpSink) -> None:
    tracing = Tracing(None, {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.endpoint})
    assert tracing.tracer is not None
    tracing.close()
    for off in ({"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}):
        assert Tracing(None, {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.endpoint} | off).tracer is None


def test_the_provider_of_a_process_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Tracing(None, {}).tracer is None
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: TracerProvider(shutdown_on_exit=False))
    assert Tracing(None, {}).tracer is not None


def test_logs_name_the_span_that_is_current() -> None:
    program = f"""
import logging
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext
from driftline.logs import configure_logging, get_logger
configure_logging("info", "json")
get_logger("driftline.collector").info("outside")
with trace.use_span(NonRecordingSpan(SpanContext({TRACE}, {CALLER}, is_remote=False))):
    get_logger("driftline.collector").info("inside", rows=3)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    outside, inside = map(json.loads, ran.stderr.splitlines())
    assert inside["trace"] == {"id": f"{TRACE:032x}"}
    assert inside["span"] == {"id": f"{CALLER:016x}"}
    assert inside["driftline"]["rows"] == 3
    assert "trace" not in outside


def test_without_opentelemetry_nothing_is_made_or_imported() -> None:
    program = """
import sys
from driftline.collector import Collector
from driftline.config import CollectorConfig
from driftline.trace_context import trace_metadata
doors = dict.fromkeys(("grpc_address", "http_address", "flight_address"), "127.0.0.1:0")
with Collector(CollectorConfig.model_validate(doors)):
    assert trace_metadata() == ()
print(sorted(name for name in sys.modules if name.startswith("opentelemetry")))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_no_span_no_metadata() -> None:
    assert trace_metadata() == ()
