"""Evidence over time and canaries, from the question to what is said of the answer."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from tests.query.conftest import DAY, START, ingest

import driftline
from driftline import _core
from driftline.config import MonitorConfig
from driftline.errors import InvalidArgumentError, NotFoundError
from driftline.query import EngineTransport, Monitor
from driftline.query.results.canary import CanaryResult
from driftline.query.results.evidence import EvidenceResult
from driftline.v1 import canary_pb2, control_pb2, evidence_pb2, selection_pb2

DAYS = 60
A_DAY = 400
MOVES_AT = 40


def records(days: range, seed: int, moves_at: int = DAYS, shift: float = 0.8) -> pa.Table:
    """``amount`` moves from a day on, ``age`` and ``city`` never do; some answers failed, some were slow."""
    random = np.random.default_rng(seed)
    rows = A_DAY * len(days)
    day = np.repeat(np.array(days), A_DAY)
    second = random.integers(0, 86_400, rows)
    nanos = int(START.timestamp()) * 10**9 + day * DAY + second * 10**9
    return pa.table(
        {
            "timestamp": pa.array(np.sort(nanos).astype("datetime64[ns]"), pa.timestamp("ns", "UTC")),
            "amount": pa.array(random.normal(0, 1, rows) + np.where(day >= moves_at, shift, 0)),
            "age": pa.array(random.integers(18, 90, rows).astype(float)),
            "city": pa.array(random.choice(["Oslo", "Rome", "Bonn"], rows)),
            "prediction": pa.array(random.random(rows)),
            "latency": pa.array(random.lognormal(-4, 0.5, rows)),
            "failed": pa.array(random.random(rows) < 0.05),
        }
    )


def started() -> _core.Engine:
    """An engine that monitors by the day, with a baseline."""
    engine = _core.Engine("test")
    monitor = control_pb2.Monitor(
        model="m", window_nanos=DAY, segments=[control_pb2.SegmentColumns(columns=["city"])]
    )
    engine.set_monitor(monitor.SerializeToString())
    by_city = MonitorConfig(model="m", segments=(("city",),))
    baseline = driftline.profile(records(range(50), 1).drop_columns(["timestamp"]), monitor=by_city)
    engine.set_baseline("m", "training", baseline.to_arrow(), True)
    return engine


@pytest.fixture(scope="module")
def moved() -> Monitor:
    """Sixty days of one version, the last twenty of which have moved."""
    engine = started()
    ingest(engine, records(range(DAYS), 2, MOVES_AT), "m", "1")
    return Monitor(EngineTransport(engine))


@pytest.fixture(scope="module")
def beside() -> Monitor:
    """Two versions side by side; the second fails more often."""
    engine = started()
    ingest(engine, records(range(DAYS), 3), "m", "1")
    canary = records(range(DAYS), 4)
    failed = pa.array(np.random.default_rng(5).random(canary.num_rows) < 0.12)
    ingest(engine, canary.set_column(canary.schema.get_field_index("failed"), "failed", failed), "m", "2")
    return Monitor(EngineTransport(engine))


def test_what_has_moved_is_said_with_when_and_how_sure(moved: Monitor) -> None:
    evidence = moved.evidence()
    assert [entry.column for entry in evidence.discoveries] == ["amount"]
    amount = evidence["amount"]
    assert evidence[0] is amount
    assert amount.reached_at is not None
    assert amount.log10_e_value > 2
    days = (amount.reached_at.start - int(START.timestamp()) * 10**9) // DAY
    assert MOVES_AT <= days < DAYS
    (sentence,) = evidence.sentences()
    assert sentence == (
        f"amount has moved since {amount.reached_at.label} "
        f"(e-value 10^{amount.log10_e_value:.1f}, false alarm chance 1%)"
    )
    assert sentence in repr(evidence)
    assert sentence in evidence._repr_html_()
    assert (amount.windows, amount.records) == (DAYS, DAYS * A_DAY)
    assert amount.reference_records == 50 * A_DAY
    assert (evidence.reference.name, evidence.level, evidence.coverage.windows) == ("training", 0.01, DAYS)


def test_before_it_moved_nothing_is_said_to_have(moved: Monitor) -> None:
    evidence = moved.evidence(end=START + timedelta(days=MOVES_AT))
    assert evidence.discoveries == ()
    assert "nothing has moved for certain (false alarm chance 1%)" in repr(evidence)


def test_tolerances_and_blocks(moved: Monitor) -> None:
    tolerant = moved.evidence(start=START + timedelta(days=MOVES_AT), ks_tolerance=0.1, mean_tolerance=2.0)
    amount = tolerant["amount"]
    assert amount.ks is not None
    assert amount.mean_shift is not None
    assert (amount.ks.is_exceeded, amount.mean_shift.is_exceeded) == (True, False)
    assert amount.mean_shift.low <= amount.mean_shift.value <= amount.mean_shift.high
    assert amount.mean_shift.value == pytest.approx(0.8, abs=0.05)
    weeks = moved.evidence(block="1w", columns=["amount", "age"])
    assert {entry.column for entry in weeks} == {"amount", "age"}
    assert weeks.block_nanos == 7 * DAY
    assert weeks["amount"].windows < DAYS / 7 + 1
    assert weeks["amount"].ks is None
    assert moved.evidence(block=timedelta(days=7), columns=["amount", "age"]) == weeks
    with pytest.raises(InvalidArgumentError, match="excludes a block"):
        moved.evidence(block="1w", ks_tolerance=0.1)
    with pytest.raises(InvalidArgumentError, match="a length must be in s, m, h, d or w, got '1mo'"):
        moved.evidence(block="1mo")


def test_other_records_and_segments(moved: Monitor) -> None:
    cut = START + timedelta(days=30)
    evidence = moved.evidence({"end": cut}, by="city", start=cut, columns=["amount", "age"])
    assert evidence.reference.name == "records"
    found = {(entry.column, entry.segment["city"]) for entry in evidence.discoveries}
    assert found == {("amount", city) for city in ("Oslo", "Rome", "Bonn")}
    assert evidence["amount", {"city": "Oslo"}].is_discovery
    assert not evidence["age of city=Rome"].is_discovery
    assert moved.evidence("training", columns=["amount"])["amount"].is_discovery
    stored = moved.evidence(by="city", columns=["amount", "city"])
    assert stored.left_out == ()
    assert {str(entry) for entry in stored.discoveries} == {
        f"amount of city={city}" for city in ("Oslo", "Rome", "Bonn")
    }
    with pytest.raises(NotFoundError, match="baseline"):
        moved.evidence("none")


def test_a_canary_that_fails_more_often_is_worse(beside: Monitor) -> None:
    canary = beside.canary(control="1", canary="2", error={"failed": True}, margin=0.02)
    verdicts = {rate.name: rate.verdict for rate in canary.rates}
    assert verdicts == {"error": "higher", "slow": "alike", "no_prediction": "alike"}
    assert canary.verdict == "worse"
    assert [entry.column for entry in canary.discoveries] == ["failed"]
    said = "canary 2 beside 1 is worse than its control (error chance 1%, margin 2%)"
    assert f"{said}; columns that differ: failed" in repr(canary)
    error = next(rate for rate in canary.rates if rate.name == "error")
    assert error.canary.value == pytest.approx(0.12, abs=0.01)
    assert error.canary.low <= error.canary.value <= error.canary.high  # type: ignore[operator]
    assert error.control.records == DAYS * A_DAY
    without = beside.canary(control="1", canary="2", margin=0.02, columns=["age"])
    assert without.verdict == "alike"
    assert [entry.column for entry in without] == ["age"]


def test_a_canary_that_makes_no_sense_is_refused(beside: Monitor) -> None:
    with pytest.raises(InvalidArgumentError, match="version must not be given"):
        beside.canary(control="1", canary="2", version="1")
    with pytest.raises(InvalidArgumentError, match="error must be one column and its value, got 2"):
        beside.canary(control="1", canary="2", error={"a": 1, "b": 2})
    with pytest.raises(NotFoundError, match="3"):
        beside.canary(control="1", canary="3")


def test_results_are_tables_with_what_was_left_out() -> None:
    minute = selection_pb2.TimeRange(start_unix_nanos=0, end_unix_nanos=60 * 10**9)
    left_out = evidence_pb2.LeftOutWindows(reason="other_bins", windows=3, range=minute)
    column = evidence_pb2.ColumnEvidence(
        segment={"city": "Oslo"},
        column="<b>",
        log_e_value=np.log(1000),
        largest_log_e_value=np.log(1e6),
        largest_at=minute,
        is_discovery=True,
        windows=5,
        left_out=[left_out],
        ks=evidence_pb2.ToleratedDistance(value=0.5, low=0.25, high=0.75),
    )
    response = evidence_pb2.EvidenceResponse(
        columns=[column, evidence_pb2.ColumnEvidence(column="age")],
        left_out=[evidence_pb2.LeftOutColumn(column="new", reason="not_in_reference")],
        coverage=selection_pb2.Coverage(windows=8, records=9),
        reference=selection_pb2.Compared(name="training"),
        level=0.05,
    )
    result = EvidenceResult.from_proto(response)
    table = result.to_arrow()
    assert table.num_rows == 2
    assert table["log10_e_value"][0].as_py() == pytest.approx(3)
    assert table["left_out_windows"].to_pylist() == [3, 0]
    assert table["ks_low"].to_pylist() == [0.25, None]
    text = repr(result)
    assert "<b> of city=Oslo has moved by now (e-value 10^3.0, false alarm chance 5%)" in text
    assert "3 windows" in text
    assert "were not counted in the reference's bins" in text
    assert "new was left out: not_in_reference" in text
    assert "<b>" not in result._repr_html_()
    assert len(result.to_pandas()) == 2


def test_a_canary_result_is_a_table() -> None:
    rate = canary_pb2.CanaryRate(hits=1, records=4, value=0.25, low=0.1, high=0.5)
    response = canary_pb2.CanaryResponse(
        verdict="undecided",
        level=0.01,
        rates=[
            canary_pb2.RateComparison(
                name="slow", column="latency", limit=0.5, control=rate, canary=rate, verdict="undecided"
            ),
            canary_pb2.RateComparison(name="error", column="failed", verdict="alike"),
        ],
        columns=[canary_pb2.ColumnComparison(column="score", log_e_value=1.0, windows=2)],
    )
    result = CanaryResult.from_proto(response, "1", "2")
    table = result.to_arrow()
    assert table["kind"].to_pylist() == ["rate", "rate", "column"]
    assert table["control"].to_pylist() == [0.25, None, None]
    assert "canary 2 beside 1 is not decided yet" in repr(result)
    assert "slow (latency > 0.5 s)" in repr(result)
    assert result["score"].windows == 2
