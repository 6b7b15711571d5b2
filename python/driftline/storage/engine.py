"""From the files of a data directory to an engine that answers."""

from collections.abc import Iterable
from pathlib import Path

from driftline._core import Engine
from driftline.errors import NotFoundError
from driftline.storage.store import ProfileStore
from driftline.v1 import control_pb2


def open_engine(path: str | Path) -> Engine:
    """
    Load a data directory to be asked, not written; a collector may be using it meanwhile.

    What still waits for its label is left out: no answer depends on it.

    Raises
    ------
    NotFoundError
        If there is no such directory.
    FailedPreconditionError
        If a file in it is damaged.
    """
    store = ProfileStore(path)
    if not store.path.is_dir():
        raise NotFoundError(f"there is no data directory {store.path}")
    engine = Engine()
    load_engine(store, engine)
    return engine


def load_engine(store: ProfileStore, engine: Engine, monitors: Iterable[control_pb2.Monitor] = ()) -> int:
    """
    Load monitors, baselines and snapshot rows into a new engine.

    Parameters
    ----------
    store
        Where they are.
    engine
        An engine without data.
    monitors
        Configurations that go before the stored ones of the same models. One that names no baseline keeps the
        stored one's.

    Returns
    -------
    int
        Number of snapshot rows.
    """
    for monitor in _combined(store.read_monitors(), monitors):
        engine.set_monitor(monitor.SerializeToString())
    for baseline in store.read_baselines():
        engine.set_baseline(baseline.model, baseline.name, baseline.rows)
    rows = store.read_rows()
    return 0 if rows is None else engine.load(rows)


def _combined(
    stored: Iterable[control_pb2.Monitor], configured: Iterable[control_pb2.Monitor]
) -> Iterable[control_pb2.Monitor]:
    by_model = {monitor.model: monitor for monitor in stored}
    for monitor in configured:
        earlier = by_model.get(monitor.model)
        if earlier is not None and not monitor.baseline:
            monitor.baseline = earlier.baseline
        by_model[monitor.model] = monitor
    return by_model.values()
