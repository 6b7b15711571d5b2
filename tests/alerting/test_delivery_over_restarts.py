"""Whatever the destination answers, and however often the dispatcher is stopped: all arrives, in order, and once."""

import json
import random
import time
from collections import defaultdict
from pathlib import Path

import pytest
from tests.alerting.notifications import alert
from tests.alerting.receiver import Answer, Receiver, Request

from driftline.alerting.channel import Notification
from driftline.alerting.channels.build import Surroundings
from driftline.alerting.database import AlertDatabase
from driftline.alerting.dispatcher import Dispatcher
from driftline.config.alerting.channels import ChannelConfig, WebhookConfig

MODELS = ("a", "b", "c")
EACH = 4


def of_model(model: str, number: int) -> Notification:
    labels = {**alert().labels, "model": model, "feature": str(number)}
    return Notification.of("hook", [alert(labels=labels)])


def test_all_arrives_in_order_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What is cut off before it was answered comes again, rightly; a machine that is busy is no reason to.
    monkeypatch.setattr("driftline.alerting.dispatcher.STOP_SECONDS", 60.0)
    chance = random.Random(7)
    taken: dict[str, list[int]] = defaultdict(list)

    def moody(request: Request) -> Answer:
        if chance.random() < 0.4:
            return Answer(chance.choice([429, 500, 503]), "not now", {"Retry-After": "0"})
        labels = json.loads(request.body)["alerts"][0]["labels"]
        taken[labels["model"]].append(int(labels["feature"]))
        return Answer()

    notifications = [of_model(model, number) for number in range(EACH) for model in MODELS]
    with Receiver(moody) as receiver:
        settings = {"type": "webhook", "url": receiver.url, "longest_pause": "20ms", "timeout": "60s"}
        configs: dict[str, ChannelConfig] = {"hook": WebhookConfig.model_validate(settings)}
        while notifications or sum(map(len, taken.values())) < EACH * len(MODELS):
            with AlertDatabase(tmp_path) as database:
                dispatcher = Dispatcher(configs, Surroundings(database))
                dispatcher.start()
                for told in notifications[:5]:
                    with database.transaction() as connection:
                        dispatcher.put(connection, told)
                    dispatcher.wake()
                del notifications[:5]
                time.sleep(chance.uniform(0.1, 0.6))
                dispatcher.stop()
        with AlertDatabase(tmp_path) as database:
            outbox = Dispatcher(configs, Surroundings(database)).outbox
            assert outbox.pending() == {}
            assert outbox.dead_letters() == []
            assert outbox.totals() == {("hook", "delivered"): EACH * len(MODELS)}
    assert taken == {model: list(range(EACH)) for model in MODELS}
