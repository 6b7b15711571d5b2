"""KLL sketches of a profile, and the bytes of all its sketches."""

import struct
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import driftline
from driftline import MonitorConfig
from driftline.errors import InvalidArgumentError, NotFoundError
from driftline.query import Profile

KEEPING = MonitorConfig(model="delays", segments=(("carrier",),), kll_columns=("distance",))
# Families of sketches in the bytes of Apache DataSketches: the third byte.
FAMILIES = {"hll": 7, "frequent": 10, "kll": 15, "tdigest": 20}


def counted(kll: bytes) -> int:
    """The number of values in the bytes of a KLL sketch of more than one."""
    (count,) = struct.unpack_from("<Q", kll, 8)
    return int(count)


@pytest.fixture(scope="module")
def kept(records: pa.Table) -> Profile:
    return driftline.profile(records, monitor=KEEPING)


@pytest.mark.parametrize(
    ("column", "sketch"),
    [
        ("distance", "hll"),
        ("distance", "kll"),
        ("distance", "tdigest"),
        ("carrier", "hll"),
        ("carrier", "frequent"),
    ],
)
def test_every_sketch_gives_its_bytes(kept: Profile, column: str, sketch: str) -> None:
    assert kept.sketch(column, sketch)[2] == FAMILIES[sketch]


def test_the_snapshot_column_holds_the_bytes(kept: Profile) -> None:
    rows = {row["column"]: row for row in kept.to_arrow().to_pylist() if not row["segment"]}
    assert rows["distance"]["kll"] == kept.sketch("distance", "kll")
    assert [name for name, row in rows.items() if row["kll"] is not None] == ["distance"]


def test_kll_quantiles_stand_beside_the_certified_ones(kept: Profile, records: pa.Table) -> None:
    values = np.sort(records["distance"].to_numpy())
    answer = kept.quantiles("distance", [0.0, 0.1, 0.5, 0.9, 1.0])
    error = answer.kll_rank_error
    assert error is not None
    assert error == pytest.approx(2.296 / 200**0.9723)
    for found in answer:
        assert found.kll is not None
        rank = np.searchsorted(values, found.kll, side="right") / len(values)
        assert abs(rank - found.q) <= error + 1 / len(values)
    assert answer.to_arrow()["kll"].to_pylist() == [found.kll for found in answer]


def test_columns_that_are_not_named_have_none(kept: Profile) -> None:
    answer = kept.quantiles("dep_delay", 0.5)
    assert (answer.kll_rank_error, answer[0].kll) == (None, None)
    with pytest.raises(NotFoundError, match=r"no KLL sketch holds all values of \"dep_delay\".*kll_columns"):
        kept.sketch("dep_delay", "kll")


def test_segments_have_sketches_of_their_own(kept: Profile, records: pa.Table) -> None:
    of_carrier = records.filter(pc.field("carrier") == "AA").num_rows
    assert counted(kept.sketch("distance", "kll", segment={"carrier": "AA"})) == of_carrier


def test_merging_with_a_profile_without_it_drops_it(kept: Profile, records: pa.Table) -> None:
    assert counted(kept.merge(kept).sketch("distance", "kll")) == 2 * len(records)
    without = driftline.profile(records, monitor=KEEPING.model_copy(update={"kll_columns": ()}))
    for merged in (kept.merge(without), without.merge(kept)):
        assert merged.summary()["distance"].count == 2 * len(records)
        with pytest.raises(NotFoundError, match="kll_columns"):
            merged.sketch("distance", "kll")


def test_a_saved_profile_keeps_it(kept: Profile, tmp_path: Path) -> None:
    kept.save(tmp_path / "p.parquet")
    loaded = Profile.load(tmp_path / "p.parquet")
    for sketch in ("hll", "kll", "tdigest"):
        assert loaded.sketch("distance", sketch) == kept.sketch("distance", sketch)


def test_what_there_is_not_is_said(kept: Profile) -> None:
    with pytest.raises(InvalidArgumentError, match=r"one of hll, kll, tdigest, frequent, got \"theta\""):
        kept.sketch("distance", "theta")
    with pytest.raises(InvalidArgumentError, match="a categorical column has no kll sketch"):
        kept.sketch("carrier", "kll")
    with pytest.raises(NotFoundError, match="distance"):
        kept.sketch("distanse", "hll")
