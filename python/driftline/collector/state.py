"""What a collector starts with: the state of its data directory, made good from the log."""

import time
from collections.abc import Callable, Sequence

from driftline._core import Engine, ReadLog
from driftline.collector.flusher import Flusher
from driftline.collector.memory_keeper import MemoryKeeper
from driftline.collector.record_log import RecordLog
from driftline.config import CollectorConfig
from driftline.logs import get_logger
from driftline.storage import ProfileStore, load_engine
from driftline.v1 import control_pb2

logger = get_logger("driftline.collector")

LOG_DIRECTORY = "wal"


def restore(
    engine: Engine, store: ProfileStore, config: CollectorConfig, records: RecordLog | None = None
) -> Flusher:
    """
    Bring a new engine to where the last process of a data directory was, and keep it there.

    Parameters
    ----------
    engine
        An engine without data; after an error it must be thrown away.
    store
        The directory, which this process has locked.
    config
        Settings; those of models go before the stored ones.
    records
        Takes the records that are kept themselves; ``None``: none are.

    Returns
    -------
    Flusher
        Not started yet.

    Raises
    ------
    DamagedStateError
        If acknowledged records are missing from the log.
    FailedPreconditionError
        If another file is damaged.
    OSError
        If the state cannot be written.
    """
    started = time.perf_counter()
    log, _ = make_whole(store, config, records)
    monitors = [monitor.to_proto() for monitor in config.monitors]
    _resume(engine, store)
    rows = load_engine(store, engine, monitors)
    waiting = _load_rest(engine, store)
    _open_log(engine, log, store, config, goes_on=config.ack == "durable")
    _keep_monitors(engine, store, monitors)
    seconds = round(time.perf_counter() - started, 3)
    logger.info("state loaded", rows=rows, pending=waiting, seconds=seconds)
    return Flusher(engine, store, config.flush_interval_seconds, config.flush_log_bytes, records)


def make_whole(
    store: ProfileStore,
    config: CollectorConfig,
    records: RecordLog | None = None,
    *,
    accept_data_loss: bool = False,
) -> tuple[ReadLog, list[str]]:
    """
    Remove files that a crash has left, and write what it has left in the log as rows, under the settings that it was
    counted under.

    Nothing is removed before manifest and log have been found to go together: with an older manifest the files that it
    does not know are the newest ones.

    Parameters
    ----------
    store
        The directory, which this process has locked.
    config
        Sizes and limits.
    records
        Takes the records that are kept themselves; ``None``: none are.
    accept_data_loss
        Go on without records that are damaged.

    Returns
    -------
    ReadLog
        The log as it was read, to go on with.
    list of str
        What was lost, in words.

    Raises
    ------
    DamagedStateError
        If acknowledged records are missing, unless that is accepted.
    FailedPreconditionError
        If another file is damaged.
    OSError
        If the rows cannot be written; the log is as it was.
    """
    store.check(store.writer_id())
    log = ReadLog(store.path / LOG_DIRECTORY)
    unflushed = log.unflushed_records(_log_position(store), accept_data_loss)
    orphans = store.recover(store.writer_id())
    if records is not None:
        records.sweep(store.next_sequence(store.writer_id()) - 1)
    if orphans:
        logger.warning("removed files that a crash had left and that do not count", files=orphans)
    if not unflushed:
        return log, []
    started = time.perf_counter()
    threads = config.threads or 1
    key = store.hash_key()
    settings = (store.writer_id(), config.max_message_bytes, threads, key, config.memory_bytes)
    engine = Engine(*settings) if records is None else Engine(*settings, record_key=key)
    _resume(engine, store)
    load_engine(store, engine)
    _load_rest(engine, store)
    flusher = Flusher(engine, store, config.flush_interval_seconds, records=records)
    relieve = MemoryKeeper(engine, flusher).relieve
    lost = _open_log(
        engine, log, store, config, goes_on=False, accept_data_loss=accept_data_loss, relieve=relieve
    )
    flusher.flush()
    logger.info("log written as rows", seconds=round(time.perf_counter() - started, 3))
    return log, lost


def _load_rest(engine: Engine, store: ProfileStore) -> int:
    """What is not rows; gives the number of records that wait for each other."""
    writer_id = store.writer_id()
    pending = store.read_pending(writer_id)
    waiting = engine.load_pending(pending) if pending is not None else 0
    producers = store.read_producers(writer_id)
    if producers is not None:
        engine.load_producers(producers)
    return waiting


def _resume(engine: Engine, store: ProfileStore) -> None:
    """Before anything is loaded: what leaves memory at once is on disk up to this flush."""
    engine.resume_at(store.next_sequence(store.writer_id()), _log_position(store))


def _open_log(
    engine: Engine,
    log: ReadLog,
    store: ProfileStore,
    config: CollectorConfig,
    *,
    goes_on: bool,
    accept_data_loss: bool = False,
    relieve: Callable[[], None] | None = None,
) -> list[str]:
    position = _log_position(store)
    recovery = engine.open_read_log(
        log, position, config.log_segment_bytes, accept_data_loss, goes_on, relieve
    )
    if recovery.requests:
        logger.info("log replayed", batches=recovery.requests, records=recovery.records)
    if recovery.cut is not None:
        logger.warning("the log ended in the middle of a record and was cut", at=recovery.cut)
    for lost in recovery.lost:
        logger.error("records of the log are lost", what=lost)
    if recovery.refused:
        logger.error("records of the log could not be counted again", batches=recovery.refused)
    return recovery.lost


def _log_position(store: ProfileStore) -> int:
    manifest = store.read_manifest(store.writer_id())
    return manifest.log_position if manifest is not None else 0


def _keep_monitors(engine: Engine, store: ProfileStore, configured: Sequence[control_pb2.Monitor]) -> None:
    """What the log will hold is counted under these settings, so a restart needs them."""
    stored = {monitor.model: monitor for monitor in store.read_monitors()}
    for model in (monitor.model for monitor in configured):
        monitor = control_pb2.Monitor.FromString(engine.monitor(model))
        if stored.get(model) != monitor:
            store.write_monitor(monitor)
