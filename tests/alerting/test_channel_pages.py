"""The configurations on the pages of channels deliver, with the addresses of stand-ins in them."""

import json
import os
import re
import ssl
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError
from tests.alerting.notifications import notification
from tests.alerting.receiver import Answer, Receiver, Request
from tests.alerting.services import PagerDutyEvent, SlackMessage, TeamsMessage, WebhookBody
from tests.alerting.test_email import Mailbox, serving
from tests.security.authority import Authority

from driftline.alerting.channel import Notification
from driftline.alerting.channels.build import Surroundings
from driftline.alerting.database import AlertDatabase
from driftline.alerting.dispatcher import Dispatcher
from driftline.config import load_config
from driftline.config.alerting.channels import AnyChannel, ChannelConfig, CommandSettings
from driftline.config.alerting.channels.retrain import RetrainMlflow, RetrainWebhook

PAGES = Path(__file__).parents[2] / "docs/integrations"
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
KEY = "k" * 32

Deliver = Callable[[str, Receiver], list[Request]]


def blocks(page: str, language: str) -> list[str]:
    found = BLOCK.finditer((PAGES / f"{page}.md").read_text("utf-8"))
    return [match["text"] for match in found if match["language"] == language]


@pytest.fixture
def database() -> Iterator[AlertDatabase]:
    with AlertDatabase() as database:
        yield database


@pytest.fixture
def deliver(database: AlertDatabase, tmp_path: Path) -> Deliver:
    """Delivers one notification to each channel of a configuration; what the receiver was asked."""

    def delivers(text: str, receiver: Receiver) -> list[Request]:
        file = tmp_path / "driftline.yaml"
        file.write_text(text)
        alerting = load_config(file).alerting
        assert alerting is not None
        surroundings = Surroundings(database, lambda *_: "<h1>report</h1>")
        dispatcher = Dispatcher(alerting.channels, surroundings)
        with database.transaction() as connection:
            for name in dispatcher.names:
                dispatcher.put(connection, Notification.of(name, notification().alerts))
        dispatcher.start()
        try:
            receiver.wait_until(lambda: not dispatcher.outbox.pending())
        finally:
            dispatcher.stop()
        assert [letter.reason for letter in dispatcher.outbox.dead_letters()] == []
        return receiver.requests

    return delivers


def takes(model: type[BaseModel]) -> Callable[[Request], Answer]:
    def service(request: Request) -> Answer:
        try:
            model.model_validate_json(request.body)
        except ValidationError as error:
            return Answer(400, str(error))
        return Answer()

    return service


@pytest.mark.parametrize(
    ("page", "variable", "model"),
    [
        ("slack", "SLACK_WEBHOOK_URL", SlackMessage),
        ("teams", "TEAMS_WORKFLOW_URL", TeamsMessage),
        ("webhook", "DRIFTLINE_HOOK_URL", WebhookBody),
    ],
)
def test_a_page_of_a_webhook(
    deliver: Deliver, monkeypatch: pytest.MonkeyPatch, page: str, variable: str, model: type[BaseModel]
) -> None:
    (configuration,) = blocks(page, "yaml")
    with Receiver(takes(model)) as receiver:
        monkeypatch.setenv(variable, f"{receiver.url}/{page}")
        monkeypatch.setenv("DRIFTLINE_HOOK_KEY", KEY)
        assert [request.path for request in deliver(configuration, receiver)] == [f"/{page}"]


