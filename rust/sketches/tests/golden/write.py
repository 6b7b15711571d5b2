"""Write the golden files beside this script with Apache DataSketches for Python 5.2.0.

Run as ``python write.py`` where ``datasketches==5.2.0`` and ``mmh3==5.2.0`` are installed. The Rust
test ``tests/golden.rs`` reads the files and knows what went into them.
"""

from importlib.metadata import version
from pathlib import Path

import datasketches
import mmh3

FOLDER = Path(__file__).parent
DATASKETCHES_VERSION = "5.2.0"
SEED = 9001


def distinct(lg_k: int, count: int, compact: bool) -> bytes:
    """Bytes of an HLL_8 sketch of the integers below ``count``."""
    sketch = datasketches.hll_sketch(lg_k, datasketches.tgt_hll_type.HLL_8)
    for key in range(count):
        sketch.update(key)
    return sketch.serialize_compact() if compact else sketch.serialize_updatable()


def distinct_extra(lg_k: int, count: int) -> bytes:
    """Our extra bytes of the integers below ``count``: what the registers saw below their largest value."""
    seen = [0] * (1 << lg_k)
    for key in range(count):
        first, second = mmh3.hash64(key.to_bytes(8, "little"), seed=SEED, x64arch=True, signed=False)
        seen[first % len(seen)] |= 1 << min(65 - second.bit_length(), 63)
    extra = bytearray(len(seen) // 4)
    for place, values in enumerate(seen):
        largest = values.bit_length() - 1
        below = [int(largest > distance and values >> (largest - distance) & 1) for distance in (1, 2)]
        extra[place // 4] |= (2 * below[0] + below[1]) << (2 * (place % 4))
    return bytes(extra)


def distinct_strings(count: int) -> bytes:
    """Bytes of an HLL_8 sketch of ``item 0``, ``item 1``, ..."""
    sketch = datasketches.hll_sketch(12, datasketches.tgt_hll_type.HLL_8)
    for key in range(count):
        sketch.update(f"item {key}")
    return sketch.serialize_compact()


def frequent(items: int) -> bytes:
    """Bytes of a frequent-items sketch in which ``item i`` occurs ``i + 1`` times."""
    sketch = datasketches.frequent_strings_sketch(9)
    for item in range(items):
        sketch.update(f"item {item}", item + 1)
    return sketch.serialize()


def digest(values: int) -> bytes:
    """Bytes of a t-digest of the doubles 0, 1, 2, ..."""
    sketch = datasketches.tdigest_double(100)
    for value in range(values):
        sketch.update(float(value))
    return sketch.serialize()


def hashes() -> bytes:
    """The two words of the hash of the bytes 0, 1, 2, ... for each length up to 40."""
    lines = []
    for length in range(41):
        first, second = mmh3.hash64(bytes(range(length)), seed=SEED, x64arch=True, signed=False)
        lines.append(f"{first:016x} {second:016x}\n")
    return "".join(lines).encode()


def main() -> None:
    """Write all files."""
    found = version("datasketches")
    if found != DATASKETCHES_VERSION:
        raise SystemExit(f"datasketches must be {DATASKETCHES_VERSION}, got {found}")
    files = {
        "hll_empty.bin": distinct(12, 0, compact=True),
        "hll_list.bin": distinct(12, 5, compact=True),
        "hll_list_updatable.bin": distinct(12, 5, compact=False),
        "hll_set.bin": distinct(12, 300, compact=True),
        "hll_set_updatable.bin": distinct(12, 300, compact=False),
        "hll_registers.bin": distinct(10, 20_000, compact=True),
        "hll_registers_updatable.bin": distinct(10, 20_000, compact=False),
        "hll_registers_extra.bin": distinct_extra(10, 20_000),
        "hll_small.bin": distinct(4, 100, compact=True),
        "hll_strings.bin": distinct_strings(200),
        "frequent_empty.bin": frequent(0),
        "frequent.bin": frequent(20),
        "frequent_purged.bin": frequent(600),
        "tdigest_empty.bin": digest(0),
        "tdigest_single.bin": digest(1),
        "tdigest.bin": digest(5000),
        "murmur3.txt": hashes(),
    }
    for name, content in files.items():
        (FOLDER / name).write_bytes(content)


if __name__ == "__main__":
    main()
