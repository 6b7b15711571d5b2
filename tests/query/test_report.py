from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pytest
from tests.query import test_column_sets
from tests.query.conftest import ROWS, START, ingest

import driftline
from driftline import _core
from driftline.query import EngineTransport, Monitor

FIRST = ROWS // 2


@pytest.fixture
def watched(records: pa.Table) -> Monitor:
    """The first half is the baseline; then ``dep_delay`` is longer, and half of the carriers are new."""
    engine = _core.Engine("report")
    baseline = driftline.profile(records.slice(0, FIRST)).to_arrow()
    engine.set_baseline("delays", "training", baseline, True)
    later = records.slice(FIRST)
    renamed = ["F9" if row % 2 else carrier for row, carrier in enumerate(later["carrier"].to_pylist())]
    carrier = later.schema.get_field_index("carrier")
    ingest(engine, later.set_column(carrier, "carrier", pa.array(renamed)), "delays", "2")
    return Monitor(EngineTransport(engine))


def test_what_has_moved_is_said_first(watched: Monitor) -> None:
    report = watched.report()
    assert report.has_moved
    moved = [sentence for sentence in report.sentences() if "has moved since 2013-02" in sentence]
    assert any(sentence.startswith("dep_delay ") for sentence in moved)
    assert any(sentence.startswith("carrier ") for sentence in moved)
    assert not any(sentence.startswith("distance ") for sentence in moved)
    assert any(
        sentence.startswith("carrier: unseen_rate was 0 and is 0.5") for sentence in report.sentences()
    )
    assert any(sentence.startswith("accuracy is 0.") for sentence in report.sentences())
    assert report.evidence == watched.evidence()
    assert report.drift == watched.drift()
    assert report.performance == watched.performance()
    assert repr(report).startswith("model delays\n- ")


def test_without_a_baseline_the_rest_is_said_and_the_reason_once(monitor: Monitor) -> None:
    report = monitor.report(version="1")
    assert not report.has_moved
    assert (report.evidence, report.drift, report.quality) == (None, None, None)
    reasons = [sentence for sentence in report.sentences() if "no default baseline" in sentence]
    assert len(reasons) == 1
    assert report.performance == monitor.performance(version="1")


def test_the_page_is_whole_and_escaped(watched: Monitor, tmp_path: Path) -> None:
    report = watched.report()
    report.save(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    parser = HTMLParser()
    parser.feed(page)
    parser.close()
    assert page.count("<table>") == len(report.results()) == 7
    assert "<script" not in page
    assert "https:" not in page


def test_times_are_those_of_the_range_asked_about(watched: Monitor) -> None:
    half = watched.report(start="2013-03-01")
    assert half.drift is not None
    assert half.drift.coverage.start_unix_nanos >= int(START.timestamp()) * 10**9
    assert half.drift == watched.drift(start="2013-03-01")


def test_notes_below_a_table_are_as_wide_as_it(watched: Monitor) -> None:
    html = watched.drift(columns=["carrier"])._repr_html_()
    columns = html.partition("</thead>")[0].count("<th>")
    assert f'<tfoot><tr><td colspan="{columns}">carrier: mostly ' in html


def test_columns_that_moved_together_only_are_said() -> None:
    engine = _core.Engine("sets")
    engine.set_monitor(test_column_sets.MONITOR.to_proto().SerializeToString())
    engine.set_baseline("loans", "training", test_column_sets.BASELINE.to_arrow(), True)
    ingest(engine, test_column_sets.records(3, 2_000, turned=True), "loans", "1")
    report = Monitor(EngineTransport(engine)).report()
    assert not report.has_moved
    assert report.column_sets is not None
    said = [
        sentence for sentence in report.sentences() if sentence.startswith("money: correlation_change is ")
    ]
    assert len(said) == 1
    assert "where chance gives up to 0.0" in said[0]
