"""A model in an engine of its own, whose windows are a minute, and rules that look at it."""

import weakref
from typing import Any

import numpy as np
import pyarrow as pa

from driftline import _core
from driftline.alerting.alert import Alert
from driftline.alerting.alerting import Alerting
from driftline.alerting.database import AlertDatabase
from driftline.alerting.outbox import Outbox
from driftline.config import MonitorConfig
from driftline.config.alerting import AlertingConfig
from driftline.query import EngineTransport, Monitor
from driftline.v1 import ingest_pb2

MINUTE = 60 * 10**9
# 2026-01-05, a Monday.
START = 1_767_571_200 * 10**9
MODEL = "fraud"


class Scene:
    """Sends records minute by minute and lets time pass."""

    def __init__(self, database: AlertDatabase | None = None, **monitor: Any) -> None:
        self.engine = _core.Engine("test")
        self.monitor = Monitor(EngineTransport(self.engine))
        self.database = database or AlertDatabase()
        weakref.finalize(self, self.database.close)
        self.now = START
        self._random = np.random.default_rng(5)
        self._count = 0
        settings = {"model": MODEL, "window": "1m", "max_future": "1000d"} | monitor
        self.engine.set_monitor(MonitorConfig.model_validate(settings).to_proto().SerializeToString())

    def send(
        self,
        minute: int,
        mean: float = 0.0,
        records: int = 200,
        version: str = "1",
        accuracy: float | None = None,
        **columns: Any,
    ) -> None:
        """Records of one minute; their labels come with them where an accuracy is given."""
        times = START + minute * MINUTE + np.sort(self._random.integers(0, MINUTE, records))
        predicted = self._random.random(records) < 0.5
        values: dict[str, Any] = {
            "timestamp": pa.array(times.astype("datetime64[ns]"), pa.timestamp("ns", "UTC")),
            "amount": self._random.normal(mean, 1.0, records),
            "age": self._random.normal(40.0, 5.0, records),
            "city": self._random.choice(["Oslo", "Rome"], records),
            "prediction_id": [f"{self._count}-{row}" for row in range(records)],
            "prediction": predicted,
        }
        if accuracy is not None:
            right = self._random.random(records) < accuracy
            values["label"] = np.where(right, predicted, ~predicted)
        self._count += 1
        self._last = (values["prediction_id"], predicted, values["timestamp"])
        self._ingest(pa.table(values | columns), version)

    def send_labels(self, accuracy: float) -> None:
        """Labels of the records that were sent last, by their identifiers."""
        ids, predicted, times = self._last
        right = self._random.random(len(ids)) < accuracy
        labels = np.where(right, predicted, ~predicted)
        self._ingest(pa.table({"prediction_id": ids, "label": pa.array(labels), "timestamp": times}), "1")

    def set_baseline(self, **selection: Any) -> None:
        """What has been sent is the baseline."""
        rows = self.monitor.profile(MODEL, **selection).to_arrow()
        self.engine.set_baseline(MODEL, "training", rows, True)

    def alerting(self, *rules: dict[str, Any], outbox: Outbox | None = None, **settings: Any) -> Alerting:
        """Alerting by these rules, on the clock of the scene."""
        config = AlertingConfig.model_validate({"rules": rules, "grace": "0s"} | settings)
        made = Alerting(config, self.monitor, self.database, outbox, clock=lambda: self.now)
        made.begin()
        return made

    def look(self, alerting: Alerting, minute: float) -> list[Alert]:
        """What fires at the end of a minute: two looks, since windows are to be at rest."""
        self.now = START + int((minute + 1) * MINUTE)
        alerting.look()
        alerting.look()
        return sorted(alerting.firing(), key=lambda each: sorted(each.labels.items()))

    def _ingest(self, table: pa.Table, version: str) -> None:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        request = ingest_pb2.IngestRequest(model=MODEL, version=version, records=sink.getvalue().to_pybytes())
        self.engine.ingest_batch(request.SerializeToString(), max(self.now, START + 10**6 * MINUTE))


def rule(name: str = "Rule", when: Any = None, **settings: Any) -> dict[str, Any]:
    """A rule about the mean of ``amount``, unless it says otherwise."""
    about = {"metric": "summary.mean", "feature": "amount", "above": 5}
    return {"name": name, "when": when or about} | settings
