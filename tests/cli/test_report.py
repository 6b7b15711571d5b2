from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import driftline
from driftline.collector import Collector

Run = Callable[..., Any]


@pytest.fixture
def address(collector: Collector, before: Path, after: Path) -> str:
    """A collector that has seen ``after`` with ``before`` as the baseline."""
    target = str(collector.grpc_address)
    with driftline.connect(target) as monitor:
        monitor.set_baseline("shop", "training", driftline.profile(before))
    with driftline.Client(target, model="shop", version="7") as client:
        client.log_table(pq.read_table(after))
        assert client.flush(timeout=30)
    return target


def test_a_collector_is_reported_on(run: Run, address: str, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    outcome = run("report", address, "--html", page)
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith("model shop\n- amount has moved since ")
    assert "city has moved" not in outcome.out
    assert "<h1>model shop</h1>" in page.read_text("utf-8")
    assert run("report", address, "--fail-on-drift").code == 2
    assert run("report", address, "--fail-on-drift", "--end", "2000-01-01").code == 0


def test_a_data_directory_is_reported_on(
    run: Run, start_collector: Callable[..., Collector], before: Path, tmp_path: Path
) -> None:
    collector = start_collector(data_dir=tmp_path / "data")
    with driftline.Client(str(collector.grpc_address), model="shop", version="7") as client:
        client.log_table(pq.read_table(before))
        assert client.flush(timeout=30)
    collector.stop()
    outcome = run("report", tmp_path / "data", "--model", "shop", "--version", "7")
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith('model shop\n- model "shop" has no default baseline')


@pytest.mark.parametrize("arguments", [("--model", "other"), ("--start", "yesterday")])
def test_what_cannot_be_asked_is_told(run: Run, address: str, arguments: tuple[str, ...]) -> None:
    outcome = run("report", address, *arguments)
    assert outcome.code == 1
    assert outcome.err.startswith("error: ")
