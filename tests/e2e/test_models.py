import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tests.e2e.conftest import BASELINE, MODEL, VERSION, Rows, Scene
from tests.e2e.exact import NOT_PROFILED, is_text, labelled

import driftline
from driftline.query import Monitor
from driftline.query.instants import to_nanos


def test_models_versions_columns_segments_and_baselines(monitor: Monitor, rows: Rows) -> None:
    model = monitor.models()[MODEL]
    assert model.baselines == (BASELINE,)
    (version,) = model.versions
    assert version.version == VERSION
    assert (version.coverage.records, version.coverage.windows) == (rows.april.num_rows, 30)
    assert version.coverage.start_unix_nanos == to_nanos("2013-04-01")
    assert version.coverage.end_unix_nanos == to_nanos("2013-05-01")
    kinds = {name: is_text(rows.april[name]) for name in rows.april.column_names if name not in NOT_PROFILED}
    assert {c.column: c.kind for c in version.columns} == {
        name: "categorical" if text else "numeric" for name, text in kinds.items()
    }
    segments = {tuple(segment.items()) for segment in version.segments}
    for column in ("carrier", "origin"):
        values = pc.unique(rows.april[column].cast(pa.string())).to_pylist()
        assert {s for s in segments if s[0][0] == column} == {((column, value),) for value in values}


def test_an_outline_says_the_same_without_columns_and_segments(monitor: Monitor) -> None:
    whole, outline = monitor.models()[MODEL], monitor.models(outline=True)[MODEL]
    assert outline.baselines == whole.baselines
    assert [(each.version, each.coverage) for each in outline.versions] == [
        (each.version, each.coverage) for each in whole.versions
    ]
    assert not any(each.columns or each.segments for each in outline.versions)


def test_counters_of_the_engine(scene: Scene, rows: Rows) -> None:
    with driftline.connect(scene.collector.grpc_address) as monitor:
        stats = monitor.stats()
    (version,) = stats.versions
    assert version.records == rows.april.num_rows
    assert stats.batches_rejected == {}
    assert (version.missing_timestamps, version.future_records, version.segment_overflow_records) == (0, 0, 0)
    known = labelled(rows.april).num_rows
    assert version.labels.get("orphan", 0) == version.labels.get("duplicate", 0) == 0
    assert stats.pending_labels == 0
    assert stats.pending_predictions <= rows.april.num_rows - known
    days = rows.april["timestamp"].to_numpy().astype("datetime64[D]")
    assert len(np.unique(days)) == 30


def test_the_first_collector_ended_in_order(scene: Scene) -> None:
    assert scene.exit_code_of_first == 0
