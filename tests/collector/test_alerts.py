"""Alerts of a collector: over a kill, at the HTTP door, on the command line, on `/metrics`."""

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.alerting.receiver import Answer, Receiver
from tests.collector.conftest import CollectorProcess
from typer.testing import CliRunner, Result

import driftline
from driftline.cli import app
from driftline.collector import Collector

MODEL = "fraud"
# A Monday of the past: its windows are over as soon as they have come.
START = np.datetime64("2026-01-05T00:00", "ns")
RULE = {
    "name": "MeanHigh",
    "when": {"metric": "summary.mean", "feature": "amount", "above": 5},
    "severity": "page",
}
ALERTING: dict[str, Any] = {"rules": [RULE], "grace": "0s"}


def send(address: str | None, minute: int, mean: float) -> None:
    times = START + np.timedelta64(minute, "m") + np.arange(100) * np.timedelta64(500, "ms")
    amounts = np.random.default_rng(minute).normal(mean, 1, 100)
    with driftline.Client(str(address), model=MODEL, version="1") as client:
        client.log_table(pa.table({"timestamp": pa.array(times), "amount": pa.array(amounts)}))
        assert client.flush(30), client.stats


def eventually(say: Callable[[], Any], seconds: float = 30) -> Any:
    """What is true at last."""
    deadline = time.monotonic() + seconds
    while not (found := say()):
        assert time.monotonic() < deadline, "it has not come true"
        time.sleep(0.05)
    return found


