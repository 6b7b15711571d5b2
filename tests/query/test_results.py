from collections.abc import Collection
from datetime import UTC, datetime

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from driftline.errors import NotFoundError
from driftline.query.instants import Period
from driftline.query.results import (
    ByPeriod,
    DistributionResult,
    DriftBins,
    DriftResult,
    ModelsResult,
    PerformanceResult,
    QuantilesResult,
    StatsResult,
    SummaryResult,
)
from driftline.query.results.result import Result
from driftline.query.results.roles import ColumnRole, RolesResult
from driftline.v1 import performance_pb2, query_pb2, selection_pb2

COVERAGE = selection_pb2.Coverage(start_unix_nanos=0, end_unix_nanos=60 * 10**9, windows=1, records=1_000)


def estimate(value: float) -> selection_pb2.Estimate:
    return selection_pb2.Estimate(value=value, low=value - 0.25, high=value + 0.25)


def drift() -> DriftResult:
    psi = query_pb2.DriftValue(
        metric="psi",
        value=0.5,
        low=0.25,
        high=0.75,
        noise_floor=0.01,
        noise_q95=0.02,
        n_reference=7,
        n_current=9,
    )
    ks = query_pb2.DriftValue(metric="ks", value=0.125, low=0.01, high=0.2, noise_q95=0.05, p_value=0.5)
    bins = [
        query_pb2.DriftBin(
            range=query_pb2.NumberRange(above=10, to=20),
            reference=estimate(0.5),
            current=estimate(1),
            psi=0.25,
        ),
        query_pb2.DriftBin(category="Oslo", reference=estimate(0.5), current=estimate(1), psi=0.25),
    ]
    columns = [
        query_pb2.ColumnDrift(column="dep_delay", role="feature", values=[psi, ks], bins=bins),
        query_pb2.ColumnDrift(column="<b>", role="feature", values=[psi]),
    ]
    return DriftResult.from_proto(
        query_pb2.DriftResponse(
            columns=columns,
            coverage=COVERAGE,
            reference=selection_pb2.Compared(name="training", coverage=COVERAGE),
            incomparable=[query_pb2.IncomparableColumn(column="city", role="feature", reason="not there")],
        )
    )


def drift_bins() -> DriftBins:
    return drift()["dep_delay"].bins


def summary() -> SummaryResult:
    numeric = query_pb2.ColumnSummary(
        name="age", role="feature", kind="numeric", count=3, nulls=1, distinct=estimate(3), mean=0.0, p99=2.0
    )
    top = [query_pb2.ItemCount(item="Oslo", count=2, error=0)]
    text = query_pb2.ColumnSummary(name="city", role="segment", kind="categorical", count=4, top=top)
    return SummaryResult.from_proto(query_pb2.SummaryResponse(columns=[numeric, text], coverage=COVERAGE))


def performance() -> PerformanceResult:
    classes = performance_pb2.ClassificationPerformance(
        figures=[
            performance_pb2.Figure(name="accuracy", estimate=estimate(0.5), n=3),
            performance_pb2.Figure(name="mcc", estimate=estimate(0.25), n=3),
        ],
        classes=[performance_pb2.ClassPerformance(name="true", labelled=3)],
        average="binary",
        positive_class="true",
        confusion=[performance_pb2.ConfusionCount(label="true", predicted="false", count=3)],
    )
    numbers = performance_pb2.RegressionPerformance(
        count=4, figures=[performance_pb2.Figure(name="mae", estimate=estimate(1.5), n=4)]
    )
    segments = [
        performance_pb2.SegmentPerformance(
            segment={"carrier": "AA"},
            predictions=4,
            labels=3,
            coverage=estimate(0.75),
            classification=classes,
        ),
        performance_pb2.SegmentPerformance(segment={"carrier": "UA"}, predictions=4, regression=numbers),
    ]
    return PerformanceResult.from_proto(
        performance_pb2.PerformanceResponse(segments=segments, coverage=COVERAGE)
    )


def quantiles() -> QuantilesResult:
    values = [
        query_pb2.Quantile(q=0.5, value=10, low=9, high=11),
        query_pb2.Quantile(q=0.99, value=20, low=19, high=21),
    ]
    return QuantilesResult.from_proto(
        "age", query_pb2.QuantilesResponse(quantiles=values, count=100, coverage=COVERAGE)
    )


def distribution() -> DistributionResult:
    items = [query_pb2.ItemCount(item="Oslo", count=30, error=2)]
    return DistributionResult.from_proto(
        "city", query_pb2.DistributionResponse(kind="categorical", items=items, count=40, coverage=COVERAGE)
    )


def histogram() -> DistributionResult:
    bins = [query_pb2.Bin(lower=1, upper=2, count=10), query_pb2.Bin(lower=2, upper=4, count=30)]
    return DistributionResult.from_proto(
        "age", query_pb2.DistributionResponse(kind="numeric", bins=bins, count=40, nulls=1, coverage=COVERAGE)
    )


