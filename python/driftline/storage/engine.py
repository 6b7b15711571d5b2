"""From the files of a data directory to an engine that answers."""

from collections.abc import Iterable
from pathlib import Path

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from driftline._core import Engine
from driftline.errors import NotFoundError
from driftline.storage.store import ProfileStore
from driftline.storage.tables import FileVanishedError
from driftline.v1 import control_pb2

# A reading takes seconds and a collector replaces files at most every some minutes.
_ATTEMPTS = 5


def open_engine(path: str | Path) -> Engine:
    """
    Load a data directory to be asked, not written; a collector may be using it meanwhile.

    What still waits for its label is left out: no answer depends on it. If the collector replaces files while they
    are read, the reading starts again, so that no record is missed or counted twice.

    Raises
    ------
    NotFoundError
        If there is no such directory.
    FailedPreconditionError
        If a file in it is damaged, or files were replaced each of several times.
    """
    store = ProfileStore(path)
    if not store.path.is_dir():
        raise NotFoundError(f"there is no data directory {store.path}")
    for attempt in Retrying(
        retry=retry_if_exception_type(FileVanishedError), stop=stop_after_attempt(_ATTEMPTS), reraise=True
    ):
        with attempt:
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
        An engine without data; after an error it may have some, and must be thrown away.
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
    return sum(engine.load(rows) for rows in store.read_rows())


def _combined(
    stored: Iterable[control_pb2.Monitor], configured: Iterable[control_pb2.Monitor]
) -> Iterable[control_pb2.Monitor]:
    by_model = {monitor.model: monitor for monitor in stored}
    for monitor in configured:
        earlier = by_model.get(monitor.model)
        if earlier is not None:
            monitor.baseline = monitor.baseline or earlier.baseline
            monitor.hash_key_id = earlier.hash_key_id
        by_model[monitor.model] = monitor
    return by_model.values()
