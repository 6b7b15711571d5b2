"""The ways in which a model is trained anew: each is told the evidence."""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from driftline.alerting.channel import Notification
from driftline.alerting.channels.json_sender import JsonSender, bearer, to_bytes, url_of
from driftline.alerting.channels.signature import DELIVERY_HEADER
from driftline.alerting.channels.webhook import signed
from driftline.alerting.channels.webhook_body import webhook_body
from driftline.alerting.channels.wording import moment, shorten, summary
from driftline.alerting.evidence_folder import evidence_folder
from driftline.alerting.process import LimitedProcess
from driftline.config.alerting.channels import CommandSettings, RetrainMlflow, RetrainWebhook
from driftline.delivery import DestinationRefusedError

MOST_TAG_VALUE = 5_000
"""What every release of MLflow takes as a tag."""

_API = "/api/2.0/mlflow"


class RetrainTrigger(ABC):
    """Starts the training of one model."""

    @abstractmethod
    def start(self, notification: Notification, report: str | None) -> str:
        """Start it; what was said, in a line. Errors are those of a channel."""

    def check(self) -> None:  # noqa: B027 - a command has no secret
        """Find out all secrets; ConfigurationError if one cannot be found."""

    @abstractmethod
    def close(self) -> None:
        """End what is under way."""


class WebhookTrigger(RetrainTrigger):
    """Posts the notification, in the shape of a webhook's body, and the report with it."""

    def __init__(
        self,
        name: str,
        config: RetrainWebhook,
        timeout_seconds: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._name = name
        self._sender = JsonSender(name, timeout_seconds)
        self._config = config
        self._clock = clock

    def start(self, notification: Notification, report: str | None) -> str:
        """Post it."""
        config = self._config
        body = to_bytes(_body(notification) | ({} if report is None else {"report": report}))
        headers = {DELIVERY_HEADER: notification.id, **bearer(self._name, config)}
        headers |= signed(self._name, config.signing_key, config.signing_key_file, body, self._clock())
        return self._sender.post(url_of(self._name, config), body, headers=headers)

    def check(self) -> None:
        """Find out the address, the token and the key."""
        config = self._config
        url_of(self._name, config)
        bearer(self._name, config)
        signed(self._name, config.signing_key, config.signing_key_file, b"", self._clock())

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()


class CommandTrigger(RetrainTrigger):
    """Runs a command, which reads the notification from its standard input or a file, and finds the report in one."""

    def __init__(self, name: str, settings: CommandSettings) -> None:
        self._process = LimitedProcess(name, settings)

    def start(self, notification: Notification, report: str | None) -> str:
        """Run it."""
        with evidence_folder(_body(notification), report) as (file, variables):
            return self._process.run(file, variables)

    def close(self) -> None:
        """End it if it runs."""
        self._process.close()


class MlflowTrigger(RetrainTrigger):
    """Sets a tag of a registered model's version."""

    def __init__(self, name: str, config: RetrainMlflow, timeout_seconds: float) -> None:
        self._name = name
        self._sender = JsonSender(name, timeout_seconds)
        self._config = config

    def start(self, notification: Notification, report: str | None) -> str:  # noqa: ARG002 - it has no room
        """Set the tag of the version that the first alert is about, or that has the alias."""
        config = self._config
        url, headers = url_of(self._name, config), bearer(self._name, config)
        model = config.registered_model or notification.alerts[0].labels.get("model", "")
        version = self._version(url, headers, model, notification)
        tag = {"name": model, "version": version, "key": config.tag, "value": tag_value(notification)}
        self._sender.post(url, tag, f"{_API}/model-versions/set-tag", headers)
        return f"version {version} of {model} has the tag {config.tag}"

    def _version(self, url: str, headers: dict[str, str], model: str, notification: Notification) -> str:
        if alias := self._config.alias:
            question = urlencode({"name": model, "alias": alias})
            answer = self._sender.get(url, f"{_API}/registered-models/alias?{question}", headers)
            return str(answer["model_version"]["version"])
        label = notification.alerts[0].labels.get("version", "")
        version = label.removeprefix("v")
        if not version.isascii() or not version.isdecimal():
            raise DestinationRefusedError(
                f"{self._name}: version {label!r} is no version of MLflow, which are numbers: give an alias"
            )
        return version

    def check(self) -> None:
        """Find out the address and the token."""
        url_of(self._name, self._config)
        bearer(self._name, self._config)

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()


def tag_value(notification: Notification) -> str:
    """Why the model is to be trained anew, as JSON within the length of a tag."""
    alert = notification.alerts[0]
    value: dict[str, Any] = {
        "alertname": alert.rule,
        "since": moment(alert.starts_at),
        "fingerprint": alert.fingerprint,
        "summary": shorten(summary(alert), 500),
        "evidence": json.loads(alert.to_json())["evidence"],
    }
    text = json.dumps(value)
    if len(text) > MOST_TAG_VALUE:
        text = json.dumps(value | {"evidence": "left out, too long for a tag"})
    return text


def _body(notification: Notification) -> dict[str, Any]:
    return webhook_body(notification, len(notification.alerts))
