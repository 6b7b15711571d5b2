"""Labels that come days late, in any order, twice and corrected, to a collector that is killed between them."""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import Any

import pyarrow as pa
import pytest
from tests.reliability.batches import DAY, HOUR, MINUTE, send
from tests.reliability.conftest import MODEL, Arena

import driftline
from driftline.v1 import ingest_pb2

MakeArena = Callable[..., Arena]
AT_ONCE = "at-once"
PREDICTIONS = 400
#: Batches of labels between which the collector may die.
STEPS = 12


class Truth:
    """Predictions of the last six days, and what was said of them: the label known last holds."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.now = time.time_ns()
        self.times = [self.now - self.chance.randrange(6 * DAY) // HOUR * HOUR for _ in range(PREDICTIONS)]
        self.predicted = [self.chance.randrange(3) for _ in self.times]
        self.scores = [self.chance.random() for _ in self.times]
        said = [(prediction, self.chance.randrange(3)) for prediction in range(PREDICTIONS) for _ in range(2)]
        self.chance.shuffle(said)
        # Known a minute after the other, in the order of this list, and sent in another.
        self.said = [
            (self.now + place * MINUTE, *each) for place, each in enumerate(said[: -PREDICTIONS // 4])
        ]
        self.last = {prediction: label for _, prediction, label in self.said}
        # Once more what was said before: it changes nothing.
        self.sent = [*self.said, *self.chance.sample(self.said, PREDICTIONS // 4)]
        self.chance.shuffle(self.sent)

    def predictions(self, chosen: Sequence[int]) -> "dict[str, pa.Array[Any]]":
        return {
            "prediction_id": pa.array(chosen),
            "timestamp": pa.array([self.times[each] for each in chosen], pa.timestamp("ns", "UTC")),
            "prediction": pa.array([self.predicted[each] for each in chosen]),
            "score": pa.array([self.scores[each] for each in chosen]),
        }

    def labels(self, chosen: Sequence[tuple[int, int, int]]) -> "dict[str, pa.Array[Any]]":
        known, predictions, labels = zip(*chosen, strict=True)
        return {
            "prediction_id": pa.array(predictions),
            "timestamp": pa.array(known, pa.timestamp("ns", "UTC")),
            "label": pa.array(labels),
        }


def request(sequence: int, columns: "dict[str, pa.Array[Any]]", model: str = MODEL) -> bytes:
    batch = pa.record_batch(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    message = ingest_pb2.IngestRequest(
        producer_id=f"labels of {model}",
        sequence=sequence,
        model=model,
        version="1",
        records=sink.getvalue().to_pybytes(),
        acknowledge=True,
    )
    return message.SerializeToString()


def parts(items: Sequence[Any], number: int) -> list[Sequence[Any]]:
    return [items[place::number] for place in range(number)]


def send_between_kills(
    scene: Arena,
    chance: random.Random,
    predictions: "Iterable[dict[str, pa.Array[Any]]]",
    labels: "Iterable[dict[str, pa.Array[Any]]]",
) -> None:
    """Send batches of both in turns, either first, to a collector that is killed after every fourth turn."""
    numbers = count(1)
    for step, turn in enumerate(zip(predictions, labels, strict=True)):
        batches = list(turn)
        chance.shuffle(batches)
        for columns in batches:
            send(scene, request(next(numbers), columns))
        if step % 4 == 2:
            scene.kill()
            scene.start()


def figures(scene: Arena, model: str) -> dict[str, Any]:
    """Counts exactly, sums up to rounding."""
    with driftline.connect(scene.collector.grpc_address) as monitor:
        (quality,) = monitor.performance(model=model)
    classes = quality.classification
    assert classes is not None
    assert classes.log_loss is not None
    assert classes.roc_auc is not None
    return {
        "counts": (quality.predictions, quality.labels),
        "confusion": classes.confusion,
        "accuracy": quality["accuracy"].value,
        "roc_auc": classes.roc_auc.value,
        "log_loss": pytest.approx(classes.log_loss.value, abs=1e-9),
    }


@pytest.mark.parametrize("flush_interval_seconds", [0.05, 600.0])
def test_labels_in_any_order_give_the_figures_of_the_same_rows_at_once(
    arena: MakeArena, flush_interval_seconds: float
) -> None:
    """With flushes between the batches, and with the log alone."""
    scene = arena(flush_interval_seconds=flush_interval_seconds)
    truth = Truth(seed=11)
    order = list(range(PREDICTIONS))
    truth.chance.shuffle(order)
    predictions = map(truth.predictions, parts(order, STEPS))
    send_between_kills(scene, truth.chance, predictions, map(truth.labels, parts(truth.sent, STEPS)))

    known = sorted(truth.last)
    whole = {**truth.predictions(known), "label": pa.array([truth.last[each] for each in known])}
    send(scene, request(1, whole, AT_ONCE))
    rest = [each for each in range(PREDICTIONS) if each not in truth.last]
    send(scene, request(2, truth.predictions(rest), AT_ONCE))
    expected = figures(scene, AT_ONCE)
    assert expected["counts"] == (PREDICTIONS, len(truth.last))
    assert figures(scene, MODEL) == expected

    scene.kill()
    scene.start()
    assert figures(scene, MODEL) == expected
    with driftline.connect(scene.collector.grpc_address) as monitor:
        stats = monitor.stats()
    assert stats.pending_labels == 0
    assert stats.pending_predictions == 2 * len(rest)
