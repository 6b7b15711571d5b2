"""The feedback loop: an alert has its model trained anew."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from driftline.alerting.alert import Alert
from driftline.alerting.channel import Channel, Notification
from driftline.alerting.channels.retrain_triggers import (
    CommandTrigger,
    MlflowTrigger,
    RetrainTrigger,
    WebhookTrigger,
)
from driftline.alerting.database import AlertDatabase
from driftline.alerting.rate_limit import RateLimit
from driftline.config.alerting.channels import RetrainConfig
from driftline.errors import DriftlineError
from driftline.logs import get_logger

logger = get_logger("driftline.alerting")

MakeReport = Callable[[str, str | None, datetime], str]
"""Makes the page of a model, a version or all, and the end of the range of event time."""


class RetrainChannel(Channel):
    """
    Starts the training of the models of alerts that hold, as often as it may.

    Parameters
    ----------
    name
        As the configuration calls it.
    config
        Its settings.
    database
        Remembers what was started.
    make_report
        Makes the report; ``None``: there is none.
    clock
        Seconds since the Unix epoch.
    """

    def __init__(
        self,
        name: str,
        config: RetrainConfig,
        database: AlertDatabase,
        make_report: MakeReport | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.name = name
        self.started = 0
        self.suppressed = 0
        self._config = config
        self._limit = RateLimit(database, name, config.at_most.count, config.at_most.period.total_seconds())
        self._make_report = make_report
        self._clock = clock
        self._trigger = _trigger(name, config)

    def send(self, notification: Notification) -> str:
        """Start the training of each model, unless that was done too often of late."""
        firing = notification.with_status("firing")
        if firing is None:
            return "nothing is started for an alert that has ceased to hold"
        models: dict[str, list[Alert]] = {}
        for alert in firing.alerts:
            models.setdefault(alert.labels.get("model", ""), []).append(alert)
        return "; ".join(self._start(model, alerts) for model, alerts in models.items())

    def check(self) -> None:
        """Find out what the way of training needs."""
        self._trigger.check()

    def close(self) -> None:
        """End what is under way."""
        self._trigger.close()

    def _start(self, model: str, alerts: Sequence[Alert]) -> str:
        one = Notification.of(self.name, alerts)
        verdict = self._limit.take(model, one.id, self._clock())
        if verdict == "done":
            return f"{model} is being trained anew already"
        if verdict == "over":
            self.suppressed += 1
            logger.info("retraining suppressed", channel=self.name, model=model)
            return f"{model} is not trained anew: more than {self._config.at_most}"
        try:
            said = self._trigger.start(one, self._report(model, alerts))
        except BaseException:
            self._limit.give_back(model, one.id)
            raise
        self._limit.done(model, one.id)
        self.started += 1
        logger.info("retraining started", channel=self.name, model=model)
        return said

    def _report(self, model: str, alerts: Sequence[Alert]) -> str | None:
        if not self._config.report or self._make_report is None:
            return None
        versions = {alert.labels.get("version") for alert in alerts}
        # A star stands for all versions.
        version = versions.pop() if len(versions) == 1 and "*" not in versions else None
        try:
            return self._make_report(model, version or None, max(alert.starts_at for alert in alerts))
        except DriftlineError as error:
            # The training is worth more than the page about it.
            logger.warning("no report attached", channel=self.name, reason=str(error))
            return None


def _trigger(name: str, config: RetrainConfig) -> RetrainTrigger:
    if config.webhook is not None:
        return WebhookTrigger(name, config.webhook, config.timeout_seconds)
    if config.command is not None:
        return CommandTrigger(name, config.command)
    assert config.mlflow is not None
    return MlflowTrigger(name, config.mlflow, config.timeout_seconds)
