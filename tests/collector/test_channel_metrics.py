"""What `/metrics` says of channels is what became of notifications."""

from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry
from tests.alerting.notifications import alert, notification
from tests.alerting.receiver import Answer, Receiver

from driftline.alerting.channels.build import Surroundings
from driftline.alerting.database import AlertDatabase
from driftline.alerting.dispatcher import Dispatcher
from driftline.collector.channel_metrics import ChannelMetrics
from driftline.config.alerting.channels import ChannelConfig, RetrainConfig, SlackConfig


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def test_it_says_what_became_of_notifications(receiver: Receiver) -> None:
    slack = SlackConfig.model_validate({"type": "slack", "url": receiver.url})
    retrain = RetrainConfig.model_validate({"type": "retrain", "webhook": {"url": receiver.url}})
    configs: dict[str, ChannelConfig] = {"team": slack, "retrain": retrain}
    with AlertDatabase() as database:
        dispatcher = Dispatcher(configs, Surroundings(database))
        registry = CollectorRegistry(auto_describe=False)
        registry.register(ChannelMetrics(dispatcher))

        def value(name: str, channel: str, **labels: str) -> float | None:
            return registry.get_sample_value(name, {"channel": channel, **labels})

        with database.transaction() as connection:
            for feature in ("temp", "humid"):
                for channel in configs:
                    dispatcher.put(connection, notification(alert(feature), receiver=channel))
            dispatcher.put(connection, notification(receiver="team"))
        assert value("driftline_notifications_pending", "team") == 3
        assert value("driftline_notification_last_success_timestamp_seconds", "team") is None

        refused = iter([Answer(400, "no")])
        receiver.service = lambda request: next(refused, Answer()) if b"blocks" in request.body else Answer()
        dispatcher.start()
        try:
            receiver.wait_until(lambda: not dispatcher.outbox.pending())
        finally:
            dispatcher.stop()
        assert value("driftline_notifications_total", "team", outcome="delivered") == 2
        assert value("driftline_notifications_total", "team", outcome="dead_lettered") == 1
        assert value("driftline_notification_failures_total", "team") == 1
        assert value("driftline_dead_letters", "team") == 1
        assert value("driftline_notifications_pending", "team") == 0
        assert value("driftline_retrainings_total", "retrain", outcome="started") == 1
        assert value("driftline_retrainings_total", "retrain", outcome="suppressed") == 1
        assert value("driftline_notification_last_success_timestamp_seconds", "retrain") is not None
