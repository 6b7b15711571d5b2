"""Records that a client sends in the background are part of the traces of the calls that logged them."""

from typing import Any

import grpc
import pyarrow as pa
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import Span, Tracer
from tests.collector.test_ingest import request
from tests.exporters.otlp_sink import OtlpSink

import driftline
from driftline.client.record_queue import MOST_TRACES
from driftline.collector import Collector
from driftline.collector.batch_spans import NAME
from driftline.v1 import ingest_pb2_grpc

STREAM = "driftline.v1.IngestService/Ingest"


@pytest.fixture
def tracer() -> Tracer:
    """Of the program, which has OpenTelemetry's SDK."""
    return TracerProvider(shutdown_on_exit=False).get_tracer("program")


def client_of(collector: Collector, **settings: Any) -> driftline.Client:
    return driftline.Client(str(collector.grpc_address), model="m", version="7", **settings)


def spans(collector: Collector, sink: OtlpSink, count: int) -> tuple[list[Any], Any]:
    """Those of batches in the order of their numbers, and that of the stream, once the collector has sent them all."""
    collector.stop()
    found = sink.spans(count)
    (stream,) = (span for span in found if span.name == STREAM)
    return sorted((span for span in found if span.name == NAME), key=number_of), stream


def number_of(span: Any) -> int:
    return next(int(each.value.int_value) for each in span.attributes if each.key == "driftline.sequence")


def place(span: Span) -> tuple[bytes, bytes]:
    """Trace and span, as OTLP has them."""
    context = span.get_span_context()
    return context.trace_id.to_bytes(16, "big"), context.span_id.to_bytes(8, "big")


def links(span: Any) -> list[tuple[bytes, bytes]]:
    return [(each.trace_id, each.span_id) for each in span.links]


def test_a_table_and_labels_join_the_call_that_logged_them_and_not_that_which_made_the_client(
    collector: Collector, sink: OtlpSink, tracer: Tracer
) -> None:
    with tracer.start_as_current_span("startup") as startup:
        client = client_of(collector)
    with client:
        with tracer.start_as_current_span("serve") as serve:
            client.log_table(pa.table({"a": [1.0, 2.0], "prediction_id": ["x", "y"]}))
        with tracer.start_as_current_span("judge") as judge:
            client.log_labels(["x"], [True])
        client.log_table(pa.table({"a": [3.0]}))
        assert client.flush(10.0)
    batches, stream = spans(collector, sink, 3)
    assert [(each.trace_id, each.parent_span_id) for each in batches] == [place(serve), place(judge)]
    assert stream.trace_id not in {place(each)[0] for each in (startup, serve, judge)}
    assert [links(each) for each in batches] == [[(stream.trace_id, stream.span_id)]] * 2
    told = {each.key: each.value.string_value for each in batches[0].attributes}
    assert (told["driftline.model"], told["driftline.version"]) == ("m", "7")
    assert all(stream.start_time_unix_nano <= each.start_time_unix_nano for each in batches)
    assert all(each.start_time_unix_nano <= each.end_time_unix_nano for each in batches)


def test_records_of_many_calls_are_one_batch_that_is_linked_to_them(
    collector: Collector, sink: OtlpSink, tracer: Tracer
) -> None:
    served = []
    with client_of(collector, linger_seconds=5.0) as client:
        for number in range(3):
            with tracer.start_as_current_span("serve") as serve:
                client.log({"a": float(number)})
                client.log({"a": float(number)})
                served.append(serve)
        client.log({"a": 9.0})
        assert client.flush(10.0)
    (batch,), stream = spans(collector, sink, 2)
    assert (batch.trace_id, batch.parent_span_id) == place(served[0])
    assert links(batch) == [*map(place, served[1:]), (stream.trace_id, stream.span_id)]


def test_each_batch_has_the_calls_of_its_own_records(
    collector: Collector, sink: OtlpSink, tracer: Tracer
) -> None:
    served = []
    with client_of(collector, linger_seconds=5.0, batch_records=2) as client:
        for number in range(4):
            with tracer.start_as_current_span("serve") as serve:
                client.log({"a": float(number)})
                served.append(serve)
        assert client.flush(10.0)
    batches, _ = spans(collector, sink, 3)
    parents = [(each.trace_id, each.parent_span_id) for each in batches]
    assert parents == [place(served[0]), place(served[2])]
    assert [links(each)[0] for each in batches] == [place(served[1]), place(served[3])]


def test_more_calls_than_a_batch_may_name_are_left_out(
    collector: Collector, sink: OtlpSink, tracer: Tracer
) -> None:
    with client_of(collector, linger_seconds=5.0) as client:
        for number in range(2 * MOST_TRACES):
            with tracer.start_as_current_span("serve"):
                client.log({"a": float(number)})
        assert client.flush(10.0)
    (batch,), _ = spans(collector, sink, 2)
    # The first is its parent, and the last link is the stream.
    assert len(batch.links) == MOST_TRACES


def test_a_call_that_is_not_sampled_has_no_part_in_it(collector: Collector, sink: OtlpSink) -> None:
    tracer = TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False).get_tracer("program")
    with client_of(collector) as client, tracer.start_as_current_span("serve"):
        client.log_table(pa.table({"a": [1.0]}))
        client.log({"a": 1.0})
        assert client.flush(10.0)
    assert spans(collector, sink, 1)[0] == []


def test_what_is_no_trace_context_is_ignored(collector: Collector, sink: OtlpSink) -> None:
    nonsense = ["00-" + "z" * 52, "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "", "x" * 10_000]
    valid = f"00-{7:032x}-{8:016x}-01"
    sent = [request(1, traceparents=nonsense), request(2, traceparents=[*nonsense, valid, valid])]
    with grpc.insecure_channel(str(collector.grpc_address)) as channel:
        stub = ingest_pb2_grpc.IngestServiceStub(channel)  # type: ignore[no-untyped-call]
        answers = list(stub.Ingest(iter(sent), timeout=10))
    assert sum(each.batches for each in answers) == 2
    assert not any(each.rejections for each in answers)
    (batch,), stream = spans(collector, sink, 2)
    assert batch.trace_id == (7).to_bytes(16, "big")
    assert links(batch) == [(stream.trace_id, stream.span_id)]


def test_a_span_that_is_current_is_written_as_the_specification_says(tracer: Tracer) -> None:
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    from driftline.trace_context import traceparent

    assert traceparent() == ""
    with tracer.start_as_current_span("serve") as serve:
        carrier: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(carrier)
        assert traceparent() == carrier["traceparent"]
        assert trace.get_current_span() is serve