def models() -> ModelsResult:
    version = query_pb2.ModelVersion(
        version="2",
        coverage=COVERAGE,
        columns=[query_pb2.ColumnInfo(name="age", role="feature", kind="numeric")],
        segments=[query_pb2.Segment(values={"carrier": "AA"})],
    )
    model = query_pb2.Model(
        name="delays", versions=[version, query_pb2.ModelVersion()], baselines=["training"]
    )
    return ModelsResult.from_proto(query_pb2.ModelsResponse(models=[model]))


def stats() -> StatsResult:
    version = query_pb2.VersionStats(model="delays", version="2", records=5, labels={"matched": 4})
    return StatsResult.from_proto(
        query_pb2.StatsResponse(
            batches_accepted=3, batches_rejected={"schema": 2}, records=5, versions=[version]
        )
    )


def roles() -> RolesResult:
    return RolesResult.from_schema(pa.schema([("y", pa.int64())]), [("y", "Int64", "label", "metadata")])


def by_period() -> ByPeriod[DriftResult]:
    return ByPeriod((Period(0, 10), Period(10, 20)), (drift(), drift()))


ALL = [
    drift,
    drift_bins,
    summary,
    performance,
    quantiles,
    distribution,
    histogram,
    models,
    stats,
    roles,
    by_period,
]


@pytest.mark.parametrize("make", ALL, ids=lambda make: make.__name__)
def test_every_result_is_a_table_for_arrow_pandas_and_polars(make: type[Result]) -> None:
    result = make()
    table = result.to_arrow()
    table.validate(full=True)
    assert table.num_rows > 0
    assert isinstance(result.to_pandas(), pd.DataFrame)
    assert len(result.to_pandas()) == table.num_rows
    assert pl.DataFrame(result).height == table.num_rows


@pytest.mark.parametrize("make", ALL, ids=lambda make: make.__name__)
def test_every_result_shows_itself_as_text_and_html(make: type[Result]) -> None:
    result = make()
    lines = repr(result).splitlines()
    assert len(lines) >= 3
    assert all(len(line) <= 160 for line in lines)
    html = result._repr_html_()
    assert html.count("<tr>") == len(result.grid().rows) + 1 + len(result.grid().notes)
    assert html.count("<th>") == len(result.grid().headers)


def test_drift_is_looked_up_by_column_and_metric() -> None:
    result = drift()
    psi = result["dep_delay"]["psi"]
    assert (psi.value, psi.low, psi.high, psi.noise_q95, psi.n_reference, psi.n_current) == (
        0.5,
        0.25,
        0.75,
        0.02,
        7,
        9,
    )
    assert psi.p_value is None
    assert result[0]["ks"].p_value == 0.5
    assert [column.column for column in result] == ["dep_delay", "<b>"]
    names: Collection[object] = result
    assert "dep_delay" in names
    assert "arr_delay" not in names
    assert result.to_arrow().column("metric").to_pylist() == ["psi", "ks", "psi"]
    assert result["dep_delay"].to_arrow().num_rows == 2


def test_only_what_lies_above_chance_with_its_whole_interval_exceeds_noise() -> None:
    column = drift()["dep_delay"]
    assert column["psi"].exceeds_noise
    assert not column["ks"].exceeds_noise


def test_a_name_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(NotFoundError, match="no column 'age' in this result; it has: dep_delay, <b>"):
        drift()["age"]
    with pytest.raises(NotFoundError, match="no metric 'tvd' in this result; it has: psi, ks"):
        drift()["dep_delay"]["tvd"]
    with pytest.raises(IndexError):
        drift()[2]


def test_names_from_data_do_not_become_markup() -> None:
    assert "&lt;b&gt;" in drift()._repr_html_()
    assert "<b>" not in drift()._repr_html_()
    marked = RolesResult((ColumnRole("[red]x[/red]", "int64", "feature", "inferred"),))
    assert "[red]x[/red]" in repr(marked)


def test_what_does_not_exist_is_none_and_what_is_zero_is_zero() -> None:
    age = summary()["age"]
    assert age.mean == 0.0
    assert age.std_dev is None
    assert age.distinct.high == 3.25
    assert summary()["city"].top[0].item == "Oslo"
    row = summary().to_arrow().to_pylist()[0]
    assert (row["mean"], row["std_dev"], row["distinct_low"]) == (0.0, None, 2.75)


def test_quantiles_are_looked_up_by_q() -> None:
    assert quantiles()[0.99].value == 20
    assert float(quantiles()[0]) == 10
    with pytest.raises(NotFoundError, match=r"no quantile 0.9 .* it has: 0.5, 0.99"):
        quantiles()[0.9]


def test_items_and_bins_have_tables_of_their_own() -> None:
    assert distribution()["Oslo"].count == 30
    assert distribution().to_arrow().schema.names == ["item", "count", "error"]
    assert histogram().to_arrow().schema.names == ["lower", "upper", "count"]
    assert "75.0%" in repr(histogram())


