"""The README of the data directory describes the rows as they are."""

import re
from pathlib import Path

import pyarrow as pa

import driftline._core as core
import driftline.storage

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
