"""Distinct counts of the same values in our snapshot rows and elsewhere."""

from typing import Any

import pyarrow as pa
from tests.interop.rows import with_bytes

import driftline
from driftline.query import Profile

LG_K = 12
# Of a sketch of 8-bit registers after a merge, and how many of them an estimate may be off.
STANDARD_ERROR = 1.04 / 2 ** (LG_K / 2)
MOST_ERRORS = 4
REGISTERS_FROM = 40

# Lists of coupons, a set of them, and registers.
COUNTS = [1, 5, 300, 20_000]


def values(kind: str, start: int, stop: int) -> "pa.Array[Any]":
    """The integers in ``[start, stop)``, or ``item 7`` and so on."""
    numbers = range(start, stop)
    return pa.array(numbers, pa.int64()) if kind == "integer" else pa.array([f"item {n}" for n in numbers])


def profile_of(kind: str, start: int, stop: int) -> Profile:
    """The profile of a table that has these values in its column ``x``."""
    return driftline.profile(pa.table({"x": values(kind, start, stop)}))


def bytes_of(profile: Profile) -> bytes:
    """The column ``hll`` of the row of ``x``."""
    rows = profile.to_arrow().to_pylist()
    (found,) = [row["hll"] for row in rows if row["column"] == "x"]
    assert isinstance(found, bytes)
    return found


def with_hll(profile: Profile, sketch: bytes) -> Profile:
    """The profile with other bytes in the column ``hll`` of the row of ``x``, and what only we know left out."""
    return with_bytes(profile, {"hll": sketch, "hll_extra": None})


def estimate_of(profile: Profile) -> float:
    """Our estimate, by way of an engine that loads the rows."""
    return profile.summary()["x"].distinct.value


def is_near(estimate: float, exact: int) -> bool:
    """Whether an estimate is as near as the standard error allows."""
    return abs(estimate - exact) <= max(1.0, MOST_ERRORS * STANDARD_ERROR * exact)
