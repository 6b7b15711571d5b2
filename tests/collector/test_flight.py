import time
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import flight

from driftline.collector import Collector
from driftline.v1 import ingest_pb2, query_pb2

BATCH = pa.record_batch({"a": pa.array([1.0, None, 3.0]), "b": pa.array(["x", "y", "x"]).dictionary_encode()})


@pytest.fixture
def client(collector: Collector) -> Iterator[flight.FlightClient]:
    with flight.connect(f"grpc://{collector.flight_address}") as client:
        yield client


def stats(collector: Collector) -> Any:
    return query_pb2.StatsResponse.FromString(collector.engine.query("Stats", b"", time.time_ns()))


def numbered(sequence: int, producer_id: str = "p", **fields: Any) -> pa.Buffer:
    request = ingest_pb2.IngestRequest(producer_id=producer_id, sequence=sequence, **fields)
    return pa.py_buffer(request.SerializeToString())


def put(
    client: flight.FlightClient, descriptor: flight.FlightDescriptor, schema: pa.Schema
) -> tuple[Any, Any]:
    return client.do_put(descriptor, schema)


def answer_of(reader: Any) -> Any:
    metadata = reader.read()
    return None if metadata is None else ingest_pb2.IngestResponse.FromString(metadata.to_pybytes())


def path(*parts: str) -> flight.FlightDescriptor:
    return flight.FlightDescriptor.for_path(*parts)


def test_batches_are_counted_once_and_answered(collector: Collector, client: flight.FlightClient) -> None:
    writer, reader = put(client, path("m", "1"), BATCH.schema)
    for sequence in (1, 2, 2):
        writer.write_with_metadata(BATCH, numbered(sequence, acknowledge=sequence == 2))
    first, second = answer_of(reader), answer_of(reader)
    assert (first.acknowledged_sequence, first.batches, first.records) == (2, 2, 6)
    assert (second.acknowledged_sequence, second.duplicates, second.records) == (2, 1, 0)
    writer.close()
    assert stats(collector).records == 6
    (version,) = stats(collector).versions
    assert (version.model, version.version) == ("m", "1")


def test_without_metadata_it_works_too(collector: Collector, client: flight.FlightClient) -> None:
    writer, reader = put(client, path("m"), BATCH.schema)
    writer.write_batch(BATCH)
    writer.done_writing()
    assert answer_of(reader).records == 3
    writer.close()
    assert [(each.model, each.version) for each in stats(collector).versions] == [("m", "")]


def test_the_path_goes_before_the_metadata(collector: Collector, client: flight.FlightClient) -> None:
    writer, _ = put(client, path("m"), BATCH.schema)
    writer.write_with_metadata(BATCH, numbered(1, model="other"))
    writer.close()
    assert [each.model for each in stats(collector).versions] == ["m"]


def test_a_refused_batch_is_listed_and_does_not_end_the_stream(
    collector: Collector, client: flight.FlightClient
) -> None:
    writer, reader = put(client, path("m"), BATCH.schema)
    writer.write_with_metadata(BATCH, numbered(1, producer_id="p" * 129))
    (rejection,) = answer_of(reader).rejections
    assert (rejection.sequence, rejection.reason) == (1, "limit")
    writer.write_with_metadata(BATCH, numbered(2, acknowledge=True))
    assert answer_of(reader).records == 3
    writer.close()
    assert stats(collector).records == 3


@pytest.mark.parametrize("descriptor", [path("a", "b", "c"), flight.FlightDescriptor.for_command(b"m")])
def test_other_descriptors_are_refused(
    descriptor: flight.FlightDescriptor, client: flight.FlightClient
) -> None:
    writer, _ = put(client, descriptor, BATCH.schema)
    with pytest.raises(pa.ArrowInvalid, match="must be a path of model and version"):
        writer.close()


def test_an_idle_stream_holds_up_the_stop_for_the_grace_time_only(
    collector: Collector, client: flight.FlightClient
) -> None:
    writer, reader = put(client, path("m"), BATCH.schema)
    writer.write_with_metadata(BATCH, numbered(1, acknowledge=True))
    assert answer_of(reader).records == 3
    started = time.monotonic()
    collector.stop(grace=0.5)
    assert time.monotonic() - started < 30
    with pytest.raises((flight.FlightError, pa.ArrowException)):  # noqa: PT012
        for sequence in range(2, 600):
            writer.write_with_metadata(BATCH, numbered(sequence))
            time.sleep(0.05)
    with pytest.raises((flight.FlightError, pa.ArrowException)):
        writer.close()
    assert stats(collector).records == 3
