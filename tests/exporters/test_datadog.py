"""What an agent of Datadog is sent is what the Python API says."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.exporters.dogstatsd_parser import Sample, Told, parse_packet
from tests.exporters.window_scene import MINUTE, MODEL, START, records, send, window

import driftline
from driftline.collector import Collector
from driftline.config import load_config

if TYPE_CHECKING:
    from tests.conftest import StartCollector


class Agent:
    """A socket that parses what comes, strictly."""

    def __init__(self, bound: socket.socket, address: str) -> None:
        self._socket = bound
        self.address = address
        self.lines: list[Sample | Told] = []
        self.largest = 0

    def read(self, until: Callable[["Agent"], bool]) -> None:
        deadline = time.monotonic() + 60.0
        self._socket.settimeout(0.2)
        while not until(self):
            assert time.monotonic() < deadline, self.lines
            try:
                packet = self._socket.recv(65_536)
            except TimeoutError:
                continue
            self.largest = max(self.largest, len(packet))
            self.lines += parse_packet(packet)

    @property
    def samples(self) -> list[Sample]:
        return [line for line in self.lines if isinstance(line, Sample)]

    def checks(self) -> list[Told]:
        return [line for line in self.lines if isinstance(line, Told)]

    def one(self, name: str, minute: int, **tags: str) -> Sample:
        at = (START + (minute + 1) * MINUTE) // 10**9
        (found,) = (
            sample
            for sample in self.samples
            if sample.name == name and sample.timestamp == at and sample.tags.items() >= tags.items()
        )
        return found


@pytest.fixture(params=["udp", "unix"])
def agent(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Agent]:
    if request.param == "udp":
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
            bound.bind(("127.0.0.1", 0))
            yield Agent(bound, f"127.0.0.1:{bound.getsockname()[1]}")
    else:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
            path = tmp_path / "agent.socket"
            bound.bind(str(path))
            yield Agent(bound, f"unix://{path}")


@pytest.fixture
def start(start_collector: "StartCollector", tmp_path: Path) -> Callable[..., Collector]:
    def begin(address: str, **settings: Any) -> Collector:
        exporter = {"type": "datadog", "address": address, "grace": "1s", "tags": {"env": "test"}}
        return start_collector(
            data_dir=tmp_path / "data",
            compaction_interval_seconds=86_400,
            monitors=[MODEL],
            exporters={"dog": exporter | settings},
        )

    return begin


def has_windows(count: int) -> Callable[[Agent], bool]:
    return lambda agent: len(agent.checks()) >= count


def test_figures_are_those_of_the_api(agent: Agent, start: Callable[..., Collector]) -> None:
    collector = start(agent.address)
    send(collector.grpc_address, records())
    agent.read(has_windows(3))
    with driftline.connect(str(collector.grpc_address)) as monitor:
        for minute in range(3):
            summary = monitor.summary(**window(minute))
            mean = agent.one("driftline.feature.mean", minute, feature="x")
            assert mean.values == [summary["x"].mean]
            assert mean.kind == "g"
            assert mean.tags == {"env": "test", "model": "m", "version": "1", "feature": "x"}
            quantile = agent.one("driftline.latency", minute, quantile="0.99")
            assert quantile.values == [monitor.quantiles("latency", 0.99, **window(minute))[0].value]
            count = agent.one("driftline.records", minute)
            assert (count.values, count.kind) == ([summary.coverage.records], "c")
    assert {check.text for check in agent.checks()} == {"0"}
    assert agent.largest <= (8_192 if agent.address.startswith("unix") else 1_432)
    packets = collector._registry.get_sample_value("driftline_export_packets_total", {"exporter": "dog"})
    assert packets is not None
    assert packets >= 3


def test_updates_give_gauges_and_no_counts(agent: Agent, start: Callable[..., Collector]) -> None:
    collector = start(agent.address)
    send(collector.grpc_address, records())
    agent.read(has_windows(3))
    send(collector.grpc_address, records(rows=100, seed=4))
    agent.read(has_windows(6))
    counts = [sample for sample in agent.samples if sample.name == "driftline.records"]
    assert sum(sample.values[0] for sample in counts) == 400
    at = (START + MINUTE) // 10**9
    means = [
        sample.values[0]
        for sample in agent.samples
        if sample.name == "driftline.feature.mean"
        and sample.tags["feature"] == "x"
        and sample.timestamp == at
    ]
    with driftline.connect(str(collector.grpc_address)) as monitor:
        assert means[-1] == monitor.summary(**window(0))["x"].mean != means[0]


def test_distributions_count_every_value(agent: Agent, start: Callable[..., Collector]) -> None:
    collector = start(agent.address, distributions="midpoints")
    table = records()
    send(collector.grpc_address, table)
    agent.read(has_windows(3))
    told = [sample for sample in agent.samples if sample.name == "driftline.latency.values"]
    assert sum(round(1 / sample.rate) for sample in told) == 400
    mean = sum(sample.values[0] / sample.rate for sample in told) / 400
    assert mean == pytest.approx(table["latency"].to_numpy().mean(), rel=2.0 ** (1 / 256) - 1)


def test_an_agent_that_does_not_listen_is_told_later(start: Callable[..., Collector], tmp_path: Path) -> None:
    """By a Unix socket; over UDP to another machine nobody would know."""
    path = tmp_path / "late.socket"
    collector = start(f"unix://{path}")
    send(collector.grpc_address, records())
    labels = {"exporter": "dog"}
    deadline = time.monotonic() + 20.0
    while not collector._registry.get_sample_value("driftline_export_failures_total", labels):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert collector._registry.get_sample_value("driftline_export_backlog_windows", labels) == 3
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(str(path))
        Agent(bound, str(path)).read(has_windows(3))


def test_two_exporters_are_told_of_on_one_valid_page(
    agent: Agent, start_collector: "StartCollector", tmp_path: Path
) -> None:
    exporters = {name: {"type": "datadog", "address": agent.address, "grace": "1s"} for name in ("a", "b")}
    collector = start_collector(monitors=[MODEL], exporters=exporters)
    families = [family.name for family in collector._registry.collect()]
    assert len(set(families)) == len(families)
    for name in ("a", "b"):
        labels = {"exporter": name}
        assert collector._registry.get_sample_value("driftline_export_packets_total", labels) == 0


def test_the_configuration_of_the_page_works(
    agent: Agent, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (root / "docs/integrations/datadog.md").read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    text = page.split("```yaml\n")[1].split("```")[0].replace("127.0.0.1:8125", agent.address)
    Path("driftline.yaml").write_text(text.replace("grace: 30s", "grace: 1s"))
    doors = dict.fromkeys(("grpc_address", "http_address", "flight_address"), "127.0.0.1:0")
    config = load_config("driftline.yaml", {}).model_copy(update=doors)
    with Collector(config) as collector:
        send(collector.grpc_address, records(rows=3))
        agent.read(has_windows(3))
    assert {sample.tags["env"] for sample in agent.samples} == {"production"}