def get(address: str | None, path: str = "/api/v1/alerts") -> Any:
    answer = httpx.get(f"http://{address}{path}", timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()


def states(address: str | None) -> list[str]:
    return [each["state"] for each in get(address)["alerts"]]


def bodies(receiver: Receiver) -> list[tuple[str, str]]:
    told = [json.loads(request.body) for request in receiver.requests]
    return [(each["status"], each["alerts"][0]["labels"]["alertname"]) for each in told]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["alerts", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture
def collector(start_collector: Callable[..., Collector]) -> Collector:
    return start_collector(alerting=ALERTING)


def test_a_collector_that_is_killed_before_it_has_told_tells_once(
    start_process: Callable[..., CollectorProcess], tmp_path: Path
) -> None:
    with Receiver(lambda _: Answer(503, "not yet")) as receiver:
        channels = {"hook": {"type": "webhook", "url": receiver.url, "longest_pause": "1s"}}
        settings = {"data_dir": str(tmp_path / "data"), "alerting": ALERTING | {"channels": channels}}
        first = start_process(**settings)
        send(first.grpc_address, 0, 0)
        send(first.grpc_address, 1, 10)
        eventually(lambda: states(first.http_address) == ["firing"])
        first.send(signal.SIGKILL)
        first.wait()
        listed = run("list", "--data-dir", tmp_path / "data")
        assert "1 firing" in listed.stdout
        assert "MeanHigh" in listed.stdout
        receiver.requests.clear()
        receiver.service = lambda _: Answer()
        second = start_process(**settings)
        eventually(lambda: receiver.requests)
        assert states(second.http_address) == ["firing"]
        # Nothing new: nothing is told again, and it is over once.
        send(second.grpc_address, 2, 0)
        eventually(lambda: states(second.http_address) == ["resolved"])
        eventually(lambda: len(receiver.requests) == 2)
        assert second.terminate() == 0
        third = start_process(**settings)
        send(third.grpc_address, 3, 0)
        eventually(lambda: get(third.http_address)["alerts"][0]["state"] == "resolved")
        time.sleep(1.5)
        assert bodies(receiver) == [("firing", "MeanHigh"), ("resolved", "MeanHigh")]


def test_alerts_are_told_at_the_http_door_and_on_the_command_line(collector: Collector) -> None:
    send(collector.grpc_address, 0, 10)
    eventually(lambda: states(collector.http_address) == ["firing"])
    (alert,) = get(collector.http_address)["alerts"]
    assert alert["labels"]["feature"] == "amount"
    with driftline.connect(str(collector.grpc_address)) as monitor:
        assert alert["value"] == monitor.summary(MODEL)["amount"].mean
    shown = run("list", "--target", collector.http_address).stdout
    assert "1 firing" in shown
    assert "MeanHigh: amount of fraud 1" in shown


def test_rules_that_are_not_known_are_shown_with_the_reason(
    start_collector: Callable[..., Collector],
) -> None:
    drift = {"name": "Drifted", "when": {"evidence": "drift"}}
    collector = start_collector(alerting=ALERTING | {"rules": [drift]})
    send(collector.grpc_address, 0, 0)
    (unknown,) = eventually(lambda: get(collector.http_address)["unknown"])
    assert (unknown["rule"], unknown["model"]) == ("Drifted", MODEL)
    assert "baseline" in unknown["reason"]
    assert "Drifted of fraud 1 is not known" in run("list", "--target", collector.http_address).stdout


def test_silences_come_and_go(collector: Collector) -> None:
    address = collector.http_address
    made = run(
        "silence", "model=fraud", "severity=p*", "--for", "2h", "--comment", "retraining", "--target", address
    )
    assert made.exit_code == 0
    (silence,) = get(address, "/api/v1/silences")["silences"]
    assert silence["match"] == {"model": ["fraud"], "severity": ["p*"]}
    assert silence["comment"] == "retraining"
    send(collector.grpc_address, 0, 10)
    eventually(lambda: states(address) == ["firing"])
    assert get(address)["alerts"][0]["silenced_by"] == "silence"
    assert silence["id"] in run("silences", "--target", address).stdout
    assert run("unsilence", silence["id"], "--target", address).exit_code == 0
    assert get(address, "/api/v1/silences")["silences"] == []
    assert run("unsilence", silence["id"], "--target", address).exit_code == 1


@pytest.mark.parametrize(
    ("content_type", "body", "status", "message"),
    [
        ("text/plain", "{}", 400, "application/json"),
        ("application/json", "x" * 70_000, 400, "at most 65536 bytes"),
        ("application/json", "{}", 400, "match: Field required"),
        (
            "application/json",
            '{"match": {"a": "b"}, "end": "2020-01-01T00:00:00Z", "comment": "c", "creator": "d"}',
            400,
            "end in the future",
        ),
        (
            "application/json",
            '{"match": {"a": "b"}, "end": "2999-01-01T00:00:00Z", "comment": "c", "creator": "d"}',
            400,
            "within ten years",
        ),
    ],
)
def test_what_is_no_silence_is_refused(
    collector: Collector, content_type: str, body: str, status: int, message: str
) -> None:
    answer = httpx.post(
        f"http://{collector.http_address}/api/v1/silences",
        content=body,
        headers={"content-type": content_type},
    )
    assert answer.status_code == status
    assert message in answer.json()["error"]


def test_a_collector_without_alerting_says_so(start_collector: Callable[..., Collector]) -> None:
    collector = start_collector()
    answer = httpx.get(f"http://{collector.http_address}/api/v1/alerts", timeout=60)
    assert answer.status_code == 404
    assert "no alerting" in answer.json()["error"]


def test_metrics_tell_of_alerts_and_their_evaluation(collector: Collector) -> None:
    send(collector.grpc_address, 0, 10)
    eventually(lambda: states(collector.http_address) == ["firing"])
    page = httpx.get(f"http://{collector.http_address}/metrics", timeout=60).text
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }
    labels = {"alertname": "MeanHigh", "model": MODEL, "version": "1", "severity": "page", "state": "firing"}
    assert samples["driftline_alerts", tuple(sorted(labels.items()))] == 1
    assert samples["driftline_alert_evaluations_total", (("alertname", "MeanHigh"),)] == 1
    assert samples["driftline_alert_unknown", (("alertname", "MeanHigh"),)] == 0
    assert samples["driftline_alert_evaluation_seconds_total", ()] > 0
    assert samples["driftline_alert_failures_total", ()] == 0


@pytest.fixture
def replayed(start_collector: Callable[..., Collector], tmp_path: Path) -> tuple[Collector, Path]:
    """Twenty minutes, two of which are high, flushed to a data directory."""
    collector = start_collector(data_dir=tmp_path / "data")
    for minute in range(20):
        send(collector.grpc_address, minute, 10 if minute in (4, 15) else 0)
    with driftline.connect(str(collector.grpc_address)) as monitor:
        monitor.flush()
    config = tmp_path / "rules.yaml"
    config.write_text(json.dumps({"alerting": ALERTING}))
    return collector, config


@pytest.mark.parametrize("door", ["target", "data-dir"])
def test_a_dry_run_shows_when_rules_would_have_fired(replayed: tuple[Collector, Path], door: str) -> None:
    collector, config = replayed
    where = collector.grpc_address if door == "target" else config.parent / "data"
    shown = run("test", "--config", config, f"--{door}", where)
    assert shown.exit_code == 0
    assert "2 alerts in 20 windows, 20 evaluations; nobody was told" in shown.stdout
    assert "2026-01-05T00:05:00+00:00" in shown.stdout
    recent = run("test", "--config", config, f"--{door}", where, "--since", "10m", "--fail-if-firing")
    assert recent.exit_code == 2
    assert "1 alerts in 10 windows" in recent.stdout
    assert "2026-01-05T00:16:00+00:00" in recent.stdout
