"""What our decoder makes of damaged streams: where it accepts, Arrow's own reader accepts, with the same values."""

import os
import struct
import subprocess
from pathlib import Path

import pyarrow as pa
import pytest
from tests.hostile.mutations import Array, damaged, streams

CASES = int(os.environ.get("DRIFTLINE_DEEP_CASES", "6000"))
BLOCK = 2_000
SEED = 20_240_101


@pytest.fixture(scope="module")
def decoder(root: Path) -> Path:
    """The program that shows what our decoder makes of streams."""
    build = ["cargo", "build", "--release", "--locked", "--workspace", "--example", "decoded"]
    subprocess.run(build, cwd=root, check=True, capture_output=True)
    return root / "target/release/examples/decoded"


def decode(decoder: Path, inputs: list[bytes]) -> list[str]:
    """What the decoder shows of each: ``refused ...``, or ``accepted`` and the values."""
    sent = b"".join(struct.pack("<I", len(data)) + data for data in inputs)
    ended = subprocess.run([decoder], input=sent, capture_output=True, check=True)
    shown: list[str] = []
    for line in ended.stdout.decode().splitlines():
        if line.startswith(("accepted", "refused")):
            shown.append(line)
        else:
            shown[-1] += f"\n{line}"
    assert len(shown) == len(inputs)
    return shown


def show(data: bytes) -> str:
    """What Arrow's own reader makes of a stream, validated in full, in the words of ours."""
    lines = ["accepted"]
    with pa.ipc.open_stream(data) as reader:
        for batch in reader:
            batch.validate(full=True)
            lines.append(f"batch {batch.num_rows}")
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                lines.append(" ".join([name.encode().hex(), *values(column)]))
    return "\n".join(lines)


def values(column: Array) -> list[str]:
    kind = column.type
    if pa.types.is_null(kind):
        return ["-"] * len(column)
    if pa.types.is_dictionary(kind):
        return values(column.dictionary_decode())
    if pa.types.is_boolean(kind):
        return ["-" if value is None else "ft"[value] for value in column.to_pylist()]
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return ["-" if value is None else f"s{value.encode().hex()}" for value in column.to_pylist()]
    width = kind.bit_width // 8
    stored = column.buffers()[1]
    numbers = (stored.to_pybytes() if stored is not None else b"")[column.offset * width :]
    present = column.is_valid().to_pylist()
    return [
        f"x{numbers[row * width : (row + 1) * width].hex()}" if valid else "-"
        for row, valid in enumerate(present)
    ]


# The first to ask for the program may have to build it.
@pytest.mark.timeout(1_800)
def test_valid_streams_are_read_alike(decoder: Path) -> None:
    valid = streams()
    for ours, data in zip(decode(decoder, valid), valid, strict=True):
        assert ours == show(data)


@pytest.mark.timeout(1_800)
def test_what_is_accepted_arrow_accepts_with_equal_values(decoder: Path) -> None:
    accepted = 0
    for start in range(0, CASES, BLOCK):
        inputs = list(damaged(min(BLOCK, CASES - start), SEED + start))
        for ours, data in zip(decode(decoder, inputs), inputs, strict=True):
            if ours.startswith("refused"):
                continue
            accepted += 1
            try:
                theirs = show(data)
            except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
                theirs = f"refused {error}"
            assert ours == theirs, data.hex()
    # Both ways must be taken, or the test says nothing.
    assert 0.05 < accepted / CASES < 0.95
