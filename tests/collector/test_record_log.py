"""Records that are kept: what was named of them and nothing else, in one file each, through crashes."""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

import driftline
from driftline._core import Engine
from driftline.collector import Collector
from driftline.collector.record_log import RecordLog
from driftline.config import MonitorConfig
from driftline.config.record_log import RecordFilesConfig
from driftline.errors import FailedPreconditionError
from driftline.storage import read_records
from driftline.v1 import ingest_pb2

StartCollector = Callable[..., Collector]

CANARY = "canary-7f3a@example.org"
MODEL = "m"
START = 1_704_067_200_000_000_000
"""2024-01-01T00:00:00Z."""


def monitor(columns: list[str], **record_log: object) -> dict[str, object]:
    """A monitor whose windows hold all records of a test."""
    return {"model": MODEL, "window": "1d", "record_log": {"columns": columns, **record_log}}


def send(collector: Collector, table: pa.Table) -> None:
    with driftline.Client(str(collector.grpc_address), model=MODEL, on_full="block") as client:
        client.log_table(table)
        assert client.flush(30.0), client.stats


def people(count: int = 40) -> pa.Table:
    numbers = list(range(count))
    return pa.table(
        {
            "timestamp": pa.array([START + number for number in numbers], pa.timestamp("ns", "UTC")),
            "number": pa.array(numbers, pa.int64()),
            "x": [float(number) for number in numbers],
            "email": [CANARY] * count,
            "trace_id": [f"trace-{number}" for number in numbers],
        }
    )


def metrics(collector: Collector) -> dict[tuple[str, ...], float]:
    import httpx

    text = httpx.get(f"http://{collector.http_address}/metrics", timeout=60).text
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels, reverse=True))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("driftline_record_log")
    }


def test_files_hold_what_was_named_and_nothing_else(start_collector: StartCollector, tmp_path: Path) -> None:
    collector = start_collector(
        data_dir=tmp_path / "data",
        record_files={},
        monitors=[monitor(["number", "x"], sample=10, anomalous=3)],
    )
    send(collector, people().set_column(2, "x", pa.array([float("nan")] * 5 + [1.0] * 35)))
    with driftline.connect(str(collector.grpc_address)) as asked:
        asked.flush()
    found = metrics(collector)
    collector.stop()
    records: Any = read_records(tmp_path / "data" / "records")
    assert [field.name for field in records["record"].type] == ["number", "x"]
    assert pc.sum(records["is_sampled"]).as_py() == 10
    strange = records.filter(records["is_anomalous"])
    assert strange["anomalies"].to_pylist() == [[{"column": "x", "reason": "nan"}]] * 3
    sampled = records.filter(records["is_sampled"])
    assert sampled["id"].to_pylist() == sorted(sampled["id"].to_pylist())
    number = pc.struct_field(records["record"], "number")
    stamps = [START + each for each in number.to_pylist()]
    assert records["timestamp"].cast(pa.int64()).to_pylist() == stamps
    (file,) = (tmp_path / "data" / "records").rglob("*.parquet")
    assert CANARY.encode() not in file.read_bytes()
    assert CANARY not in str(pq.read_table(file).to_pydict())
    assert file.stat().st_mode & 0o077 == 0
    assert found["driftline_record_log_records_total", MODEL, "sampled"] == 10
    assert found["driftline_record_log_records_total", MODEL, "anomalous"] >= 3
    assert found["driftline_record_log_dropped_total", "bound", MODEL] == 2
    assert found["driftline_record_log_bytes",] == file.stat().st_size


def test_the_sample_is_the_same_in_one_flush_and_in_many(
    start_collector: StartCollector, tmp_path: Path
) -> None:
    """The ids depend on who sent what as which batch, so that one engine is asked with two ways to flush."""
    table = people(400)
    key = b"k" * 16

    def written(flush_every: int, folder: Path) -> pa.Table:
        engine = Engine("w" * 32, record_key=key)
        config = MonitorConfig.model_validate(monitor(["number"], sample=25))
        engine.set_monitor(config.to_proto().SerializeToString())
        log = RecordLog(RecordFilesConfig(), folder, "a" * 32)
        for part in range(20):
            engine.ingest_batch(request(table.slice(part * 20, 20), part + 1), time.time_ns())
            if (part + 1) % flush_every == 0:
                flush = engine.begin_flush(0)
                assert flush is not None
                log.write(flush)
                engine.commit_flush()
        return read_records(folder / "records")

    once, often = written(20, tmp_path / "once"), written(1, tmp_path / "often")
    assert len(once) == 25
    assert often.equals(once)
    files = sorted((tmp_path / "often").rglob("*.parquet"))
    ids = pa.concat_tables([pq.read_table(file) for file in files])["id"]
    assert len(files) > 1
    assert len(ids) == len(ids.unique()) > 25, "each once, and more than the sample"


