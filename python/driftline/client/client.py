"""The client that serving code calls."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import pyarrow as pa

from driftline.client import process
from driftline.client.columns import warm_up
from driftline.client.ledger import ClientStats
from driftline.client.life import Life
from driftline.client.settings import Settings
from driftline.client.tables import label_batch, table_batches
from driftline.credentials import Credentials, Tls
from driftline.errors import DriftlineError, InvalidBatchError, LimitExceededError, UnavailableError
from driftline.trace_context import traceparent

logger = logging.getLogger("driftline.client")

CLOSE_SECONDS = 5.0


class Client:
    """
    Sends the records of one model to a collector, from a thread of its own.

    Nothing here waits for the network or raises into the caller, unless that is asked for: what cannot be queued
    or is refused is counted in :attr:`stats` and logged once for each reason.

    Parameters
    ----------
    target
        ``host:port`` of the collector.
    model, version
        What makes the predictions; at most 256 bytes each.
    queue_records
        Most records that wait to be sent.
    batch_records
        Records that are sent in one batch, if so many come within ``linger_seconds``.
    linger_seconds
        Longest time that a record waits for others to be sent with.
    on_full
        When the queue is full: ``drop`` the record, or ``block`` until there is space.
    producer_id
        Unique name of this client, at most 128 bytes; by default a random one. Batches are counted once for each
        producer, epoch and sequence number; the epoch is the time of the client's start. A client may take the name
        of one that has ended; two clients at a time must not share one.
    token, token_file
        Bearer token, or the file that it is in, which is read again for every stream; by default
        ``DRIFTLINE_TOKEN`` or ``DRIFTLINE_TOKEN_FILE``.
    tls
        Encryption; by default with the authorities in ``DRIFTLINE_CA_FILE``, or none. See :class:`driftline.Tls`.
    answer_timeout_seconds
        How long the collector may leave everything unanswered, before the stream is ended and begun again.
    spool_dir
        A directory on a local disk. Every batch is written there before it is sent, and deleted when it is
        acknowledged; what a client leaves there is sent by the next one, before anything else, under its old name
        and numbers. Clients of many processes may share it, if they send to one collector. See docs/delivery.md.
    spool_bytes
        Most bytes there for this client, at least 16 MiB. When they are used up, records wait in the queue, and
        ``on_full`` applies.
    spool_fsync
        Whether each batch is made to survive a loss of power before it is sent. Without, it survives the end of the
        process, but not of the machine.
    raise_errors
        Raise LimitExceededError for a full queue, InvalidBatchError for records that are refused, and
        UnavailableError when :meth:`flush` or :meth:`close` leave records undelivered.

    Raises
    ------
    InvalidArgumentError
        For a parameter out of its range, a token that would be sent to another machine in the clear, or a
        ``spool_dir`` that cannot be written to.
    FailedPreconditionError
        If another client of the ``spool_dir`` has the ``producer_id``.

    Notes
    -----
    Close every client: an open one keeps its threads until the process ends, when what it holds is delivered
    within two seconds, or stays in the spool, or is dropped.

    After a fork, the child's copy starts afresh: empty, with a producer id of its own. The parent's records stay
    the parent's. ``os.fork`` takes some milliseconds longer, two seconds at most, since the stream is ended first
    and begun again afterwards: a child of a process that is inside gRPC may hang.
    """

    def __init__(
        self,
        target: str = "127.0.0.1:7571",
        *,
        model: str,
        version: str = "",
        queue_records: int = 100_000,
        batch_records: int = 1_000,
        linger_seconds: float = 0.2,
        on_full: Literal["drop", "block"] = "drop",
        producer_id: str | None = None,
        token: str | None = None,
        token_file: str | PathLike[str] | None = None,
        tls: Tls | bool | None = None,
        answer_timeout_seconds: float = 30.0,
        spool_dir: str | PathLike[str] | None = None,
        spool_bytes: int = 1024 * 1024 * 1024,
        spool_fsync: bool = False,
        raise_errors: bool = False,
    ) -> None:
        self._settings = Settings(
            target=target,
            credentials=Credentials.choose(target, token, token_file, tls),
            model=model,
            version=version,
            queue_records=queue_records,
            batch_records=batch_records,
            linger_seconds=linger_seconds,
            on_full=on_full,
            producer_id=producer_id,
            answer_timeout_seconds=answer_timeout_seconds,
            spool_dir=None if spool_dir is None else Path(spool_dir).absolute(),
            spool_bytes=spool_bytes,
            spool_fsync=spool_fsync,
            raise_errors=raise_errors,
        )
        self._blocks = on_full == "block"
        self._raises = raise_errors
        self._closed = False
        self._refusal = ""
        # A child keeps its parent's threads and never touches them: their channels belong to the parent.
        self._of_parent: list[Life] = []
        warm_up()
        self._begin(is_child=False)
        process.register(self)

    def log(
        self,
        features: Mapping[str, Any],
        *,
        prediction: Any = None,
        score: float | None = None,
        label: Any = None,
        id: Any = None,  # noqa: A002 (the word that callers expect)
        latency: float | None = None,
        timestamp: Any = None,
    ) -> None:
        """
        Queue one prediction.

        Parameters
        ----------
        features
            Value by name: numbers, booleans, texts, dates and times, ``None``. The first value of a feature
            decides what it is; a record with a value of another kind is refused.
        prediction
            What the model decided: a class or a number.
        score
            Probability of the positive class, in [0, 1].
        label
            The truth, where it is known already.
        id
            Names the prediction, so that a label can find it later; sent as text.
        latency
            Seconds that the model took.
        timestamp
            When it happened: a ``datetime`` (naive ones are UTC) or a number since 1970; by default now.
        """
        try:
            copy = dict(features)
        except (TypeError, ValueError) as error:
            self._refuse(1, f"features must be a mapping: {error}")
            return
        if timestamp is None:
            timestamp = time.time_ns()
        record = (copy, prediction, score, label, id, latency, timestamp)
        trace = traceparent()
        if not self._queue.put(record, trace):
            self._overflow(1, lambda: self._queue.put(record, trace))
        self._delivery.start()

    def log_table(self, table: Any) -> None:
        """
        Queue all rows of a table.

        Parameters
        ----------
        table
            Anything with ``__arrow_c_stream__`` (pyarrow, polars, DuckDB ...) or a pandas ``DataFrame``. The role
            of a column is its field metadata ``driftline.role``, else the monitor's, else inferred from its name.
        """
        try:
            for batch in table_batches(table):
                self._put_batch(batch)
        except InvalidBatchError as error:
            self._refuse(_length(table), str(error))

    def log_labels(self, ids: Any, labels: Any, timestamps: Any = None, sources: Any = None) -> None:
        """
        Queue labels for predictions that were logged with an ``id``, now or long ago, here or elsewhere.

        Parameters
        ----------
        ids, labels
            Sequences or arrays of equal length.
        timestamps
            When each label became known; by default when it arrives.
        sources
            Who gave each label, or all of them, for the signals of label poisoning; by default whoever sends them.
        """
        try:
            for batch in table_batches(label_batch(ids, labels, timestamps, sources)):
                self._put_batch(batch)
        except InvalidBatchError as error:
            self._refuse(_length(ids), str(error))

    def flush(self, timeout: float | None = None) -> bool:
        """
        Wait until everything queued so far is acknowledged.

        Parameters
        ----------
        timeout
            Most seconds to wait; ``None``: without end.

        Returns
        -------
        bool
            Whether nothing is pending.
        """
        self._queue.hurry(1)
        try:
            with self._changed:
                done = self._changed.wait_for(
                    lambda: self._ledger.pending == 0 or self._life.has_ended, timeout
                )
                done = done and self._ledger.pending == 0 and not self._refusal
                rejection, self._ledger.last_rejection = self._ledger.last_rejection, None
        finally:
            self._queue.hurry(-1)
        if self._raises and self._refusal:
            raise UnavailableError(self._refusal)
        if self._raises and not done:
            raise UnavailableError(self._undelivered())
        if self._raises and rejection:
            raise InvalidBatchError(rejection)
        return done

    def close(self, timeout: float = CLOSE_SECONDS) -> None:
        """
        Deliver what is pending within ``timeout`` seconds, and stop; twice does nothing.

        The rest stays in the spool, if there is one, for the next client; else it is dropped and counted.
        """
        if self._closed:
            return
        try:
            self.flush(timeout)
        finally:
            self._life.wait_until_spooled()
            self._stop()

    @property
    def stats(self) -> ClientStats:
        """Records so far, by what became of them."""
        with self._changed:
            return self._ledger.stats()

    def pause(self, timeout: float) -> None:
        """See :class:`driftline.client.process.OpenClient`."""
        self._delivery.pause(timeout)

    def resume(self) -> None:
        """See :class:`driftline.client.process.OpenClient`."""
        self._delivery.resume()

    def start_afresh_in_child(self) -> None:
        """See :class:`driftline.client.process.OpenClient`."""
        self._life.leave_spool()
        self._of_parent.append(self._life)
        try:
            self._begin(is_child=True)
        except (DriftlineError, OSError) as error:
            logger.warning("a child of a fork goes on without its spool: %s", error)
            self._settings = replace(self._settings, spool_dir=None)
            self._begin(is_child=True)

    def close_at_exit(self, timeout: float) -> None:
        """See :class:`driftline.client.process.OpenClient`."""
        self._raises = False
        self.close(timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begin(self, *, is_child: bool) -> None:
        self._life = life = Life(self._settings, self._give_up, is_child=is_child)
        self._changed, self._ledger = life.changed, life.ledger
        self._queue, self._delivery = life.queue, life.delivery

    def _put_batch(self, batch: pa.RecordBatch) -> None:
        trace = traceparent()
        if not self._queue.put_batch(batch, trace):
            self._overflow(batch.num_rows, lambda: self._queue.put_batch(batch, trace))
        self._delivery.start()

    def _overflow(self, records: int, put: Callable[[], bool]) -> None:
        """Do with records that found the queue full what the caller asked for."""
        while self._blocks and not (self._closed or self._refusal):
            self._delivery.start()
            self._queue.wait_for_space(records)
            if put():
                return
        why = self._why_not_queued()
        with self._changed:
            self._ledger.drop(records, why, were_pending=False)
        if self._raises:
            kind = UnavailableError if self._refusal else LimitExceededError
            raise kind(f"{records} record(s) dropped: {why}")

    def _undelivered(self) -> str:
        stats = self.stats
        spooled = f" yet, {stats.spooled} of them are in the spool" if stats.spooled else ""
        return f"{stats.pending} record(s) could not be delivered to {self._settings.target}{spooled}"

    def _why_not_queued(self) -> str:
        if self._closed:
            return "the client is closed"
        return self._refusal or f"the queue of {self._settings.queue_records} records is full"

    def _give_up(self, message: str) -> None:
        """Stop, because the collector wants nothing of this client."""
        self._refusal = f"the collector at {self._settings.target} refused this client: {message}"
        logger.error(
            "%s; what it is given from now on, and what it holds that is not in a spool, is dropped",
            self._refusal,
        )
        self._life.end(self._refusal)

    def _refuse(self, records: int, message: str) -> None:
        with self._changed:
            earlier = self._ledger.last_rejection
            self._ledger.reject(records, message.partition(":")[0], message, were_pending=False)
            if self._raises:  # here, so not at the next flush
                self._ledger.last_rejection = earlier
        if self._raises:
            raise InvalidBatchError(message)

    def _stop(self) -> None:
        self._closed = True
        self._life.end("the client was closed")
        process.unregister(self)


def _length(table: Any) -> int:
    try:
        return len(table)
    except TypeError:
        return 1
