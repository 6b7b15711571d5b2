"""Alertmanager itself knows what holds, as long as it does, and after it was dead."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from tests.alerting.notifications import alert
from tests.alerting.receiver import Receiver
from tests.integrations.conftest import Program, RunProgram

from driftline.alerting.alert import Alert
from driftline.alerting.channel import Notification
from driftline.alerting.channels.build import Surroundings
from driftline.alerting.database import AlertDatabase
from driftline.alerting.dispatcher import Dispatcher
from driftline.config.alerting.channels import AlertmanagerConfig

RESEND_SECONDS = 1
RESOLVE_SECONDS = 4


@dataclass
class Alertmanager:
    """A running Alertmanager whose only receiver is a webhook."""

    url: str
    program: Program
    tool: Path
    webhook: Receiver

    def alerts(self) -> list[dict[str, Any]]:
        """Those that hold."""
        answer = httpx.get(f"{self.url}/api/v2/alerts", timeout=10)
        answer.raise_for_status()
        alerts: list[dict[str, Any]] = answer.json()
        return alerts

    def told(self, status: str) -> list[str]:
        """Features of the alerts that the webhook was told of with a status."""
        bodies = [json.loads(request.body) for request in self.webhook.requests]
        return [
            each["labels"]["feature"]
            for body in bodies
            for each in body["alerts"]
            if each["status"] == status
        ]

    def restart(self) -> None:
        self.program.start()
        self.program.wait_for(f"{self.url}/-/ready")


@pytest.fixture
def alertmanager(
    programs: Path, run_program: RunProgram, free_port: Callable[[], int], tmp_path: Path
) -> Iterator[Alertmanager]:
    home = programs / "alertmanager"
    with Receiver() as webhook:
        config = tmp_path / "alertmanager.yml"
        route = {"receiver": "hook", "group_by": ["..."], "group_wait": "0s", "group_interval": "1s"}
        hook = {"url": webhook.url, "send_resolved": True}
        config.write_text(
            yaml.safe_dump({"route": route, "receivers": [{"name": "hook", "webhook_configs": [hook]}]})
        )
        address = f"127.0.0.1:{free_port()}"
        # It looks for its templates below the folder that it is started in.
        program = run_program(
            "env",
            f"--chdir={home}",
            "usr/bin/prometheus-alertmanager",
            f"--config.file={config}",
            f"--storage.path={tmp_path / 'alertmanager'}",
            f"--web.listen-address={address}",
            "--cluster.listen-address=",
        )
        program.wait_for(f"http://{address}/-/ready")
        yield Alertmanager(f"http://{address}", program, home / "usr/bin/amtool", webhook)


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