def request(table: pa.Table, sequence: int, version: str = "") -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    content = sink.getvalue().to_pybytes()
    message = ingest_pb2.IngestRequest(
        producer_id="p", sequence=sequence, model=MODEL, version=version, records=content
    )
    return message.SerializeToString()


def test_a_column_of_several_types_gets_the_one_that_holds_all(tmp_path: Path) -> None:
    columns: dict[str, dict[str, Any]] = {
        "1": {
            "number": pa.array([1], pa.int16()),
            "mixed": pa.array([2], pa.uint64()),
            "same": pa.array([START], pa.timestamp("ns", "UTC")),
            "only": pa.array([1.5], pa.float32()),
        },
        "2": {
            "number": pa.array([0.5]),
            "mixed": pa.array(["two"]),
            "same": pa.array([START // 10**9], pa.timestamp("s", "UTC")),
            "day": pa.array([19_723], pa.date32()),
        },
    }
    engine = Engine("w" * 32, record_key=b"k" * 16)
    names = ["number", "mixed", "same", "only", "day"]
    config = MonitorConfig.model_validate(monitor(names))
    engine.set_monitor(config.to_proto().SerializeToString())
    for sequence, (version, table) in enumerate(columns.items(), start=1):
        engine.ingest_batch(request(pa.table(table), sequence, version), START)
    flush = engine.begin_flush(0)
    assert flush is not None
    taken: Any = flush.records()
    ((model, batch),) = taken
    assert model == MODEL
    assert batch["version"].to_pylist() == ["1", "2"]
    records = pa.table(dict(zip(names, batch["record"].flatten(), strict=True)))
    time_type = pa.timestamp("ns", "UTC")
    assert records.schema.types == [pa.float64(), pa.string(), time_type, pa.float64(), pa.date32()]
    assert records["number"].to_pylist() == [1.0, 0.5]
    assert records["mixed"].to_pylist() == ["2", "two"]
    assert records["same"].cast(pa.int64()).to_pylist() == [START, START]
    assert records["only"].to_pylist() == [1.5, None]
    assert str(records["day"].to_pylist()) == "[None, datetime.date(2024, 1, 1)]"


def test_lines_of_json_follow_the_elastic_common_schema(
    start_collector: StartCollector, tmp_path: Path
) -> None:
    collector = start_collector(
        data_dir=tmp_path / "data",
        record_files={"directory": str(tmp_path / "out"), "format": "ecs_json"},
        monitors=[
            monitor(["number", "x", "trace_id", "timestamp"], sample=5) | {"roles": {"trace_id": "ignore"}}
        ],
    )
    send(collector, people().set_column(2, "x", pa.array([float("inf")] + [1.0] * 39)))
    collector.stop()
    (file,) = (tmp_path / "out").rglob("*.ndjson")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(lines) in (5, 6)
    for line in lines:
        number = line["driftline"]["record"]["number"]
        assert line["trace"]["id"] == f"trace-{number}"
        assert line["@timestamp"].startswith("2024-01-01T00:00:00")
        assert line["@timestamp"] == line["driftline"]["record"]["timestamp"]
        assert line["@timestamp"].endswith("Z")
        assert line["event"]["dataset"] == "driftline.inference"
        assert line["labels"] == {"model": MODEL, "version": ""}
        assert line["ecs"]["version"]
        assert line["driftline"]["window"]["start"] == "2024-01-01T00:00:00Z"
    assert len({line["event"]["id"] for line in lines}) == len(lines)
    (infinite,) = (line for line in lines if line["driftline"]["anomalies"])
    assert infinite["driftline"]["anomalies"] == [{"column": "x", "reason": "infinite"}]
    assert infinite["driftline"]["record"]["x"] is None, "JSON has no infinity"
    assert CANARY not in file.read_text()


def test_a_crash_loses_and_repeats_nothing(start_collector: StartCollector, tmp_path: Path) -> None:
    """The copy of a data directory is what a crash at that moment leaves."""
    settings = {
        "record_files": {},
        "flush_interval_seconds": 3_600,
        "monitors": [monitor(["number", "secret"], sample=30) | {"roles": {"secret": "ignore"}}],
    }
    table = people(200).append_column("secret", pa.array([f"s{number}" for number in range(200)]))
    first = start_collector(data_dir=tmp_path / "first", **settings)
    send(first, table.slice(0, 100))
    with driftline.connect(str(first.grpc_address)) as asked:
        asked.flush()
    send(first, table.slice(100, 100))
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    first.stop()
    calm = read_records(tmp_path / "first" / "records")
    # A flush had written its records and not its rows; a torn file lies beside.
    newest = max((tmp_path / "first" / "records" / MODEL).glob("*.parquet"))
    folder = tmp_path / "second" / "records" / MODEL
    shutil.copy(newest, folder / newest.name.replace(".parquet", ".ndjson"))
    shutil.copy(newest, folder / f"{newest.name}.tmp")
    assert len(list(folder.iterdir())) == 3
    second = start_collector(data_dir=tmp_path / "second", **settings)
    second.stop()
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        path.name for path in newest.parent.iterdir()
    )
    assert read_records(tmp_path / "second" / "records").equals(calm)
    assert pc.sum(calm["is_sampled"]).as_py() == 30
    numbers, secrets = (pc.struct_field(calm["record"], name).to_pylist() for name in ("number", "secret"))
    assert secrets == [f"s{number}" for number in numbers], "what has no role is in the log too"
    ids = [pq.read_table(file)["id"] for file in folder.glob("*.parquet")]
    joined = pa.chunked_array([chunk for each in ids for chunk in each.chunks])
    assert len(joined) == len(joined.unique())


def test_what_cannot_be_written_is_counted_and_holds_up_nothing(
    start_collector: StartCollector, tmp_path: Path
) -> None:
    """A window's sample has room for ten records more than the first 40, so that some of the next are in it."""
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    collector = start_collector(
        data_dir=tmp_path / "data",
        record_files={"directory": str(blocked)},
        monitors=[monitor(["number"], sample=50)],
    )
    send(collector, people())
    with driftline.connect(str(collector.grpc_address)) as asked:
        assert asked.flush().rows > 0
        assert metrics(collector)["driftline_record_log_dropped_total", "write_failed", MODEL] == 40
        blocked.unlink()
        send(collector, people())
        asked.flush()
    assert read_records(blocked).num_rows >= 10


def test_redacted_and_hashed_values_are_in_no_file(start_collector: StartCollector, tmp_path: Path) -> None:
    rules: dict[str, Any] = {
        "masked": monitor(["email", "number"], redact={"email": "mask", "number": "hash"}),
        "hashed": monitor(["email", "number"]) | {"values": "hashed"},
    }
    shown: dict[str, Any] = {}
    for name, rule in rules.items():
        collector = start_collector(data_dir=tmp_path / name, record_files={}, monitors=[rule])
        send(collector, people())
        with driftline.connect(str(collector.grpc_address)) as asked:
            asked.flush()
        collector.stop()
        for file in (tmp_path / name / "records").rglob("*.parquet"):
            assert CANARY.encode() not in file.read_bytes()
            assert CANARY not in str(pq.read_table(file).to_pydict())
        shown[name] = read_records(tmp_path / name / "records")["record"].to_pylist()
    assert {row["email"] for row in shown["masked"]} == {"[redacted]"}
    digits = {row["number"] for row in shown["masked"]}
    assert len(digits) == 40, "a hash for each number"
    assert all(len(each) == 16 and int(each, 16) >= 0 for each in digits)
    assert len({row["email"] for row in shown["hashed"]}) == 1
    assert {row["number"] for row in shown["hashed"]} == set(range(40))


NAMES = st.text(st.characters(categories=["L", "N"], exclude_characters="*"), min_size=1, max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    columns=st.dictionaries(
        NAMES,
        st.sampled_from(["text", "dictionary", "float", "integer", "boolean"]),
        min_size=1,
        max_size=6,
    ),
    picked=st.sets(st.integers(0, 5), min_size=1, max_size=5),
    record_format=st.sampled_from(["parquet", "ecs_json"]),
)
def test_no_column_that_is_not_named_is_ever_in_a_file(
    columns: dict[str, str], picked: set[int], record_format: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("records")
    names = list(columns)
    named = [names[index] for index in sorted(picked) if index < len(names)] or ["absent"]
    tables = {
        name: {
            "text": pa.array([f"secret-of-{index}"] * 3),
            "dictionary": pa.array([f"secret-of-{index}"] * 3).dictionary_encode(),
            "float": pa.array([index + 0.625] * 3),
            "integer": pa.array([7_000_000 + index] * 3),
            "boolean": pa.array([True, False, None]),
        }[kind]
        for index, (name, kind) in enumerate(columns.items())
    }
    roles = [field.with_metadata({"driftline.role": "feature"}) for field in pa.table(tables).schema]
    engine = Engine("w" * 32, record_key=b"k" * 16)
    config = MonitorConfig.model_validate(monitor(named))
    engine.set_monitor(config.to_proto().SerializeToString())
    engine.ingest_batch(request(pa.table(tables).cast(pa.schema(roles)), 1), START)
    flush = engine.begin_flush(0)
    assert flush is not None
    log = RecordLog(RecordFilesConfig.model_validate({"format": record_format}), folder, "a" * 32)
    log.write(flush)
    files = [path for path in folder.rglob("*") if path.is_file()]
    if named == ["absent"]:
        assert files == []
        return
    (file,) = files
    if record_format == "parquet":
        records: Any = pq.read_table(file)["record"].to_pylist()
    else:
        records = [json.loads(line)["driftline"]["record"] for line in file.read_text().splitlines()]
    assert len(records) == 3
    seen = {name for record in records for name in record}
    assert seen <= set(named)
    assert seen == set(named) or record_format == "ecs_json"
    content = str(records)
    for index, name in enumerate(columns):
        if name not in named:
            assert f"secret-of-{index}" not in content
            assert str(7_000_000 + index) not in content


def test_only_who_runs_the_collector_gives_records_a_place(
    start_collector: StartCollector, tmp_path: Path
) -> None:
    collector = start_collector(data_dir=tmp_path / "data")
    config = MonitorConfig.model_validate(monitor(["number"]))
    with driftline.connect(str(collector.grpc_address)) as asked:
        with pytest.raises(FailedPreconditionError, match="record_files of the collector"):
            asked.set_monitor(config)
        asked.set_monitor(MonitorConfig(model=MODEL))
    other = start_collector(data_dir=tmp_path / "other", record_files={})
    with driftline.connect(str(other.grpc_address)) as asked:
        asked.set_monitor(config)
        send(other, people())
        asked.set_monitor(config.model_copy(update={"record_log": None}))
        send(other, people())
        asked.flush()
    records: Any = read_records(tmp_path / "other" / "records")
    assert len(records) == 40, "what came under the first rule is written, and nothing after it"


def test_a_stored_rule_keeps_nothing_once_there_is_no_place(
    start_collector: StartCollector, tmp_path: Path
) -> None:
    first = start_collector(data_dir=tmp_path / "data", record_files={}, monitors=[monitor(["number"])])
    first.stop()
    second = start_collector(data_dir=tmp_path / "data")
    send(second, people())
    with driftline.connect(str(second.grpc_address)) as asked:
        asked.flush()
    assert not list(tmp_path.rglob("records/*"))


def test_old_files_go_by_when_they_were_written(tmp_path: Path) -> None:
    config = RecordFilesConfig.model_validate({"keep_for": "1h", "max_bytes": 1024 * 1024})
    log = RecordLog(config, tmp_path, "a" * 32)
    folder = tmp_path / "records" / MODEL
    folder.mkdir(parents=True)
    now = time.time()
    kinds = {"old": (3_700, 10), "big": (120, 900_000), "newer": (60, 900_000), "newest": (30, 1_000)}
    files = {}
    for number, (name, (age, size)) in enumerate(kinds.items()):
        files[name] = folder / f"{'b' * 32}-{number:012d}.parquet"
        files[name].write_bytes(b"." * size)
        os.utime(files[name], (now - age, now - age))
    foreign = folder / "notes.parquet"
    foreign.write_bytes(b"somebody else's")
    os.utime(foreign, (0, 0))
    log.start(Engine())
    log.stop()
    assert {name for name, path in files.items() if path.exists()} == {"newer", "newest"}
    assert foreign.exists()
    samples = {sample.name: sample.value for family in log.collect() for sample in family.samples}
    assert samples["driftline_record_log_files_removed_total"] == 2
    assert samples["driftline_record_log_bytes"] == 901_000


def test_configurations_that_keep_records_nowhere_are_refused() -> None:
    from driftline.config import CollectorConfig

    with pytest.raises(ValueError, match="record_files needs data_dir"):
        CollectorConfig.model_validate({"record_files": {}})
    with pytest.raises(ValueError, match="record_log of model 'm' needs record_files"):
        CollectorConfig.model_validate({"data_dir": "data", "monitors": [monitor(["x"])]})
    for wrong, rule in [
        ({"columns": ["*"]}, "one by one"),
        ({"columns": ["x", "x"]}, "must differ"),
        ({"columns": ["x"], "redact": {"y": "mask"}}, "must name columns that are kept"),
        ({"columns": ["x"], "sample": 0, "anomalous": 0}, "must not both be 0"),
    ]:
        with pytest.raises(ValueError, match=rule):
            MonitorConfig.model_validate({"model": "m", "record_log": wrong})
