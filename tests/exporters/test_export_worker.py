"""What is due reaches a destination once, however often it was down, and nothing waits in memory."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from driftline import _core
from driftline.config.exporters import ExporterConfig
from driftline.delivery import DestinationRefusedError, DestinationUnavailableError
from driftline.errors import FailedPreconditionError
from driftline.exporters.export_worker import ExportWorker
from driftline.exporters.window_exporter import (
    ClosedWindow,
    WindowExporter,
    WindowsRefusedError,
    export_each,
)
from driftline.query import EngineTransport, Monitor
from driftline.v1 import ingest_pb2

MINUTE = 60 * 10**9
START = 28_000_000 * MINUTE
SETTINGS = {"grace": "0s", "batch_windows": 3}


class Taking(WindowExporter):
    """A destination that takes windows, or does what it is told to instead."""

    def __init__(self) -> None:
        self.taken: list[ClosedWindow] = []
        self.calls = 0
        self.fault: Exception | None = None
        self.is_closed = False
        self.unasked: str | None = None

    def export(self, windows: Sequence[ClosedWindow]) -> None:
        self.calls += 1
        if any(window.model == self.unasked for window in windows):
            raise FailedPreconditionError("a file is damaged")
        if self.fault is not None:
            raise self.fault
        self.taken += windows

    def close(self) -> None:
        self.is_closed = True

    @property
    def minutes(self) -> list[int]:
        return [(each.start_unix_nanos - START) // MINUTE for each in self.taken]


class Scene:
    """An engine with minutes of records, and workers that come and go."""

    def __init__(self, directory: Path) -> None:
        self.engine = _core.Engine()
        self.directory = directory
        self.destination = Taking()

    def send(self, *minutes: int, model: str = "m") -> None:
        times = pa.array([START + minute * MINUTE for minute in minutes], pa.timestamp("ns", "UTC"))
        table = pa.table({"timestamp": times, "x": pa.array([1.0] * len(minutes))})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        request = ingest_pb2.IngestRequest(model=model, version="1", records=sink.getvalue().to_pybytes())
        self.engine.ingest_batch(request.SerializeToString(), START + 10_000 * MINUTE)

    def worker(self, **settings: object) -> ExportWorker:
        config = ExporterConfig.model_validate(SETTINGS | settings)
        monitor = Monitor(EngineTransport(self.engine))
        return ExportWorker("test", self.destination, config, monitor, self.directory)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def figures(worker: ExportWorker) -> dict[str, float]:
    return {
        "_".join(
            (sample.name.removeprefix("driftline_export_"), *list(sample.labels.values())[1:])
        ): sample.value
        for family in worker.collect()
        for sample in family.samples
    }


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60.0
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_all_windows_go_out_in_order_and_once(scene: Scene) -> None:
    scene.send(*range(8))
    worker = scene.worker()
    worker.export_due()
    worker.export_due()
    assert scene.destination.minutes == list(range(8))
    assert scene.destination.calls == 3, "three at a time"
    assert figures(worker)["windows_total_delivered"] == 8
    assert figures(worker)["backlog_windows"] == 0
    assert figures(worker)["last_success_timestamp_seconds"] == pytest.approx(time.time(), abs=60)
    worker.stop()
    assert scene.destination.is_closed


def test_a_restart_repeats_nothing_and_forgets_nothing(scene: Scene) -> None:
    scene.send(*range(4))
    worker = scene.worker()
    worker.export_due()
    worker.stop()
    scene.send(2, 4)
    worker = scene.worker()
    worker.export_due()
    worker.stop()
    assert scene.destination.minutes == [0, 1, 2, 3, 2, 4]
    assert [each.is_update for each in scene.destination.taken] == [False] * 4 + [True, False]
    assert figures(worker)["windows_total_updated"] == 1


def test_what_waits_goes_out_when_the_destination_is_back(scene: Scene) -> None:
    scene.destination.fault = DestinationUnavailableError("down", retry_after_seconds=0.01)
    scene.send(*range(5))
    worker = scene.worker()
    with pytest.raises(DestinationUnavailableError):
        worker.export_due()
    assert figures(worker)["backlog_windows"] == 5
    assert "last_success_timestamp_seconds" not in figures(worker)
    worker.start()
    wait_for(lambda: figures(worker)["failures_total"] >= 1)
    scene.send(5, 6)
    scene.destination.fault = None
    wait_for(lambda: len(scene.destination.taken) >= 7)
    worker.stop()
    assert scene.destination.minutes == list(range(7))


def test_a_stop_does_not_wait_for_a_dead_destination(scene: Scene) -> None:
    scene.destination.fault = DestinationUnavailableError("down", retry_after_seconds=300.0)
    scene.send(0)
    worker = scene.worker()
    worker.start()
    wait_for(lambda: scene.destination.calls > 0)
    started = time.monotonic()
    worker.stop()
    assert time.monotonic() - started < 30.0


def test_beyond_the_backlog_the_oldest_are_given_up_and_counted(scene: Scene) -> None:
    scene.send(*range(10))
    worker = scene.worker(max_backlog=4)
    worker.export_due()
    worker.stop()
    assert scene.destination.minutes == [6, 7, 8, 9]
    assert figures(worker)["windows_total_dropped"] == 6


def test_what_is_refused_is_counted_and_holds_up_nothing(scene: Scene) -> None:
    scene.destination.fault = DestinationRefusedError("never")
    scene.send(0, 1)
    worker = scene.worker()
    worker.export_due()
    scene.destination.fault = None
    scene.send(2)
    worker.export_due()
    worker.stop()
    assert scene.destination.minutes == [2]
    assert figures(worker)["windows_total_dropped"] == 2
    assert figures(worker)["failures_total"] == 1


def test_a_model_that_cannot_be_asked_holds_up_no_other(scene: Scene) -> None:
    scene.send(0)
    scene.send(1, model="other")
    scene.destination.unasked = "m"
    worker = scene.worker()
    with pytest.raises(DestinationUnavailableError, match="damaged"):
        worker.export_due()
    assert scene.destination.minutes == [1]
    scene.destination.unasked = None
    worker.export_due()
    worker.stop()
    assert scene.destination.minutes == [1, 0]


def test_only_chosen_models(scene: Scene) -> None:
    scene.send(0)
    scene.send(1, model="other")
    worker = scene.worker(models=["other"])
    worker.export_due()
    worker.stop()
    assert scene.destination.minutes == [1]


def test_only_the_windows_that_are_refused_count_as_dropped(scene: Scene) -> None:
    scene.send(*range(3))
    worker = scene.worker()
    windows = windows_that_are_due(scene)
    scene.destination.fault = WindowsRefusedError("one is odd", windows[1:2])
    worker.export_due()
    scene.destination.fault = None
    worker.export_due()
    assert scene.destination.taken == []
    told = figures(worker)
    assert (told["windows_total_delivered"], told["windows_total_dropped"]) == (2, 1)
    assert told["failures_total"] == 1
    worker.stop()


def windows_that_are_due(scene: Scene) -> list[ClosedWindow]:
    looking = Taking()
    monitor = Monitor(EngineTransport(scene.engine))
    worker = ExportWorker("look", looking, ExporterConfig.model_validate(SETTINGS), monitor, None)
    worker.export_due()
    worker.stop()
    return looking.taken


def test_a_window_that_is_refused_keeps_no_other_back(scene: Scene) -> None:
    scene.send(*range(3))
    windows = windows_that_are_due(scene)
    taken = []

    def export(window: ClosedWindow) -> None:
        if window in windows[:2]:
            raise DestinationRefusedError(f"of {windows.index(window)}")
        taken.append(window)

    with pytest.raises(WindowsRefusedError, match=r"^of 0$") as caught:
        export_each(windows, export)
    assert taken == windows[2:]
    assert caught.value.windows == tuple(windows[:2])
