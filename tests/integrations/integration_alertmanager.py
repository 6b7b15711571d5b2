"""Alertmanager itself knows what holds, as long as it does, and after it was dead."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from tests.alerting.notifications import alert
from tests.alerting.receiver import Receiver
from tests.integrations import alertmanager_server
from tests.integrations.alertmanager_server import Alertmanager
from tests.integrations.conftest import RunProgram

import driftline
from driftline.alerting.alert import Alert
from driftline.alerting.channel import Notification
from driftline.alerting.channels.build import Surroundings
from driftline.alerting.database import AlertDatabase
from driftline.alerting.dispatcher import Dispatcher
from driftline.config.alerting.channels import AlertmanagerConfig
from driftline.demo.alerts_job import AUTUMN, MODEL, RULE, WINTER, configure, send_flights
from driftline.demo.flights import between, load_flights
from driftline.demo.process import CollectorProcess

RESEND_SECONDS = 1
RESOLVE_SECONDS = 4


@pytest.fixture
def alertmanager(
    programs: Path, run_program: RunProgram, free_port: Callable[[], int], tmp_path: Path
) -> Iterator[Alertmanager]:
    with Receiver() as webhook:
        yield alertmanager_server.start(programs, run_program, free_port, tmp_path, webhook)


@dataclass
class Told:
    """A dispatcher with one channel, to Alertmanager."""

    database: AlertDatabase
    dispatcher: Dispatcher

    def tell(self, *alerts: Alert) -> None:
        with self.database.transaction() as connection:
            self.dispatcher.put(connection, Notification.of("alertmanager", alerts))
        self.dispatcher.wake()


@pytest.fixture
def told(alertmanager: Alertmanager, tmp_path: Path) -> Iterator[Told]:
    config = AlertmanagerConfig.model_validate(
        {
            "type": "alertmanager",
            "urls": [alertmanager.url],
            "resend": f"{RESEND_SECONDS}s",
            "resolve_after": f"{RESOLVE_SECONDS}s",
            "longest_pause": "1s",
        }
    )
    with AlertDatabase(tmp_path) as database:
        dispatcher = Dispatcher({"alertmanager": config}, Surroundings(database))
        dispatcher.start()
        yield Told(database, dispatcher)
        dispatcher.stop()


def test_an_alert_is_there_with_all_it_says_until_it_ceases_to_hold(
    alertmanager: Alertmanager, told: Told
) -> None:
    one = alert("temp")
    told.tell(one, alert("humid"))
    alertmanager.webhook.wait_until(lambda: {"temp", "humid"} <= set(alertmanager.told("firing")))
    # Longer than it would hold by itself: it is told again.
    time.sleep(RESOLVE_SECONDS + 2 * RESEND_SECONDS)
    there = {each["labels"]["feature"]: each for each in alertmanager.alerts()}
    assert there.keys() == {"temp", "humid"}
    assert there["temp"]["labels"] == one.labels
    assert there["temp"]["annotations"] == one.annotations
    assert there["temp"]["startsAt"] == "2013-07-01T00:00:00.000Z"
    assert there["temp"]["generatorURL"] == one.generator_url
    assert alertmanager.told("resolved") == []

    told.tell(alert("temp", "resolved"))
    alertmanager.webhook.wait_until(lambda: alertmanager.told("resolved") == ["temp"])
    assert [each["labels"]["feature"] for each in alertmanager.alerts()] == ["humid"]
    resolved = json.loads(alertmanager.webhook.requests[-1].body)["alerts"][0]
    assert resolved["endsAt"].startswith("2013-07-02T00:00:00")


def test_its_own_tool_finds_the_alert(alertmanager: Alertmanager, told: Told) -> None:
    told.tell(alert("temp"))
    alertmanager.webhook.wait_until(lambda: alertmanager.told("firing") == ["temp"])
    query = [
        str(alertmanager.tool),
        "alert",
        "query",
        f"--alertmanager.url={alertmanager.url}",
        "--output=json",
        "feature=temp",
    ]
    found = subprocess.run(query, capture_output=True, check=True, timeout=30)
    assert [each["labels"]["model"] for each in json.loads(found.stdout)] == ["flight-delay"]


def test_an_alert_does_not_outlive_who_told_it(alertmanager: Alertmanager, told: Told) -> None:
    told.tell(alert("temp"))
    alertmanager.webhook.wait_until(lambda: alertmanager.told("firing") == ["temp"])
    told.dispatcher.stop()
    alertmanager.webhook.wait_until(lambda: alertmanager.told("resolved") == ["temp"], RESOLVE_SECONDS + 20)


def test_what_happened_while_it_was_dead_is_told_in_order_when_it_is_back(
    alertmanager: Alertmanager, told: Told
) -> None:
    told.tell(alert("temp"))
    alertmanager.webhook.wait_until(lambda: alertmanager.told("firing") == ["temp"])
    alertmanager.program.stop(kill=True)
    told.tell(alert("temp", "resolved"))
    for feature in ("humid", "wind_dir"):
        told.tell(alert(feature))
    told.tell(alert("humid", "resolved"))
    time.sleep(3)
    health = told.dispatcher.health()["alertmanager"]
    assert health.failures >= 2
    assert told.dispatcher.outbox.pending() == {"alertmanager": 4}
    alertmanager.restart()
    alertmanager.webhook.wait_until(lambda: "wind_dir" in alertmanager.told("firing"))
    alertmanager.webhook.wait_until(lambda: not told.dispatcher.outbox.pending())
    assert [each["labels"]["feature"] for each in alertmanager.alerts()] == ["wind_dir"]
    assert told.dispatcher.outbox.dead_letters() == []


@pytest.fixture(scope="module")
def flights() -> pa.Table:
    return load_flights()


@pytest.fixture
def start_flights(
    alertmanager: Alertmanager, flights: pa.Table, root: Path, tmp_path: Path
) -> Iterator[Callable[..., CollectorProcess]]:
    """Starts a collector that tells Alertmanager, as its page configures it, by some rules."""
    with ExitStack() as running:

        def start(*rules: dict[str, Any]) -> CollectorProcess:
            page = (root / "docs/integrations/alertmanager.md").read_text("utf-8")
            block = page.split("```yaml\n")[1].split("```")[0]
            alerting = yaml.safe_load(block.replace("http://localhost:9093", alertmanager.url))["alerting"]
            folder = tmp_path / "collector"
            folder.mkdir()
            settings = {"alerting": alerting | {"defaults": False, "rules": list(rules), "grace": "0s"}}
            collector = CollectorProcess.start(folder, settings, timeout=120.0)
            running.callback(collector.stop)
            configure(collector, flights)
            return collector

        yield start


def test_the_figure_of_an_alert_is_that_of_the_python_api(
    alertmanager: Alertmanager, start_flights: Callable[..., CollectorProcess], flights: pa.Table
) -> None:
    collector = start_flights(RULE | {"annotations": {"summary": "{value:.17g}"}})
    send_flights(collector, between(flights, AUTUMN, WINTER))
    alertmanager.webhook.wait_until(lambda: alertmanager.told("firing") == ["temp"])
    (there,) = alertmanager.alerts()
    fired = datetime.fromisoformat(there["startsAt"])
    with driftline.connect(collector.grpc_address) as monitor:
        answer = monitor.drift(
            model=MODEL, columns=["temp"], metrics=["psi"], start=fired - timedelta(days=14), end=fired
        )
    assert float(there["annotations"]["summary"]) == answer["temp"]["psi"].value


def test_ingest_goes_on_while_it_is_dead_and_then_it_knows_all_that_holds(
    alertmanager: Alertmanager, start_flights: Callable[..., CollectorProcess], flights: pa.Table
) -> None:
    every_feature = {"metric": "drift.psi", "feature": "*", "above": 1}
    collector = start_flights({"name": "Drifted", "model": MODEL, "when": every_feature})
    alertmanager.program.stop(kill=True)
    for month in range(10, 13):
        start = np.datetime64(f"2013-{month}")
        # Returns once everything is acknowledged.
        send_flights(collector, between(flights, start.astype("M8[D]"), (start + 1).astype("M8[D]")))

    def metric(name: str) -> float:
        page = collector.get("/metrics")
        return sum(
            sample.value
            for family in text_string_to_metric_families(page)
            for sample in family.samples
            if sample.name == name
        )

    alertmanager.webhook.wait_until(lambda: metric("driftline_alert_evaluations_total") >= 90)
    alertmanager.webhook.wait_until(lambda: metric("driftline_notifications_pending") > 10)
    assert metric("driftline_notifications_pending") <= 1_000
    alertmanager.webhook.wait_until(lambda: metric("driftline_notification_failures_total") > 0)
    assert (
        metric("driftline_records_total")
        == between(flights, np.datetime64("2013-10-01"), np.datetime64("2014-01-01")).num_rows
    )
    alertmanager.restart()
    alertmanager.webhook.wait_until(lambda: metric("driftline_notifications_pending") == 0)
    assert metric("driftline_dead_letters") == 0
    holds = {
        each["labels"]["feature"]
        for each in json.loads(collector.get("/api/v1/alerts"))["alerts"]
        if each["state"] == "firing"
    }
    assert holds
    assert {each["labels"]["feature"] for each in alertmanager.alerts()} == holds


def test_the_demo_shows_an_alert_that_goes_through_it(programs: Path) -> None:
    environment = os.environ | {"PATH": f"{programs / 'alertmanager'}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-c", "from driftline.cli import main; main()", "demo", "--alerts"]
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=110)
    text = " ".join(shown.stdout.split())
    assert "The collector tells Alertmanager at" in text
    assert "FIRING TemperatureDrifted since 2013-10-02: PSI of temp" in text
    assert "RESOLVED TemperatureDrifted since 2013-10-02 until 2013-11-" in text