def test_the_page_of_webhooks_checks_the_signature(deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    (configuration,), (program,) = blocks("webhook", "yaml"), blocks("webhook", "python")
    names: dict[str, Callable[[bytes, dict[str, str], bytes], bool]] = {}
    exec(compile(program, "webhook.md", "exec"), names)
    with Receiver() as receiver:
        monkeypatch.setenv("DRIFTLINE_HOOK_URL", receiver.url)
        monkeypatch.setenv("DRIFTLINE_HOOK_KEY", KEY)
        (request,) = deliver(configuration, receiver)
    headers = {name.title(): value for name, value in request.headers.items()}
    assert names["is_genuine"](KEY.encode(), headers, request.body)
    assert not names["is_genuine"](KEY.encode(), headers, request.body + b" ")
    assert not names["is_genuine"](b"other", headers, request.body)
    old = headers | {"X-Driftline-Timestamp": "1000"}
    assert not names["is_genuine"](KEY.encode(), old, request.body)


def test_the_page_of_pagerduty(deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    (configuration,) = blocks("pagerduty", "yaml")
    monkeypatch.setenv("PAGERDUTY_ROUTING_KEY", KEY)
    with Receiver(takes(PagerDutyEvent)) as receiver:
        # There is no setting for it on the page: the default leads to PagerDuty itself.
        key = "routing_key: env:PAGERDUTY_ROUTING_KEY"
        configuration = configuration.replace(key, f"{key}\n      events_url: {receiver.url}")
        (request,) = deliver(configuration, receiver)
    assert json.loads(request.body)["routing_key"] == KEY


def test_the_page_of_alertmanager(deliver: Deliver) -> None:
    (configuration,) = blocks("alertmanager", "yaml")
    with Receiver() as receiver:
        requests = deliver(configuration.replace("http://localhost:9093", receiver.url), receiver)
    assert {request.path for request in requests} == {"/api/v2/alerts"}


def test_the_page_of_email(deliver: Deliver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (configuration,) = blocks("email", "yaml")
    monkeypatch.setenv("SMTP_PASSWORD", "hunter2")
    authority = Authority(tmp_path)
    pair = authority.issue("mail.example.com")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.certificate, pair.key)
    mailbox = Mailbox()
    accounts = {"driftline": "hunter2"}
    with Receiver() as waiting, serving(mailbox, **mailbox.guarded_by(context, accounts)) as port:
        here = f"host: localhost\n      port: {port}\n      ca_file: {authority.path}"
        deliver(configuration.replace("host: smtp.example.com", here), waiting)
    assert [recipients for recipients, _ in mailbox.mails] == [["ml-team@example.com"]]
    assert mailbox.encrypted == [True]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder at the head of the path, with this Python in it; the working directory is beside it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "python").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    return folder


def test_the_page_of_commands(deliver: Deliver, programs: Path, tmp_path: Path) -> None:
    (configuration,) = blocks("channels", "yaml")
    # The machine may have no system log.
    logger = programs / "logger"
    logger.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\ncat > {tmp_path}/told\n')
    logger.chmod(0o755)
    with Receiver() as waiting:
        deliver(configuration, waiting)
    assert (tmp_path / "arguments").read_text() == "-t driftline -p user.warning -f /dev/stdin\n"
    WebhookBody.model_validate_json((tmp_path / "told").read_text())


def test_the_page_of_retraining_with_a_command(deliver: Deliver, programs: Path, tmp_path: Path) -> None:
    configuration = blocks("retraining", "yaml")[0]
    (tmp_path / "train.py").write_text(
        "import json, os, pathlib, sys\n"
        "told = json.load(sys.stdin)\n"
        "report = pathlib.Path(os.environ['DRIFTLINE_REPORT']).read_text()\n"
        "pathlib.Path('trained').write_text(told['commonLabels']['model'] + report)\n"
    )
    with Receiver() as waiting:
        deliver(configuration, waiting)
    assert (tmp_path / "trained").read_text() == "flight-delay<h1>report</h1>"


def test_the_page_of_retraining_with_a_webhook(deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    configuration = blocks("retraining", "yaml")[1]
    with Receiver() as receiver:
        monkeypatch.setenv("RETRAIN_URL", receiver.url)
        monkeypatch.setenv("RETRAIN_KEY", KEY)
        (request,) = deliver(configuration, receiver)
    assert request.headers["x-driftline-signature"].startswith("v1=")


def test_the_page_of_retraining_with_mlflow(deliver: Deliver) -> None:
    configuration = blocks("retraining", "yaml")[2]
    with Receiver(lambda _: Answer(200, '{"model_version": {"version": "7"}}')) as receiver:
        requests = deliver(configuration.replace("http://localhost:5000", receiver.url), receiver)
    assert [request.path.rpartition("/")[2] for request in requests] == [
        "alias?name=flight-delay&alias=champion",
        "set-tag",
    ]


def kinds() -> list[type[BaseModel]]:
    union = AnyChannel.__origin__  # type: ignore[attr-defined]
    return [ChannelConfig, *union.__args__, CommandSettings, RetrainMlflow, RetrainWebhook]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_setting_is_in_a_table_of_one_page(kind: type[BaseModel]) -> None:
    own = kind.model_fields.keys() - {"type"}
    if kind is not ChannelConfig:
        own -= ChannelConfig.model_fields.keys()
    pages = [path.read_text("utf-8") for path in PAGES.glob("*.md")]
    rows = [set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) for page in pages]
    assert own
    assert any(own <= documented for documented in rows), f"no page has a table of {sorted(own)}"
