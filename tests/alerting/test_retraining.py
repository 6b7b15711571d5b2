"""The feedback loop: the evidence is attached, and no model is trained more often than it may be."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.alerting.notifications import STARTED, alert, notification
from tests.alerting.receiver import Answer, Receiver, Request

from driftline.alerting.channel import Notification
from driftline.alerting.channels.retrain import MakeReport, RetrainChannel
from driftline.alerting.channels.retrain_triggers import MOST_TAG_VALUE, tag_value
from driftline.alerting.channels.signature import is_genuine
from driftline.alerting.database import AlertDatabase
from driftline.alerting.rate_limit import RateLimit
from driftline.config.alerting.channels import RetrainConfig
from driftline.delivery import DestinationRefusedError, DestinationUnavailableError
from driftline.errors import NotFoundError

HOUR = 3_600.0


@dataclass
class Clock:
    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


Make = Callable[..., RetrainChannel]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database() -> Iterator[AlertDatabase]:
    with AlertDatabase() as database:
        yield database


@pytest.fixture
def make(database: AlertDatabase, clock: Clock) -> Iterator[Make]:
    channels: list[RetrainChannel] = []

    def make_one(make_report: MakeReport | None = None, **settings: Any) -> RetrainChannel:
        config = RetrainConfig.model_validate({"type": "retrain", **settings})
        channels.append(RetrainChannel("retrain", config, database, make_report, clock))
        return channels[-1]

    yield make_one
    for channel in channels:
        channel.close()


def of_model(model: str, feature: str = "temp") -> Notification:
    one = alert(feature)
    return notification(alert(feature, labels={**one.labels, "model": model}))


def test_a_webhook_gets_the_evidence_and_the_report(make: Make) -> None:
    asked: list[tuple[str, str | None, datetime]] = []

    def report(model: str, version: str | None, end: datetime) -> str:
        asked.append((model, version, end))
        return "<h1>flight-delay</h1>"

    with Receiver() as receiver:
        channel = make(report, webhook={"url": receiver.url, "signing_key": "k"}, report=True)
        assert channel.send(notification()) == "200 ok"
        (request,) = receiver.requests
    body = json.loads(request.body)
    assert body["report"] == "<h1>flight-delay</h1>"
    assert body["alerts"][0]["evidence"] == alert().evidence
    assert asked == [("flight-delay", "1", STARTED)]
    timestamp = request.headers["x-driftline-timestamp"]
    assert is_genuine(
        b"k", timestamp, request.headers["x-driftline-signature"], request.body, float(timestamp)
    )


def test_without_a_report_it_goes_ahead(make: Make) -> None:
    def fails(*_: object) -> str:
        raise NotFoundError("no such model")

    with Receiver() as receiver:
        make(fails, webhook={"url": receiver.url}, report=True).send(notification())
        make(fails, webhook={"url": receiver.url}).send(of_model("other"))
        assert all("report" not in json.loads(request.body) for request in receiver.requests)
        assert len(receiver.requests) == 2


def test_a_command_gets_the_evidence_and_the_report_as_files(make: Make, tmp_path: Path) -> None:
    program = (
        "import json, os, pathlib, sys; told = json.load(sys.stdin); "
        "print(told['alerts'][0]['evidence']['value'], pathlib.Path(os.environ['DRIFTLINE_REPORT']).read_text())"
    )
    command = {"argv": [sys.executable, "-c", program]}
    channel = make(lambda *_: "<h1>report</h1>", command=command, report=True)
    assert channel.send(notification()) == "exit code 0: 0.31 <h1>report</h1>"


def test_an_alert_that_has_ceased_to_hold_starts_nothing(make: Make) -> None:
    with Receiver() as receiver:
        said = make(webhook={"url": receiver.url}).send(notification(alert(status="resolved")))
        assert "nothing is started" in said
        assert receiver.requests == []


def test_no_model_is_trained_more_often_than_it_may_be(make: Make, clock: Clock) -> None:
    with Receiver() as receiver:
        channel = make(webhook={"url": receiver.url}, at_most="2 per 6h")
        for number in range(4):
            channel.send(of_model("a", str(number)))
            clock.now += HOUR
        channel.send(of_model("b"))
        assert len(receiver.requests) == 3
        assert (channel.started, channel.suppressed) == (3, 2)
        clock.now += 2 * HOUR + 1
        assert channel.send(of_model("a", "later")) == "200 ok"
        assert len(receiver.requests) == 4


def test_a_restart_does_not_forget_it(clock: Clock, tmp_path: Path) -> None:
    with Receiver() as receiver:
        for feature, expected in (("temp", 1), ("humid", 1)):
            with AlertDatabase(tmp_path) as database:
                config = RetrainConfig.model_validate({"type": "retrain", "webhook": {"url": receiver.url}})
                channel = RetrainChannel("retrain", config, database, clock=clock)
                said = channel.send(of_model("a", feature))
                channel.close()
            assert len(receiver.requests) == expected
        assert said == "a is not trained anew: more than 1 per 6h"


def test_a_clock_that_was_set_back_does_not_forbid_it_for_long(make: Make, clock: Clock) -> None:
    with Receiver() as receiver:
        channel = make(webhook={"url": receiver.url})
        channel.send(of_model("a", "1"))
        clock.now -= 100 * HOUR
        channel.send(of_model("a", "2"))
        assert len(receiver.requests) == 2


def test_an_attempt_that_failed_takes_no_place(make: Make) -> None:
    with Receiver(lambda _: Answer(503, "busy")) as receiver:
        channel = make(webhook={"url": receiver.url})
        with pytest.raises(DestinationUnavailableError):
            channel.send(of_model("a", "1"))
        receiver.service = lambda _: Answer()
        assert channel.send(of_model("a", "2")) == "200 ok"


def test_of_several_models_none_is_started_twice_when_one_fails(make: Make) -> None:
    def b_is_busy(request: Request) -> Answer:
        model = json.loads(request.body)["alerts"][0]["labels"]["model"]
        return Answer(503, "busy") if model == "b" else Answer()

    both = Notification.of("retrain", [*of_model("a").alerts, *of_model("b").alerts], group_by=["alertname"])
    with Receiver(b_is_busy) as receiver:
        channel = make(webhook={"url": receiver.url})
        with pytest.raises(DestinationUnavailableError):
            channel.send(both)
        receiver.service = lambda _: Answer()
        channel.send(both)
        models = [json.loads(request.body)["commonLabels"]["model"] for request in receiver.requests]
    assert models == ["a", "b", "b"]


def test_mlflow_gets_a_tag(make: Make) -> None:
    with Receiver(lambda _: Answer(200, "{}")) as receiver:
        channel = make(mlflow={"url": receiver.url, "token": "t0ken"})
        said = channel.send(notification())
        (request,) = receiver.requests
    assert said == "version 1 of flight-delay has the tag driftline.retrain"
    assert request.path == "/api/2.0/mlflow/model-versions/set-tag"
    assert request.headers["authorization"] == "Bearer t0ken"
    body = json.loads(request.body)
    assert (body["name"], body["version"], body["key"]) == ("flight-delay", "1", "driftline.retrain")
    assert json.loads(body["value"])["evidence"]["baseline"] == "training"


def test_mlflow_finds_the_version_by_its_alias(make: Make) -> None:
    def service(request: Request) -> Answer:
        if request.method == "GET":
            return Answer(200, '{"model_version": {"name": "delays", "version": "7"}}')
        return Answer(200, "{}")

    with Receiver(service) as receiver:
        make(mlflow={"url": receiver.url, "registered_model": "delays", "alias": "live"}).send(notification())
        asked, tagged = receiver.requests
    assert asked.path == "/api/2.0/mlflow/registered-models/alias?name=delays&alias=live"
    assert json.loads(tagged.body)["version"] == "7"


def test_a_version_that_mlflow_cannot_have_is_refused(make: Make) -> None:
    one = alert(labels={**alert().labels, "version": "2013-q1"})
    with pytest.raises(DestinationRefusedError, match="'2013-q1' is no version of MLflow"):
        make(mlflow={"url": "http://127.0.0.1:9"}).send(notification(one))


def test_a_tag_has_room_for_any_evidence() -> None:
    value = tag_value(notification(alert(evidence={"rows": ["x" * 100] * 100})))
    assert len(value) <= MOST_TAG_VALUE
    assert "left out" in json.loads(value)["evidence"]


@given(
    steps=st.lists(st.tuples(st.floats(0, 4 * HOUR), st.sampled_from("ab")), max_size=40),
    count=st.integers(1, 3),
)
def test_in_no_period_are_there_more_starts_than_allowed(steps: list[tuple[float, str]], count: int) -> None:
    period, now = 6 * HOUR, 0.0
    starts: dict[str, list[float]] = {"a": [], "b": []}
    with AlertDatabase() as database:
        limit = RateLimit(database, "retrain", count, period)
        for number, (pause, model) in enumerate(steps):
            now += pause
            of_late = [start for start in starts[model] if now - start <= period]
            verdict = limit.take(model, str(number), now)
            assert verdict == ("go" if len(of_late) < count else "over")
            if verdict == "go":
                starts[model].append(now)
