"""What is not to be kept is nowhere afterwards, and a key of hashes that is lost or another one is noticed."""

import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from driftline import _core
from driftline.config import MonitorConfig
from driftline.errors import FailedPreconditionError
from driftline.exporters.prometheus import EngineCollector
from driftline.storage import ProfileStore, load_engine
from driftline.v1 import control_pb2, ingest_pb2, query_pb2, selection_pb2

CANARY = "canary-7f3a@example.org"
METHODS = ("Summary", "Profile", "Performance")


def records() -> pa.Table:
    texts = [CANARY, "b", CANARY]
    return pa.table(
        {
            "email": texts,
            "plan": pa.array(texts).dictionary_encode(),
            "country": texts,
            "user": texts,
            "prediction_id": [CANARY, "p2", "p3"],
            "prediction": texts,
            "x": [1.0, 2.0, 3.0],
        }
    )


def monitor(values: str) -> MonitorConfig:
    settings = {"model": "m", "values": values, "segments": [["country"]], "roles": {"user": "principal"}}
    return MonitorConfig.model_validate(settings)


def request(table: pa.Table, sequence: int) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    content = sink.getvalue().to_pybytes()
    message = ingest_pb2.IngestRequest(producer_id="p", sequence=sequence, model="m", records=content)
    return message.SerializeToString()


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    return ProfileStore(tmp_path / "data")


def filled(store: ProfileStore, values: str) -> "_core.Engine":
    """An engine with a log that has counted predictions, labels and a batch that it refuses, and written all it has."""
    engine = _core.Engine("w" * 32, hash_key=store.hash_key())
    (store.path / "wal").mkdir()
    engine.open_log(store.path / "wal", 0)
    engine.set_monitor(monitor(values).to_proto().SerializeToString())
    session = engine.session()
    labels = pa.table({"prediction_id": [CANARY, "nobody"], "label": [CANARY, CANARY]})
    refused = pa.table({"x": [CANARY], "email": [CANARY]})
    answers = [
        session.ingest(request(each, n), time.time_ns())
        for n, each in enumerate((records(), labels, refused), 1)
    ]
    last = answers[-1]
    assert last is not None
    answer = ingest_pb2.IngestResponse.FromString(last.wait())
    assert (answer.records, [rejection.reason for rejection in answer.rejections]) == (5, ["schema"])
    assert CANARY not in answer.rejections[0].message
    flush(engine, store)
    store.write_monitor(control_pb2.Monitor.FromString(engine.monitor("m")))
    return engine


def flush(engine: "_core.Engine", store: ProfileStore) -> None:
    begun = engine.begin_flush(time.time_ns())
    assert begun is not None
    parts = (begun.rows(), begun.pending(), begun.producers())
    store.commit_flush("a" * 32, begun.sequence, *parts, begun.position)


def written(store: ProfileStore, least: int = 6) -> str:
    """Everything in the data directory, what is compressed read."""
    texts = []
    for path in (path for path in store.path.rglob("*") if path.is_file()):
        texts.append(path.read_bytes().decode("latin-1"))
        if path.suffix == ".parquet":
            texts.append(str(pq.read_table(path).to_pylist()))
    assert len(texts) >= least
    return "\n".join(texts)


def answered(engine: "_core.Engine") -> str:
    """All answers about the model, and the metrics."""
    registry = CollectorRegistry()
    registry.register(EngineCollector(engine))
    selection = selection_pb2.Selection(model="m")
    asked = query_pb2.SummaryRequest(selection=selection).SerializeToString()
    answers = [engine.query(method, asked, time.time_ns()) for method in METHODS]
    answers += [engine.query(method, b"", time.time_ns()) for method in ("Models", "Stats")]
    return b"\n".join([*answers, generate_latest(registry)]).decode("latin-1")


@pytest.mark.parametrize(("values", "is_seen"), [("plain", True), ("hashed", False)])
def test_a_value_is_in_no_file_and_in_no_answer(store: ProfileStore, values: str, is_seen: bool) -> None:
    engine = filled(store, values)
    assert (CANARY in written(store)) == is_seen
    assert (CANARY in answered(engine)) == is_seen


@pytest.mark.parametrize("number", [None, 0x0123456789ABCDEF])
def test_ids_and_what_is_ignored_are_nowhere_even_where_values_are_plain(
    store: ProfileStore, number: int | None
) -> None:
    engine = _core.Engine("w" * 32, hash_key=store.hash_key())
    (store.path / "wal").mkdir()
    engine.open_log(store.path / "wal", 0)
    settings = {"model": "m", "segments": [["plan"]], "roles": {"address": "ignore"}}
    engine.set_monitor(MonitorConfig.model_validate(settings).to_proto().SerializeToString())
    ids = pa.array([CANARY, CANARY + "2"] if number is None else [number, 2])
    predictions = pa.table(
        {"prediction_id": ids, "address": [CANARY, CANARY], "plan": ["basic", "gold"], "prediction": [1, 0]}
    )
    labels = pa.table({"prediction_id": ids[:1], "label": [1]})
    session = engine.session()
    for n, table in enumerate((predictions, labels), 1):
        session.ingest(request(table, n), time.time_ns())
    logged = written(store, least=2)
    flush(engine, store)
    for text in (logged, written(store), answered(engine)):
        assert CANARY not in text
        assert number is None or number.to_bytes(8, "little").decode("latin-1") not in text
        assert number is None or str(number) not in text
    assert "basic" in logged
    assert "basic" in written(store)
    stats = query_pb2.StatsResponse.FromString(engine.query("Stats", b"", time.time_ns()))
    assert stats.versions[0].labels["matched"] == 1, "the label has found its prediction"


def test_the_key_is_made_once_and_is_for_its_owner_only(store: ProfileStore) -> None:
    key = store.hash_key()
    path = store.path / "hash-key"
    assert (len(key), path.stat().st_mode & 0o777) == (16, 0o600)
    assert ProfileStore(store.path).hash_key() == key
    path.write_text("short")
    with pytest.raises(FailedPreconditionError, match="32 hexadecimal digits, got 5 characters"):
        store.hash_key()


def test_a_restart_with_another_key_is_refused(store: ProfileStore) -> None:
    filled(store, "hashed")
    configured = [monitor("hashed").to_proto()]
    again = _core.Engine("w" * 32, hash_key=store.hash_key())
    assert load_engine(store, again, configured) > 0
    (store.path / "hash-key").unlink()
    with pytest.raises(FailedPreconditionError, match="hashes of two keys"):
        load_engine(store, _core.Engine("w" * 32, hash_key=store.hash_key()), configured)
