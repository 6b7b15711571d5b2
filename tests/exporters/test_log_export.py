"""Logs reach a receiver of OTLP, and whoever logs never waits for it."""

import logging
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsPartialSuccess,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from tests.exporters.otlp_sink import OtlpSink, gone_sink, grpc_sink, http_sink

from driftline.collector import Collector
from driftline.exporters.otlp.log_messages import log_message
from driftline.logs import get_logger

if TYPE_CHECKING:
    from tests.conftest import StartCollector

TRACE, SPAN = 0x0AF7651916CD43DD8448EB211C80319C, 0x00F067AA0BA902B7
logger = get_logger("driftline.test")


@pytest.fixture(params=[grpc_sink, http_sink])
def sink(request: pytest.FixtureRequest) -> Iterator[OtlpSink]:
    with request.param() as opened:
        yield opened


@pytest.fixture(autouse=True)
def _level() -> Iterator[None]:
    parent = logging.getLogger("driftline")
    before = parent.level
    parent.setLevel(logging.INFO)
    yield
    parent.setLevel(before)


@pytest.fixture
def start(start_collector: "StartCollector") -> Callable[..., Collector]:
    def begin(sink: OtlpSink, **settings: Any) -> Collector:
        connection = {"endpoint": sink.endpoint, "protocol": sink.protocol}
        return start_collector(log_export=connection | settings)

    return begin


def records(sink: OtlpSink) -> list[Any]:
    return [
        record
        for request in list(sink.requests["logs"])
        for record in request.resource_logs[0].scope_logs[0].log_records
    ]


def bodies(sink: OtlpSink) -> list[str]:
    return [record.body.string_value for record in records(sink)]


def attributes(message: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in message.attributes}


def count(collector: Collector, outcome: str) -> float:
    labels = {"outcome": outcome}
    return collector._registry.get_sample_value("driftline_log_records_total", labels) or 0.0


def wait_for(is_there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60.0
    while not is_there():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_records_come_with_all_they_say(sink: OtlpSink, start: Callable[..., Collector]) -> None:
    collector = start(sink)
    span = SpanContext(TRACE, SPAN, is_remote=False, trace_flags=TraceFlags(1))
    with trace.use_span(NonRecordingSpan(span)):
        logger.warning("something happened", rows=3, ratio=0.5, yes=True, names=["a"])
    try:
        raise ValueError("why")
    except ValueError as error:
        logger.error("failed", exc_info=error)
    logging.getLogger("another.package").error("not ours")
    wait_for(lambda: "failed" in bodies(sink))
    told = dict(zip(bodies(sink), records(sink), strict=True))
    assert "collector started" in told
    assert "not ours" not in told
    assert attributes(told["collector started"])["grpc"] == collector.grpc_address
    happened = told["something happened"]
    assert attributes(happened) == {
        "log.logger": "driftline.test",
        "rows": 3,
        "ratio": 0.5,
        "yes": True,
        "names": "['a']",
    }
    assert (happened.severity_number, happened.severity_text) == (
        happened.severity_number.__class__(13),
        "WARNING",
    )
    assert happened.trace_id == TRACE.to_bytes(16, "big")
    assert happened.span_id == SPAN.to_bytes(8, "big")
    assert abs(happened.time_unix_nano - time.time_ns()) < 60e9
    failed = attributes(told["failed"])
    assert (failed["exception.type"], failed["exception.message"]) == ("ValueError", "why")
    assert "test_records_come_with_all_they_say" in failed["exception.stacktrace"]
    assert not told["failed"].trace_id
    resource = sink.requests["logs"][0].resource_logs[0].resource
    assert attributes(resource)["service.name"] == "driftline"


def test_who_logs_does_not_wait_and_what_is_too_much_is_counted(start: Callable[..., Collector]) -> None:
    with gone_sink() as gone:
        collector = start(gone, max_queue=100)
        started = time.monotonic()
        for i in range(1_000):
            logger.info("line", number=i)
        assert time.monotonic() - started < 30.0
        assert count(collector, "dropped") >= 900
        assert count(collector, "delivered") == 0
    with grpc_sink(gone.address) as back:
        wait_for(lambda: count(collector, "delivered") == 100)
        numbers = [attributes(each).get("number", -1) for each in records(back)]
        assert numbers == sorted(numbers)
        assert len(numbers) == 100
    assert count(collector, "delivered") + count(collector, "dropped") >= 1_000


def test_what_is_refused_is_counted_and_not_sent_again(
    sink: OtlpSink, start: Callable[..., Collector]
) -> None:
    sink.refusals += [grpc.StatusCode.INVALID_ARGUMENT if sink.protocol == "grpc" else 400]
    partial = ExportLogsPartialSuccess(rejected_log_records=1, error_message="no")
    sink.partial["logs"] = ExportLogsServiceResponse(partial_success=partial)
    collector = start(sink)
    wait_for(lambda: count(collector, "refused") >= 1)
    logger.info("one")
    logger.info("two")
    wait_for(lambda: "two" in bodies(sink))
    wait_for(lambda: count(collector, "delivered") >= 1)
    assert "collector started" not in bodies(sink)


def test_the_end_sends_what_is_left_and_no_more_is_taken(
    sink: OtlpSink, start: Callable[..., Collector]
) -> None:
    collector = start(sink)
    logger.info("the last")
    collector.stop()
    assert {"the last", "collector stopping"} <= set(bodies(sink))
    before = len(records(sink))
    logger.info("after the end")
    assert len(records(sink)) == before


def test_the_end_does_not_wait_for_who_is_gone(start: Callable[..., Collector]) -> None:
    with gone_sink() as gone:
        collector = start(gone)
        logger.info("lost")
        started = time.monotonic()
        collector.stop()
        assert time.monotonic() - started < 30.0
    assert count(collector, "dropped") >= 2


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=8).map(lambda name: f"x{name}"),
        st.one_of(
            st.text(),
            st.integers(),
            st.floats(allow_nan=False),
            st.booleans(),
            st.none(),
            st.binary(max_size=4),
        ),
        max_size=5,
    )
)
def test_every_field_can_be_told(fields: dict[str, Any]) -> None:
    message = log_message(logging.makeLogRecord({"msg": "m", "name": "n", "levelno": 35} | fields))
    told = attributes(LogRecord.FromString(message.SerializeToString()))
    assert told.pop("log.logger") == "n"
    assert told.keys() == fields.keys()
    for name, value in fields.items():
        if isinstance(value, str | bool | float):
            assert told[name] == value


def test_what_utf8_cannot_say_is_told_as_well_as_it_can_be() -> None:
    record = logging.makeLogRecord({"msg": "a\ud800", "name": "n", "levelno": 20, "x": "\udfff"})
    message = log_message(record)
    assert (message.body.string_value, attributes(message)["x"]) == ("a?", "?")
