"""All destinations die for a minute under load: nothing comes in more slowly, and what waited is told or counted.

``OUTAGE_SECONDS`` makes it shorter or longer.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.alerting.receiver import Receiver
from tests.integrations import alertmanager_server, flights
from tests.integrations.alertmanager_server import Alertmanager
from tests.integrations.conftest import RunProgram
from tests.integrations.outage import destinations
from tests.integrations.outage.destinations import Destination, Surroundings, WandbOffline
from tests.integrations.outage.load import Load
from tests.integrations.outage.producer import MODEL
from tests.integrations.outage.stand_ins import StandIn

import driftline
from driftline.demo.process import CollectorProcess

OUTAGE_SECONDS = float(os.environ.get("OUTAGE_SECONDS", "60"))
WINDOW_SECONDS = 5
WARM_UP_SECONDS = 15.0
LEAST_RATE = 0.8
"""Of the median in the outage to that before."""

MOST_GROWTH_BYTES = 100 << 20
PATIENCE_SECONDS = 300.0

RULE = {
    "name": "LevelHigh",
    "model": MODEL,
    # In every second window all records have 1, in the others 0.
    "when": {"metric": "summary.mean", "feature": "level", "above": 0.5},
}
CHANNELS = ("alertmanager", "webhook", "short")

pytestmark = [
    pytest.mark.timeout(900 + 3 * OUTAGE_SECONDS),
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="resident memory is read from /proc"),
]


@dataclass
class Scene:
    """A collector under load, and all that it tells."""

    collector: CollectorProcess
    load: Load
    destinations: list[Destination]
    alertmanager: Alertmanager
    webhooks: dict[str, StandIn]
    control: Receiver

    def metric(self, name: str, **labels: str) -> float:
        """The sum of the samples with these labels."""
        return sum(
            sample.value
            for family in text_string_to_metric_families(self.collector.get("/metrics"))
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def is_zero(self, name: str) -> bool:
        return self.metric(name) == 0

    def kill(self) -> None:
        for each in self.destinations:
            each.kill()
        self.alertmanager.program.stop(kill=True)
        for webhook in self.webhooks.values():
            webhook.program.stop(kill=True)

    def start(self) -> None:
        for each in self.destinations:
            each.start()
        self.alertmanager.restart()
        for webhook in self.webhooks.values():
            webhook.program.start()

    def exporters(self) -> dict[str, Destination]:
        return {name: each for each in self.destinations for name in each.exporters()}

    def wait_until_all_are_told(self) -> None:
        """Nothing waits, twice in a row: windows have closed, and exporters have looked, in between."""
        for _ in range(2):
            time.sleep(WINDOW_SECONDS)
            for name in ("driftline_export_backlog_windows", "driftline_notifications_pending"):
                flights.wait_for(partial(self.is_zero, name), name, PATIENCE_SECONDS)


@pytest.fixture
def scene(
    programs: Path,
    run_program: RunProgram,
    free_port: Callable[[], int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Scene]:
    for name in ("MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK"):
        monkeypatch.setenv(name, "true")
    with ExitStack() as running:
        around = Surroundings(programs, run_program, free_port, tmp_path, WINDOW_SECONDS, running)
        found = [each(around) for each in destinations.ALL]
        hook, control = running.enter_context(Receiver()), running.enter_context(Receiver())
        alertmanager = alertmanager_server.start(programs, run_program, free_port, tmp_path, hook)
        ports = {name: free_port() for name in ("webhook", "short")}
        webhooks = {
            name: StandIn(run_program, "webhook", str(port), tmp_path / f"{name}.jsonl")
            for name, port in ports.items()
        }
        urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        quick = {"longest_pause": "5s"}
        channels = {
            "alertmanager": quick | {"type": "alertmanager", "urls": [alertmanager.url]},
            "webhook": quick | {"type": "webhook", "url": urls["webhook"]},
            # Gives up what waits beyond three notifications.
            "short": quick | {"type": "webhook", "url": urls["short"], "max_pending": 3},
            "control": {"type": "webhook", "url": control.url},
        }
        settings = {
            "monitors": [{"model": MODEL, "window": f"{WINDOW_SECONDS}s"}],
            "exporters": {
                name: exporter | {"grace": "1s"}
                for each in found
                for name, exporter in each.exporters().items()
            },
            "alerting": {"rules": [RULE], "grace": "0s", "channels": channels},
        }
        collector = CollectorProcess.start(tmp_path, settings, timeout=120.0)
        running.callback(collector.stop)
        for each in found:
            if isinstance(each, WandbOffline):
                each.collector = collector.process.pid
        load = running.enter_context(Load(collector.grpc_address, WINDOW_SECONDS))
        yield Scene(collector, load, found, alertmanager, webhooks, control)


def test_a_minute_without_any_destination(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    load = scene.load
    load.run_for(WARM_UP_SECONDS)
    before = load.run_for(OUTAGE_SECONDS)
    # Nothing is under way when they die: what a destination took whose answer is lost comes twice.
    load.pause()
    scene.wait_until_all_are_told()
    resident = flights.resident_bytes(scene.collector)
    failures = {
        name: scene.metric("driftline_export_failures_total", exporter=name) for name in scene.exporters()
    }
    scene.kill()
    load.resume()
    during = load.run_for(OUTAGE_SECONDS)
    growth = flights.resident_bytes(scene.collector) - resident
    backlog = {
        name: scene.metric("driftline_export_backlog_windows", exporter=name) for name in scene.exporters()
    }
    pending = {name: scene.metric("driftline_notifications_pending", channel=name) for name in CHANNELS}
    noticed = {
        name: scene.metric("driftline_export_failures_total", exporter=name) - failures[name]
        for name in scene.exporters()
    }
    scene.start()
    back = time.monotonic()
    load.run_for(3 * WINDOW_SECONDS)
    statistics_of_client = load.finish()
    scene.wait_until_all_are_told()
    caught_up = time.monotonic() - back

    normal, dead = (statistics.median(load.rates(*part)) for part in (before, during))
    with capsys.disabled():
        told = {
            "records_per_second": [round(normal), round(dead)],
            "ratio": round(dead / normal, 3),
            "slices": [list(map(round, load.rates(*part))) for part in (before, during)],
            "growth_mib": round(growth / (1 << 20), 1),
            "caught_up_seconds": round(caught_up),
            "backlog": backlog,
            "pending": pending,
            "failures": noticed,
        }
        sys.stdout.write(f"\n{json.dumps(told)}\n")
    assert all(noticed.values()), noticed
    exact = {name for name, each in scene.exporters().items() if each.is_told_exactly}
    assert all(backlog[name] for name in exact), backlog
    assert all(pending.values()), pending
    assert dead >= LEAST_RATE * normal
    assert growth < MOST_GROWTH_BYTES
    assert statistics_of_client["dropped"] == statistics_of_client["rejected"] == 0
    check_windows(scene, statistics_of_client["acknowledged"])
    check_notifications(scene)


def check_windows(scene: Scene, acknowledged: int) -> None:
    """Each window is at each destination with the records that it has, or counted as dropped."""
    with driftline.connect(scene.collector.grpc_address) as monitor:
        kept = {
            window.end_unix_nanos // 10**9: float(window.records) for window in monitor.windows(model=MODEL)
        }
    assert sum(kept.values()) == acknowledged
    for name, destination in scene.exporters().items():
        outcomes = {
            outcome: scene.metric("driftline_export_windows_total", exporter=name, outcome=outcome)
            for outcome in ("delivered", "dropped")
        }
        assert sum(outcomes.values()) == len(kept), (name, outcomes)
        there = destination.records(name)
        if not destination.is_told_exactly:
            assert there.items() <= kept.items(), name
            assert there.keys() >= {end for end in kept if not destination.may_lack(end)}, name
            continue
        assert len(there) == outcomes["delivered"], name
        assert there == {end: kept[end] for end in there}, name
        if name == "remote_write_short":
            assert outcomes["dropped"] > 0
        else:
            assert outcomes["dropped"] == 0, name


def check_notifications(scene: Scene) -> None:
    """What the channel was told whose destination lived all the time, the others were told in the same order."""
    control = [
        (request.headers["x-driftline-delivery"], json.loads(request.body))
        for request in scene.control.requests
    ]
    changes = [(each["status"], each["startsAt"]) for _, body in control for each in body["alerts"]]
    assert len(changes) > OUTAGE_SECONDS / WINDOW_SECONDS
    for channel in CHANNELS:
        outcomes = {
            outcome: scene.metric("driftline_notifications_total", channel=channel, outcome=outcome)
            for outcome in ("delivered", "dead_lettered", "dropped", "not_sent")
        }
        assert sum(outcomes.values()) == len(control), (channel, outcomes)
        assert (outcomes["dead_lettered"] > 0) == (channel == "short"), (channel, outcomes)
    assert changes_told_by(scene.webhooks["webhook"]) == changes
    short = iter(changes)
    assert all(each in short for each in changes_told_by(scene.webhooks["short"])), "in order, with gaps"
    holds = json.loads(scene.collector.get("/api/v1/alerts"))["alerts"]
    firing = [each for each in holds if each["state"] == "firing"]
    assert len(scene.alertmanager.alerts()) == len(firing)


def changes_told_by(webhook: StandIn) -> list[tuple[str, str]]:
    """Status and start of each alert that came, once: an answer may have been lost with the program."""
    once = {line["delivery"]: line["alerts"] for line in webhook.lines()}
    return [(each["status"], each["startsAt"]) for alerts in once.values() for each in alerts]