def test_performance_is_looked_up_by_segment_and_figure() -> None:
    result = performance()
    assert result["AA"] is result[{"carrier": "AA"}] is result["carrier=AA"] is result[0]
    assert result["AA"]["accuracy"].value == 0.5
    assert result["AA"].classification is not None
    assert result["AA"].classification.roc_auc is None
    assert result["AA"].classification.confusion_count("true", "false") == 3
    assert result["AA"].classification.confusion_count("false", "false") == 0
    assert result["UA"].regression is not None
    assert result["UA"]["mae"].high == 1.75
    assert "accuracy" not in result["UA"].estimates
    rows = result.to_arrow().to_pylist()
    assert [row["carrier"] for row in rows] == ["AA", "UA"]
    assert [row["accuracy"] for row in rows] == [0.5, None]
    assert (rows[0]["mcc"], rows[0]["mcc_n"]) == (0.25, 3)
    assert rows[0]["confusion"] == [{"label": "true", "predicted": "false", "count": 3}]


def test_performance_says_as_of_when_it_is_known() -> None:
    segments = [
        performance_pb2.SegmentPerformance(
            segment={"carrier": carrier},
            predictions=4,
            labels=2,
            corrections=1,
            newest_label_unix_nanos=newest,
        )
        for carrier, newest in (("AA", 90 * 10**9), ("UA", 60 * 10**9))
    ]
    segments.append(performance_pb2.SegmentPerformance(segment={"carrier": "DL"}, predictions=4))
    message = performance_pb2.PerformanceResponse(segments=segments, coverage=COVERAGE)
    result = PerformanceResult.from_proto(message)
    assert [entry.as_of for entry in result] == [
        datetime(1970, 1, 1, 0, 1, 30, tzinfo=UTC),
        datetime(1970, 1, 1, 0, 1, tzinfo=UTC),
        None,
    ]
    assert "labels as of 1970-01-01T00:01:30Z" in repr(result)
    assert "2 labels corrected" in repr(result)
    table = result.to_arrow()
    assert table["newest_label"].cast(pa.int64()).to_pylist() == [90 * 10**9, 60 * 10**9, None]
    assert table["corrections"].to_pylist() == [1, 1, 0]


def test_performance_shows_the_longer_side_of_the_interval() -> None:
    lopsided = selection_pb2.Estimate(value=0.9375, low=0.9, high=0.95)
    classes = performance_pb2.ClassificationPerformance(
        figures=[performance_pb2.Figure(name="accuracy", estimate=lopsided, n=3)]
    )
    segment = performance_pb2.SegmentPerformance(labels=3, classification=classes)
    result = PerformanceResult.from_proto(performance_pb2.PerformanceResponse(segments=[segment]))
    assert "0.938 ±0.037" in repr(result)
    assert result[0].coverage is None


def test_a_segment_column_named_like_a_figure_keeps_its_values_apart() -> None:
    segment = performance_pb2.SegmentPerformance(segment={"labels": "many"}, labels=3)
    result = PerformanceResult.from_proto(performance_pb2.PerformanceResponse(segments=[segment]))
    row = result.to_arrow().to_pylist()[0]
    assert (row["segment_labels"], row["labels"]) == ("many", 3)


def test_models_are_looked_up_by_name() -> None:
    model = models()["delays"]
    assert model.baselines == ("training",)
    assert model.versions[0].columns[0].role == "feature"
    assert model.versions[0].segments == ({"carrier": "AA"},)
    assert model.versions[0].coverage.records == 1_000
    assert model.versions[1].coverage.start is None
    assert models().to_arrow()["start"].null_count == 1


def test_counters_are_one_a_row() -> None:
    result = stats()
    rows = {(r["counter"], r["version"], r["detail"]): r["value"] for r in result.to_arrow().to_pylist()}
    assert rows["batches_rejected", "", "schema"] == 2
    assert rows["labels", "2", "matched"] == 4
    assert rows["records", "2", ""] == 5
    assert result.versions[0].seconds_since_last_record is None


def test_results_by_period_say_which_period() -> None:
    result = by_period()
    assert len(result) == 2
    assert result[1]["dep_delay"]["psi"].value == 0.5
    table = result.to_arrow()
    assert table.num_rows == 6
    assert table["period_start"].cast(pa.int64()).to_pylist() == [0, 0, 0, 10, 10, 10]
    empty: ByPeriod[DriftResult] = ByPeriod((), ())
    assert empty.to_arrow().num_rows == 0
    assert "no records" in repr(empty)


def test_a_long_result_says_how_much_it_does_not_show() -> None:
    many = RolesResult(
        tuple(ColumnRole(f"c{index}", "int64", "feature", "inferred") for index in range(1_060))
    )
    assert "1,000 more" in repr(many)
    assert "1,000 more" in many._repr_html_()
    assert many.to_arrow().num_rows == 1_060
