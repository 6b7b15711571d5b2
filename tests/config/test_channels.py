"""Settings of channels: which there are, what they refuse, and that nothing of a secret is shown."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from driftline.config import load_config
from driftline.config.alerting.channels import (
    AnyChannel,
    ChannelConfig,
    EmailConfig,
    RetrainConfig,
    SlackConfig,
)
from driftline.config.alerting.channels.rate import Rate
from driftline.config.secret import reveal
from driftline.errors import ConfigurationError

CHANNELS: TypeAdapter[ChannelConfig] = TypeAdapter(AnyChannel)
MAIL = {"type": "email", "host": "mail", "sender": "a@example.com", "recipients": ["B <b@example.com>"]}


def load(settings: dict[str, Any]) -> ChannelConfig:
    return CHANNELS.validate_python(settings)


def faults(settings: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        load(settings)
    return "; ".join(fault["msg"] for fault in caught.value.errors())


@pytest.mark.parametrize(
    "settings",
    [
        {"type": "alertmanager", "urls": ["http://localhost:9093"]},
        {"type": "webhook", "url": "https://example.com/hook", "signing_key": "env:KEY"},
        {"type": "slack", "url_file": "slack-url"},
        {"type": "teams", "url": "env:TEAMS_URL"},
        {"type": "pagerduty", "routing_key_file": "key", "severities": {"page": "critical"}},
        MAIL,
        {"type": "command", "argv": ["logger", "-t", "driftline"]},
        {"type": "retrain", "mlflow": {"url": "http://localhost:5000"}},
    ],
    ids=lambda settings: settings["type"],
)
def test_every_type_loads_and_comes_back(settings: dict[str, Any]) -> None:
    config = load(settings)
    assert config.timeout_seconds == 10
    again = CHANNELS.validate_python(settings | {"timeout": "3s"})
    assert again.timeout_seconds == 3


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"type": "slack"}, "needs url or url_file, got neither"),
        ({"type": "slack", "url": "x", "url_file": "y"}, "got url and url_file"),
        ({"type": "pagerduty"}, "needs routing_key or routing_key_file"),
        ({"type": "webhook", "url": "x", "token": "a", "token_file": "b"}, "got token and token_file"),
        ({"type": "webhook", "url": "x", "signing_key": "a", "signing_key_file": "b"}, "signing_key_file"),
        (MAIL | {"username": "u"}, "needs password or password_file"),
        (MAIL | {"password": "p"}, "a password needs a username"),
        (MAIL | {"username": "u", "password": "p", "encryption": "none"}, "not sent without encryption"),
        (MAIL | {"sender": "a@b\r\nBcc: c@d"}, "should match pattern"),
        ({"type": "alertmanager", "urls": []}, "at least 1 item"),
        ({"type": "alertmanager", "urls": ["x"], "resend": "4m"}, "at least twice resend, 8m, got 5m"),
        ({"type": "retrain"}, "needs one of webhook, command and mlflow, got none"),
        ({"type": "retrain", "command": {"argv": ["x"]}, "mlflow": {"url": "x"}}, "got command and mlflow"),
        ({"type": "retrain", "command": {"argv": ["x"]}, "at_most": "daily"}, "written like 1 per 6h"),
        ({"type": "retrain", "command": {"argv": ["x"]}, "at_most": "1 per 0s"}, "must be above 0s"),
        ({"type": "command", "argv": []}, "at least 1 item"),
        ({"type": "slak", "url": "x"}, "'slack', 'teams', 'webhook'"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], fault: str) -> None:
    assert fault in faults(settings)


def test_a_rate_is_written_as_it_is_said() -> None:
    config = load({"type": "retrain", "command": {"argv": ["x"]}, "at_most": "2 per 1h30m"})
    assert isinstance(config, RetrainConfig)
    assert config.at_most == Rate(2, timedelta(minutes=90))
    assert config.model_dump(mode="json")["at_most"] == "2 per 1h30m"


def test_secrets_are_not_shown() -> None:
    config = load(MAIL | {"username": "u", "password": "hunter2"})
    assert isinstance(config, EmailConfig)
    slack = load({"type": "slack", "url": "https://hooks.example.com/hunter2"})
    for shown in (repr(config), str(slack), slack.model_dump_json(), repr(slack.model_dump())):
        assert "hunter2" not in shown


def test_a_secret_is_found_where_it_is(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("https://hooks.example.com/a\n")
    written = load({"type": "slack", "url": "https://hooks.example.com/b"})
    named = load({"type": "slack", "url": "env:SLACK_URL"})
    assert isinstance(written, SlackConfig)
    assert isinstance(named, SlackConfig)
    assert reveal("url", None, file) == "https://hooks.example.com/a"
    assert reveal("url", written.url, None) == "https://hooks.example.com/b"
    assert reveal("url", named.url, None, {"SLACK_URL": "https://c"}) == "https://c"


def test_a_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("one")
    assert reveal("url", None, file) == "one"
    file.write_text("two")
    assert reveal("url", None, file) == "two"


def test_a_secret_that_is_not_there_is_named_by_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"url_file: .* cannot be read: No such file"):
        reveal("url", None, tmp_path / "missing")
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(ConfigurationError, match="is empty"):
        reveal("url", None, tmp_path / "empty")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="it is no text"):
        reveal("url", None, tmp_path / "bytes")
    named = load({"type": "slack", "url": "env:SLACK_URL"})
    assert isinstance(named, SlackConfig)
    with pytest.raises(ConfigurationError, match="no variable SLACK_URL"):
        reveal("url", named.url, None, {})
    with pytest.raises(ConfigurationError, match="url or url_file must be given"):
        reveal("url", None, None)


@pytest.mark.parametrize(
    "channel",
    [
        "{type: slak, url: 'https://hunter2'}",
        "{type: slack, url: ['https://hunter2']}",
        "{type: slack, url: 'https://hunter2', url_file: x}",
        "{type: alertmanager, urls: 'https://hunter2'}",
        "{type: email, host: h, sender: hunter2, recipients: []}",
    ],
)
def test_errors_do_not_repeat_what_may_be_a_secret(channel: str, tmp_path: Path) -> None:
    file = tmp_path / "driftline.yaml"
    file.write_text(f"alerting: {{channels: {{team: {channel}}}}}")
    with pytest.raises(ConfigurationError, match=r"alerting\.channels\.team") as caught:
        load_config(file, {})
    assert "hunter2" not in str(caught.value)
