"""Send flights to a collector in the order of event time, labels later than their predictions."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from driftline.client import Client, ClientStats
from driftline.demo.flights import between, departures
from driftline.errors import UnavailableError

DAY = np.timedelta64(1, "D")
LABEL_DELAY_DAYS = 1
FLUSH_SECONDS = 120.0


@dataclass(frozen=True)
class Sent:
    """What was sent: records are predictions and labels together, values are records times their columns."""

    predictions: int
    labels: int
    values: int
    seconds: float
    stats: ClientStats

    @property
    def records(self) -> int:
        """Predictions and labels."""
        return self.predictions + self.labels


@dataclass(frozen=True)
class Slice:
    """The predictions of one day, and the labels that came in on it."""

    predictions: pa.Table
    labels: pa.Table


def days(served: pa.Table) -> Iterator[Slice]:
    """Cut served flights into days; the labels of a day come with the predictions of the next, stamped with its end."""
    times = departures(served)
    last = times[-1].astype("datetime64[D]")
    day = times[0].astype("datetime64[D]")
    while day <= last + LABEL_DELAY_DAYS * DAY:
        due = day - LABEL_DELAY_DAYS * DAY
        yield Slice(
            predictions=between(served, day, day + DAY).drop_columns(["label"]),
            labels=_labels(between(served, due, due + DAY), known_at=day + DAY),
        )
        day += DAY


def send(client: Client, served: pa.Table, advance: Callable[[int], None]) -> Sent:
    """Send all days as fast as the collector takes them, and wait until everything is acknowledged.

    Raises
    ------
    UnavailableError
        If the collector has not acknowledged everything two minutes after the last record was handed over.
    """
    predictions = labels = values = 0
    before = time.perf_counter()
    for day in days(served):
        if day.predictions.num_rows:
            client.log_table(day.predictions)
        if day.labels.num_rows:
            client.log_labels(
                *(day.labels[name].combine_chunks() for name in ("prediction_id", "label", "timestamp"))
            )
        predictions += day.predictions.num_rows
        labels += day.labels.num_rows
        values += sum(table.num_rows * table.num_columns for table in (day.predictions, day.labels))
        advance(day.predictions.num_rows)
    if not client.flush(FLUSH_SECONDS):
        raise UnavailableError(
            f"the collector did not acknowledge everything in {FLUSH_SECONDS:g} s: {client.stats}"
        )
    return Sent(predictions, labels, values, time.perf_counter() - before, client.stats)


def _labels(flights: pa.Table, known_at: np.datetime64) -> pa.Table:
    """The labels that exist: cancelled and diverted flights never get one."""
    known = flights.filter(pc.is_valid(flights["label"])).select(["prediction_id", "label"])
    moment = pa.scalar(int(known_at.astype("datetime64[ns]").astype(np.int64)), pa.timestamp("ns", tz="UTC"))
    return known.append_column("timestamp", pa.repeat(moment, known.num_rows))
