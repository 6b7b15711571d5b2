"""Channels over real HTTP to services that take what the real ones take, and answer as they do."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from tests.alerting.notifications import alert, notification
from tests.alerting.receiver import Answer, Receiver, Request
from tests.alerting.services import PagerDutyEvent, SlackMessage, TeamsMessage, WebhookBody

from driftline.alerting.channel import Channel, Notification
from driftline.alerting.channels.build import Surroundings, build_channel
from driftline.alerting.channels.signature import is_genuine
from driftline.alerting.database import AlertDatabase
from driftline.alerting.dispatcher import Dispatcher
from driftline.config.alerting.channels import AnyChannel, ChannelConfig
from driftline.delivery import DestinationRefusedError, DestinationUnavailableError
from driftline.errors import ConfigurationError

Build = Callable[..., Channel]
BOTH = notification(alert("temp"), alert("humid", "resolved"), receiver="channel")
ROUTING_KEY = "0123456789abcdef0123456789abcdef"


def takes(
    model: type[BaseModel], said: Answer, refused: str = "invalid_payload"
) -> Callable[[Request], Answer]:
    """A service that takes bodies of one kind, and nothing else."""

    def service(request: Request) -> Answer:
        if request.headers["content-type"] != "application/json":
            return Answer(415, "unsupported media type")
        try:
            model.model_validate_json(request.body)
        except ValidationError:
            return Answer(400, refused)
        return said

    return service


SLACK = takes(SlackMessage, Answer(200, "ok"))
TEAMS = takes(TeamsMessage, Answer(202, ""))
PAGERDUTY = takes(PagerDutyEvent, Answer(202, '{"status":"success","message":"Event processed"}'))
WEBHOOK = takes(WebhookBody, Answer(200, "thanks"))


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    with AlertDatabase() as database:
        channels: list[Channel] = []

        def build_one(**settings: Any) -> Channel:
            config: ChannelConfig = TypeAdapter(AnyChannel).validate_python(settings)
            channels.append(build_channel("channel", config, Surroundings(database)))
            return channels[-1]

        yield build_one
        for channel in channels:
            channel.close()


@pytest.mark.parametrize(
    ("settings", "service", "said"),
    [
        ({"type": "slack", "url": "{url}/services/T0/B0/x"}, SLACK, "200 ok"),
        ({"type": "teams", "url": "{url}/workflows/x/triggers/manual/paths/invoke?sig=s"}, TEAMS, "202"),
        ({"type": "webhook", "url": "{url}/hook"}, WEBHOOK, "200 thanks"),
        (
            {"type": "pagerduty", "events_url": "{url}/v2/enqueue", "routing_key": ROUTING_KEY},
            PAGERDUTY,
            '202 {"status":"success","message":"Event processed"}',
        ),
    ],
    ids=["slack", "teams", "webhook", "pagerduty"],
)
def test_a_service_takes_what_it_is_sent(
    build: Build, settings: dict[str, str], service: Callable[[Request], Answer], said: str
) -> None:
    with Receiver(service) as receiver:
        channel = build(**{name: value.format(url=receiver.url) for name, value in settings.items()})
        assert channel.send(BOTH) == said
        path = next(value for value in settings.values() if "{url}" in value).removeprefix("{url}")
        assert {request.path for request in receiver.requests} == {path}


def test_the_services_refuse_what_the_real_ones_refuse() -> None:
    request = Request("POST", "/", {"content-type": "application/json"}, b'{"text": "", "blocks": []}')
    for service in (SLACK, TEAMS, PAGERDUTY, WEBHOOK):
        assert service(request).status == 400


def test_pagerduty_gets_an_event_for_each_alert(build: Build) -> None:
    with Receiver(PAGERDUTY) as receiver:
        build(type="pagerduty", events_url=receiver.url, routing_key=ROUTING_KEY).send(BOTH)
        events = [json.loads(request.body) for request in receiver.requests]
    assert [event["event_action"] for event in events] == ["trigger", "resolve"]
    assert {event["routing_key"] for event in events} == {ROUTING_KEY}


def test_a_webhook_is_signed_and_the_receiver_can_tell(build: Build, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("first\n")
    with Receiver(WEBHOOK) as receiver:
        channel = build(type="webhook", url=receiver.url, signing_key_file=key, token="t0ken")
        channel.send(BOTH)
        key.write_text("second\n")
        channel.send(BOTH)
        first, second = receiver.requests
    for request, secret in ((first, b"first"), (second, b"second")):
        timestamp = request.headers["x-driftline-timestamp"]
        signature = request.headers["x-driftline-signature"]
        assert is_genuine(secret, timestamp, signature, request.body, now=float(timestamp))
        assert not is_genuine(secret, timestamp, signature, request.body + b" ", now=float(timestamp))
        assert request.headers["authorization"] == "Bearer t0ken"
        assert request.headers["x-driftline-delivery"] == BOTH.id
    assert first.headers["x-driftline-signature"] != second.headers["x-driftline-signature"]


def test_a_webhook_without_a_key_is_not_signed(build: Build) -> None:
    with Receiver(WEBHOOK) as receiver:
        build(type="webhook", url=receiver.url).send(BOTH)
        assert "x-driftline-signature" not in receiver.requests[0].headers


def test_the_address_is_read_anew_each_time(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "url"
    with Receiver(SLACK) as receiver:
        file.write_text(f"{receiver.url}/one\n")
        channel = build(type="slack", url_file=file)
        channel.send(BOTH)
        file.write_text(f"{receiver.url}/two\n")
        channel.send(BOTH)
        monkeypatch.setenv("SLACK_URL", f"{receiver.url}/three")
        build(type="slack", url="env:SLACK_URL").send(BOTH)
        assert [request.path for request in receiver.requests] == ["/one", "/two", "/three"]


def test_a_secret_that_is_missing_is_worth_another_try(build: Build, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="channel: url_file"):
        build(type="slack", url_file=tmp_path / "missing").send(BOTH)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
def test_what_is_worth_another_try(build: Build, status: int) -> None:
    with (
        Receiver(lambda _: Answer(status, "busy", {"Retry-After": "7"})) as receiver,
        pytest.raises(DestinationUnavailableError, match=f"{status}: busy") as caught,
    ):
        build(type="slack", url=receiver.url).send(BOTH)
    assert caught.value.retry_after_seconds == 7


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_what_is_not(build: Build, status: int) -> None:
    with (
        Receiver(lambda _: Answer(status, "no_service")) as receiver,
        pytest.raises(DestinationRefusedError, match=f"{status}: no_service"),
    ):
        build(type="slack", url=f"{receiver.url}/services/hunter2").send(BOTH)


def test_a_destination_that_is_dead_is_worth_another_try_and_its_address_is_not_told(build: Build) -> None:
    with Receiver() as receiver:
        url = f"{receiver.url}/services/hunter2"
    for settings in (
        {"type": "slack", "url": url},
        {"type": "teams", "url": url},
        {"type": "webhook", "url": url},
        {"type": "pagerduty", "events_url": url, "routing_key": "hunter2"},
        {"type": "alertmanager", "urls": [url]},
    ):
        channel = build(**settings)
        with pytest.raises(DestinationUnavailableError) as caught:
            channel.send(BOTH)
        assert "hunter2" not in str(caught.value)
        assert "hunter2" not in repr(channel)


def taken_alerts(receiver: Receiver) -> list[dict[str, Any]]:
    return [each for request in receiver.requests for each in json.loads(request.body)]


def test_every_member_of_a_cluster_is_told(build: Build) -> None:
    with Receiver() as one, Receiver() as other:
        channel = build(type="alertmanager", urls=[one.url, f"{other.url}/prefix/"], token="t0ken")
        assert channel.send(BOTH) == "2 of 2 took it: 200 ok"
        assert [request.path for request in (*one.requests, *other.requests)] == [
            "/api/v2/alerts",
            "/prefix/api/v2/alerts",
        ]
        assert one.requests[0].headers["authorization"] == "Bearer t0ken"
        assert [each["labels"]["feature"] for each in taken_alerts(other)] == ["temp", "humid"]


def test_one_member_that_lives_is_enough(build: Build) -> None:
    with Receiver() as living:
        with Receiver() as dead:
            pass
        channel = build(type="alertmanager", urls=[dead.url, living.url])
        assert re.match("1 of 2 took it", channel.send(BOTH))
        assert channel.resend_seconds == 60


def test_a_cluster_that_refuses_and_is_dead_is_worth_another_try(build: Build) -> None:
    with Receiver(lambda _: Answer(400, "bad")) as refusing:
        with Receiver() as dead:
            pass
        with pytest.raises(DestinationUnavailableError):
            build(type="alertmanager", urls=[refusing.url, dead.url]).send(BOTH)
        with pytest.raises(DestinationRefusedError):
            build(type="alertmanager", urls=[refusing.url]).send(BOTH)


def test_many_alerts_are_sent_in_parts(build: Build) -> None:
    many = Notification.of("channel", [alert(str(number)) for number in range(1_100)])
    with Receiver() as receiver:
        build(type="alertmanager", urls=[receiver.url]).send(many)
        assert [len(json.loads(request.body)) for request in receiver.requests] == [500, 500, 100]


@pytest.mark.parametrize(
    "settings",
    [
        {"type": "slack", "url": "env:DRIFTLINE_NOT_THERE"},
        {"type": "teams", "url": "env:DRIFTLINE_NOT_THERE"},
        {"type": "webhook", "url": "https://e.com", "signing_key": "env:DRIFTLINE_NOT_THERE"},
        {"type": "webhook", "url": "https://e.com", "token": "env:DRIFTLINE_NOT_THERE"},
        {"type": "pagerduty", "routing_key": "env:DRIFTLINE_NOT_THERE"},
        {"type": "alertmanager", "urls": ["https://e.com", "env:DRIFTLINE_NOT_THERE"]},
        {"type": "retrain", "webhook": {"url": "env:DRIFTLINE_NOT_THERE"}},
        {"type": "retrain", "mlflow": {"url": "https://e.com", "token": "env:DRIFTLINE_NOT_THERE"}},
        {
            "type": "email",
            "host": "mail",
            "sender": "a@e.com",
            "recipients": ["b@e.com"],
            "username": "u",
            "password": "env:DRIFTLINE_NOT_THERE",
        },
    ],
)
def test_a_secret_that_is_not_there_is_said_early(
    build: Build, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = build(**settings)
    with pytest.raises(ConfigurationError, match="no variable DRIFTLINE_NOT_THERE"):
        channel.check()
    monkeypatch.setenv("DRIFTLINE_NOT_THERE", "there")
    channel.check()


def test_a_channel_without_its_secret_lets_others_start(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    configs = {
        "broken": TypeAdapter(AnyChannel).validate_python(
            {"type": "slack", "url_file": tmp_path / "missing"}
        ),
        "well": TypeAdapter(AnyChannel).validate_python({"type": "command", "argv": ["true"]}),
    }
    with AlertDatabase() as database:
        dispatcher = Dispatcher(configs, Surroundings(database))
        with database.transaction() as connection:
            for name in configs:
                dispatcher.put(connection, Notification.of(name, BOTH.alerts))
        dispatcher.start()
        try:
            with Receiver() as waiting:
                waiting.wait_until(lambda: dispatcher.outbox.pending() == {"broken": 1})
        finally:
            dispatcher.stop()
    assert "channel cannot tell anybody" in caplog.text
