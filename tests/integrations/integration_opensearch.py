"""Windows of real flights in a real OpenSearch, whose bulk endpoint is that of Elasticsearch."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.exporters.lens import panels_of, search_of, values_of
from tests.exporters.pages import exporter_of_page
from tests.integrations import flights, opensearch_server
from tests.integrations.conftest import RunProgram
from tests.integrations.flights import Flights
from tests.integrations.opensearch_server import SearchServer

import driftline
from driftline.demo.main_job import MODEL
from driftline.exporters.kibana_objects import saved_objects
from driftline.query.instants import format_instant

INDEX = "driftline-windows"
DAYS = 12


@pytest.fixture
def server(
    programs: Path, run_program: RunProgram, free_port: Callable[[], int], tmp_path: Path
) -> SearchServer:
    return opensearch_server.start(programs, run_program, free_port, tmp_path)


@pytest.fixture(scope="module")
def served() -> Flights:
    return flights.load(DAYS)


@pytest.fixture
def start(
    tmp_path: Path, served: Flights, server: SearchServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    monkeypatch.setenv("ELASTIC_API_KEY", "not checked here")
    running: list[Any] = []

    def start_collector(**settings: object) -> Any:
        exporter = exporter_of_page(
            "elastic.md", url=server.url, histogram_type="object", timeout="30s", **settings
        )
        running.append(flights.start(tmp_path, served, exporter))
        return running[-1]

    yield start_collector
    for collector in running:
        assert collector.stop() == 0


@pytest.mark.timeout(600)
def test_documents_are_what_the_api_says_and_are_there_once(
    start: Any, server: SearchServer, served: Flights
) -> None:
    collector = start()
    flights.send(collector, served.of_days(0, 5))
    with driftline.connect(collector.grpc_address) as monitor:
        flights.wait_until_told(collector)
        # The labels of the first five days' last one, and further days, come later.
        flights.send(collector, served.of_days(5, 8))
        flights.wait_until_told(collector)
        documents = server.documents(INDEX)
        asked = list(flights.windows(monitor))
        assert len(asked) == 8
        columns = len(monitor.summary(model=MODEL))
        assert len(documents) == 8 * (columns + 1)
        for window, options in asked:
            end = format_instant(window.end_unix_nanos)
            found = {
                each["driftline"].get("column", ""): each["driftline"]
                for each in documents
                if each["@timestamp"] == end
            }
            assert found[""]["window"]["records"] == window.records
            assert found[""]["window"]["labels"] == window.labels > 0
            check(found, monitor, options)
    figures = flights.exported(collector)
    assert figures["windows_total_dropped"] == 0
    check_panels(server, {column for column in found if column})


def check(found: dict[str, Any], monitor: driftline.Monitor, options: Any) -> None:
    summary = monitor.summary(model=MODEL, **options)
    for column in summary:
        own = found[column.column]
        assert own["feature_distinct_values"] == column.distinct.value
        if column.mean is not None:
            assert own["feature_mean"] == column.mean
            assert own["feature_quantile"] == {"p50": column.p50, "p99": column.p99}
            assert sum(own["histogram"]["counts"]) == column.count - column.nans - column.infinities
    for drift in monitor.drift(model=MODEL, **options):
        assert found[drift.column]["feature_psi"] == drift["psi"].value
    classification = monitor.performance(model=MODEL, **options)[0].classification
    assert classification is not None
    assert classification.roc_auc is not None
    assert found[""]["roc_auc_ratio"] == classification.roc_auc.value


def check_panels(server: SearchServer, columns: set[str]) -> None:
    """Every panel of the dashboard has something to show, of fields that the template has mapped as numbers."""
    panels = [panel["embeddableConfig"]["attributes"] for panel in panels_of(saved_objects(INDEX))]
    for attributes in panels:
        answer = server.ask(f"/{INDEX}/_search", search_of(attributes))
        lines = values_of(answer)
        assert lines, attributes["title"]
        assert all(len(values) == 8 for values in lines.values()), attributes["title"]
        if "column" in attributes["title"]:
            assert set(lines) <= columns
    mapped = server.ask(f"/{INDEX}/_mapping")[INDEX]["mappings"]["properties"]["driftline"]["properties"]
    assert mapped["feature_psi"]["type"] == mapped["feature_null_ratio"]["type"] == "double"
    assert mapped["latency_seconds"]["properties"]["p99"]["type"] == "double"


@pytest.mark.timeout(600)
def test_a_data_stream_has_every_revision(start: Any, server: SearchServer, served: Flights) -> None:
    collector = start(data_stream=True, index="metrics-driftline-flights")
    flights.send(collector, served.of_days(0, 2))
    with driftline.connect(collector.grpc_address) as monitor:
        flights.wait_until_told(collector)
        last = {
            format_instant(window.end_unix_nanos): window.revision for window, _ in flights.windows(monitor)
        }
    documents = server.documents("metrics-driftline-flights")
    assert server.ask("/_data_stream")["data_streams"][0]["name"] == "metrics-driftline-flights"
    newest: dict[str, int] = {}
    for each in documents:
        own = each["driftline"]["window"]["revision"]
        newest[each["@timestamp"]] = max(own, newest.get(each["@timestamp"], 0))
    assert newest == last


@pytest.mark.timeout(600)
def test_a_dead_server_holds_nothing_up_and_gets_all_in_the_end(
    start: Any, server: SearchServer, served: Flights
) -> None:
    collector = start()
    alive = flights.send(collector, served.of_days(0, 4))
    before = flights.resident_bytes(collector)
    server.program.stop(kill=True)
    dead = flights.send(collector, served.of_days(4, 8))
    flights.wait_for(lambda: flights.exported(collector)["backlog_windows"] > 0, "a backlog")
    # The first flights warm the collector up, and the machine does other things.
    assert dead < 3 * alive + 5.0
    time.sleep(10.0)
    assert flights.resident_bytes(collector) < before + 100 * 1024 * 1024
    assert flights.exported(collector)["failures_total"] > 0
    server.start()
    with driftline.connect(collector.grpc_address) as monitor:
        flights.wait_until_told(collector)
        documents = server.documents(INDEX)
        windows = {format_instant(window.end_unix_nanos): window for window, _ in flights.windows(monitor)}
        assert len(windows) == 8
        for each in documents:
            assert each["driftline"]["window"]["revision"] == windows[each["@timestamp"]].revision
        assert len(documents) == 8 * (len(monitor.summary(model=MODEL)) + 1)
    assert flights.exported(collector)["windows_total_dropped"] == 0
