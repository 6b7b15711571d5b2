"""The README of the data directory describes the rows as they are."""

import re
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from tests.storage.rows import HOUR, MINUTE, NOW, WRITER, flushed, send

import driftline._core as core
import driftline.storage
from driftline.storage import ProfileStore, compact, compaction
from driftline.storage.rollup import RollUp

TYPES = {
    "string": "utf8",
    "double": "float64",
    "timestamp[ns, tz=UTC]": "timestamp[ns, UTC]",
    "map<string, string>": "map<utf8, utf8>",
    "map<string, uint64>": "map<utf8, uint64>",
    "list<item: double>": "list<float64>",
    "list<item: string>": "list<utf8>",
    "list<item: uint64>": "list<uint64>",
}


def described() -> dict[str, str]:
    text = Path(driftline.storage.__file__).with_name("README.md").read_text()
    table = text.partition("## Snapshot rows")[2]
    rows = re.findall(r"^\| (`.*?) \| ([^|]+) \| .+ \|$", table, re.MULTILINE)
    return {name: type_name for names, type_name in rows for name in re.findall(r"`(\w+)`", names)}


def actual() -> dict[str, str]:
    schema = core.profile(pa.table({"a": [1.0]})).schema
    names = {}
    for field in schema:
        text = "struct" if pa.types.is_struct(field.type) else TYPES.get(str(field.type), str(field.type))
        names[field.name] = f"{text}?" if field.nullable else text
    return names


def test_every_column_is_described_with_its_type() -> None:
    assert len(actual()) > 30
    assert described() == actual()


def test_the_query_counts_what_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = Path(driftline.storage.__file__).with_name("README.md").read_text()
    (query,) = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    store = ProfileStore(tmp_path / "data")
    engine = core.Engine(WRITER)
    for number in range(3):
        send(engine, [NOW - number * HOUR - minute * MINUTE for minute in range(10)])
        store.commit_flush(WRITER, *flushed(engine))
    kept = [path.read_bytes() for path in (store.path / "profiles").iterdir()]
    monkeypatch.setattr(compaction, "SORTED_FILES", 3)
    list(compact(store.files(WRITER), RollUp()))
    (store.path / "profiles" / f"{WRITER}-000000000004.parquet").write_bytes(kept[0])
    monkeypatch.chdir(tmp_path)
    rows = duckdb.connect().execute(query).fetchall()
    assert [row[:4] for row in rows] == [("m", "1", "x", 30)]
    values = [(NOW - number * HOUR) // MINUTE % 1000 - minute for number in range(3) for minute in range(10)]
    assert rows[0][4] == pytest.approx(sum(values) / 30)
