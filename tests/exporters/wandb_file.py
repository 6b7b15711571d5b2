"""Reads what Weights & Biases writes: records of its own protobuf messages, framed as LevelDB's log is."""

import json
import struct
import zlib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

# By name: which of several generated modules it is depends on the version of protobuf.
_MESSAGES: Any = import_module("wandb.proto.wandb_internal_pb2")
_BLOCK = 32 * 1024
_HEADER = struct.Struct("<IHB")
_FIRST = b":W&B"
_FIRST_BYTES = 7
_WHOLE, _BEGIN, _MIDDLE, _END = 1, 2, 3, 4


def records(path: Path) -> Iterator[Any]:
    """All records of a ``.wandb`` file, their checksums checked."""
    data = path.read_bytes()
    assert data[:4] in (_FIRST, b"")
    parts: list[bytes] = []
    at = _FIRST_BYTES
    while at + _HEADER.size <= len(data):
        left = _BLOCK - at % _BLOCK
        if left < _HEADER.size:
            at += left
            continue
        checksum, length, kind = _HEADER.unpack_from(data, at)
        body = data[at + _HEADER.size : at + _HEADER.size + length]
        at += _HEADER.size + length
        assert zlib.crc32(bytes([kind]) + body) == checksum
        parts = [body] if kind in (_WHOLE, _BEGIN) else [*parts, body]
        if kind in (_WHOLE, _END):
            yield _MESSAGES.Record.FromString(b"".join(parts))
        else:
            assert kind in (_BEGIN, _MIDDLE)


def is_finished(path: Path) -> bool:
    """Whether the run has ended in order: its file is complete a moment later."""
    found = list(records(path))
    return bool(found) and found[-1].WhichOneof("record_type") == "exit"


def of_kind(path: Path, kind: str) -> list[Any]:
    """The records of one kind: ``run``, ``history``, ``metric``, ``artifact``."""
    return [getattr(each, kind) for each in records(path) if each.WhichOneof("record_type") == kind]


def rows(path: Path) -> list[dict[str, Any]]:
    """What was logged, a step each, by key."""
    return [_row(each.item) for each in of_kind(path, "history")]


def _row(items: Any) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for item in items:
        first, *below = list(item.nested_key) or [item.key]
        value = json.loads(item.value_json)
        if below:
            row.setdefault(first, {})["/".join(below)] = value
        else:
            row[first] = value
    return row
