"""The Rust core: decoding, sketches, windows, label joins, queries.

Requests and responses are serialised messages of ``driftline.v1`` (see ``proto/``), so that the hot path makes no
Python object a row, a value or a batch. Every call releases the GIL while it works. Errors are those of
``driftline.errors``. Times are nanoseconds since the Unix epoch, UTC.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from os import PathLike
from typing import Protocol, Self, final, type_check_only

import pyarrow as pa

__all__ = [
    "Answer",
    "Engine",
    "Flush",
    "LogStatus",
    "MemoryStatus",
    "Question",
    "ReadLog",
    "Recovery",
    "Session",
    "Wanted",
    "__version__",
    "check_stream",
    "infer_roles",
    "json_lines",
    "merge_rows",
    "profile",
    "sketch_bytes",
]

__version__: str

@type_check_only
class ArrowStream(Protocol):
    """Anything that gives record batches: pyarrow, polars, pandas, DuckDB ..."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

@final
class Engine:
    """State of all models of one process. Safe to call from any number of threads."""

    def __new__(
        cls,
        writer_id: str = "",
        max_message_bytes: int = 16_777_216,
        threads: int = 1,
        hash_key: bytes | None = None,
        memory_bytes: int | None = None,
        record_key: bytes | None = None,
    ) -> Engine:
        """
        ``writer_id`` names this process in the snapshot rows that it writes.

        ``hash_key`` is 16 random bytes, by which values are hashed where a monitor asks for it.

        ``record_key`` is 16 random bytes, by which records get their ids where a monitor keeps some; ``None``: none are kept.

        ``memory_bytes`` limits what the whole core of this process holds, in bytes: a batch that would go over it raises
        UnavailableError before it is decoded; ``None``: there is no limit.

        More than one of ``threads`` share the columns of large batches; they do not survive a fork.
        """

    def set_monitor(self, monitor: bytes) -> None:
        """Takes a serialised ``Monitor``; raises InvalidArgumentError or FailedPreconditionError."""

    def monitor(self, model: str) -> bytes:
        """The serialised ``Monitor`` in force, defaults filled in; raises NotFoundError."""

    def set_baseline(self, model: str, name: str, rows: ArrowStream, make_default: bool = False) -> int:
        """Stores snapshot rows as a named baseline of a model and returns the number of columns."""

    def baselines(self, model: str) -> list[tuple[str, pa.RecordBatch]]:
        """Names and snapshot rows of a model's baselines, the default one first."""

    def session(self, models: AbstractSet[str] | None = None, principal: str = "") -> Session:
        """State of one ingest stream: its schema and dictionaries, and the answers held back.

        Batches of other ``models`` are refused with the reason ``permission``; ``None``: all are taken. ``principal``
        is who sends: the numbers of its producers are its own, whatever ids others give theirs.
        """

    def ingest_batch(
        self, request: bytes, now: int, models: AbstractSet[str] | None = None, principal: str = ""
    ) -> bytes:
        """Takes a serialised ``IngestRequest`` that carries its schema, returns an ``IngestResponse``.

        Raises InvalidBatchError, LimitExceededError, FailedPreconditionError, UnavailableError, InternalError, or
        PermissionDeniedError for a model that is not among ``models``; nothing is counted then but the refusal.
        """

    def query(self, method: str, request: bytes, now: int) -> bytes:
        """Answers a call of ``QueryService`` by its name, ``Quantiles`` say, with the serialised response.

        FailedPreconditionError where windows that it is about have left memory: see ``ask``.
        """

    def ask(self, method: str, request: bytes, now: int) -> Question:
        """Begins to answer a call of ``QueryService``, as ``query`` does, where windows may be on disk only."""

    def evict(self) -> int:
        """Lets the oldest windows leave memory, while it is short and as far as a flush has written them.

        Returns how many, by segment. Questions about them need the disk (see ``ask``).
        """

    def drop_oldest(self) -> int:
        """Drops the oldest windows while memory is short: where nothing is ever written. Returns how many, by segment."""

    def load(self, rows: ArrowStream) -> int:
        """Merges snapshot rows written earlier (not counted as new: they are not flushed again). Returns their number."""

    def begin_flush(self, now: int) -> Flush | None:
        """
        Takes what changed since the last flush, at one moment between two batches; ``None`` if nothing did.

        Exactly one of ``commit_flush`` and ``abort_flush`` must follow; ingest goes on meanwhile.
        """

    def commit_flush(self) -> None:
        """The rows of ``begin_flush`` are safe."""

    def abort_flush(self) -> None:
        """They are not: they go into the next flush, under the same number."""

    def roll_up(
        self,
        hourly_before: int | None = None,
        daily_before: int | None = None,
        drop_before: int | None = None,
    ) -> int:
        """Rolls up and drops old windows in memory, as ``merge_rows`` does on disk.

        Windows that end by ``hourly_before`` become hours, those that end by ``daily_before`` days, and those that end
        by ``drop_before`` go. Windows with records that no flush has written stay as they are. Returns how many
        windows, by segment, became longer or went; raises InvalidArgumentError for an instant within an hour or a day.
        """

    def record_counts(self) -> list[tuple[str, str, int, int]]:
        """Model, version, anomalous records, and those of them that had no place, since the start, where records are kept."""

    def resume_at(self, flush_sequence: int, position: int) -> None:
        """Numbers the next flush; the one before holds everything up to ``position`` in the log."""

    def damaged_models(self) -> list[str]:
        """Names of the models that a defect has left half changed: all that is asked of them raises InternalError."""

    def load_pending(self, rows: ArrowStream) -> int:
        """Takes back predictions and labels that waited for each other. Returns their number."""

    def load_producers(self, rows: ArrowStream) -> int:
        """Takes back what had been counted of each producer. Returns their number."""

    def open_log(
        self,
        path: str | PathLike[str],
        position: int,
        segment_bytes: int = 33_554_432,
        accept_data_loss: bool = False,
        goes_on: bool = True,
    ) -> Recovery:
        """Reads the log in a directory and does what ``open_read_log`` does."""

    def open_read_log(
        self,
        log: ReadLog,
        position: int,
        segment_bytes: int = 33_554_432,
        accept_data_loss: bool = False,
        goes_on: bool = True,
        relieve: Callable[[], None] | None = None,
    ) -> Recovery:
        """
        Counts again what the log holds behind ``position``, and logs there from now on if it ``goes_on``.

        Called once, when everything else is loaded. Where it goes on, acknowledgements say that a batch is on disk. Raises
        DamagedStateError when records are missing that were acknowledged, unless that is accepted; the engine is not to
        be used then. ``relieve`` is called between two records while memory is short; a flush in it holds all before.
        """

    def log_status(self) -> LogStatus | None:
        """How the log stands; ``None`` without one."""

    def memory_status(self) -> MemoryStatus:
        """How much memory the core holds, and what it did to stay within its limit."""

    def pause(self) -> None:
        """Lets no batch in until ``resume``: they wait. May be called again before that."""

    def resume(self) -> None:
        """Undoes one ``pause``."""

@final
class Recovery:
    """What was counted again from the log."""

    @property
    def requests(self) -> int:
        """Requests."""

    @property
    def records(self) -> int:
        """Records in them."""

    @property
    def refused(self) -> int:
        """Requests that could not be counted again, where data loss is accepted."""

    @property
    def position(self) -> int:
        """Number of the last record of the log."""

    @property
    def cut(self) -> str | None:
        """Where a torn tail was cut off, in words."""

    @property
    def lost(self) -> list[str]:
        """What was lost, where that is accepted, in words."""

@final
class LogStatus:
    """How the log stands."""

    @property
    def appended(self) -> int:
        """Number of the last record written."""

    @property
    def durable(self) -> int:
        """Number of the last record known to be on disk."""

    @property
    def bytes(self) -> int:
        """Bytes of segments that hold what no flush has."""

    @property
    def failure(self) -> str | None:
        """Why nothing more is taken; ``None`` while all is well."""

@final
class MemoryStatus:
    """How the core stands with its memory."""

    @property
    def used(self) -> int:
        """Bytes that the core holds, of all engines of this process."""

    @property
    def limit(self) -> int | None:
        """Most bytes that it may hold; ``None``: any number."""

    @property
    def overflow_records(self) -> int:
        """Records of new segments that were counted as ``__other__`` because memory was short."""

    @property
    def pending_released(self) -> int:
        """Predictions and labels that were let go before their time because label joins took more than their share."""

    @property
    def windows_evicted(self) -> int:
        """Windows, by segment, that left memory and are on disk."""

    @property
    def windows_dropped(self) -> int:
        """Windows, by segment, that were dropped because memory was short and nothing is ever written."""

    @property
    def is_short(self) -> bool:
        """Whether windows should leave memory: three quarters of the limit are in use."""

@final
class Flush:
    """What changed since the flush before, given out a few rows at a time."""

    @property
    def sequence(self) -> int:
        """Its number."""

    @property
    def position(self) -> int:
        """Position in the log up to which it holds everything."""

    def rows(self) -> pa.RecordBatchReader:
        """The snapshot rows, each once: a second reader goes on where the first one stopped."""

    @property
    def pending_is_whole(self) -> bool:
        """Whether `pending` gives all that waits, or what has changed of it since the flush before."""

    def pending(self) -> pa.RecordBatchReader:
        """The records that waited for each other, each once."""

    def records(self) -> list[tuple[str, pa.RecordBatch]]:
        """Records that are kept themselves and have come since the flush before: model and records, by model."""

    def producers(self) -> pa.RecordBatch:
        """What had been counted of each producer."""

@final
class Wanted:
    """Rows that a question needs from disk: those of the cells themselves, and of columns."""

    @property
    def model(self) -> str:
        """Model name."""

    @property
    def versions(self) -> list[str]:
        """Version labels."""

    @property
    def first(self) -> int:
        """Least start of a window."""

    @property
    def last(self) -> int:
        """Greatest start of a window."""

    @property
    def columns(self) -> list[str] | None:
        """Names of the columns; ``None``: all."""

@final
class Question:
    """One call of ``QueryService``: memory was read, at one moment; the rest is to be added from disk."""

    def wanted(self) -> list[Wanted]:
        """What is to be read from disk; nothing: the question can be finished."""

    def agrees(self, flush_sequence: int) -> bool:
        """Whether the files of a manifest, just read, with this number of the last flush belong to what was read of memory.

        If not, the question is to be asked anew.
        """

    def add(self, rows: ArrowStream) -> None:
        """Adds snapshot rows, a batch at a time; those that are not needed are passed over."""

    def finish(self) -> bytes:
        """The serialised response; once."""

@final
class ReadLog:
    """
    A log that was read and is not written to yet, so that a start reads it once.

    The directory is made if it is not there.
    """

    def __new__(cls, path: str | PathLike[str]) -> Self: ...
    def unflushed_records(self, position: int, accept_data_loss: bool = False) -> int:
        """
        Number of records behind ``position``.

        Raises DamagedStateError when records are missing that were acknowledged, unless that is accepted.
        """

@final
class Session:
    """One ingest stream. Not to be used by two threads at once."""

    def ingest(self, request: bytes, now: int) -> Answer | None:
        """Takes a serialised ``IngestRequest``; returns an answer when one is due.

        A refused batch does not raise: it is listed in the response. UnavailableError: the batch may be sent again
        later, and the stream should end after what is held (see ``acknowledge``).
        """

    def ingest_arrow(self, header: bytes, batch: pa.RecordBatch, now: int) -> Answer | None:
        """The same for a batch that Arrow has validated in full; ``header`` is an ``IngestRequest`` without records."""

    def acknowledge(self) -> Answer | None:
        """The answer held back, at the end of the stream; ``None`` if there is none."""

@final
class Answer:
    """What is to be said of some batches of a stream, which may go on meanwhile. Safe to use from any thread."""

    @property
    def records(self) -> int:
        """Records that were counted."""

    def wait(self) -> bytes:
        """
        The serialised ``IngestResponse``, once what it answers for is on disk; at once where there is no log.

        UnavailableError: nobody knows whether it is, and the batches are to be sent again.
        """

def profile(
    source: ArrowStream, monitor: bytes | None = None, baseline: ArrowStream | None = None
) -> pa.RecordBatch:
    """Profiles all records of a source as one window and returns snapshot rows.

    Without ``baseline`` the rows carry bins of their own (two passes: exact counts on equi-depth edges), so that they
    can serve as a baseline. With it, values are counted exactly on that baseline's bins. ``monitor`` is a serialised
    ``Monitor`` for roles and segments.
    """

def merge_rows(
    rows: ArrowStream, window_length: int | None = None, drop_before: int | None = None
) -> pa.RecordBatch:
    """Merges snapshot rows of equal keys, a batch at a time, and returns them sorted by window first.

    The key is (model, version, segment, window, column). With ``window_length`` in nanoseconds, windows that are whole
    parts of one of that length become it, others stay. Rows of windows that end by ``drop_before`` are left out. The
    same rows in the same order give the same rows; sketches that do not go together stay apart.
    """

def sketch_bytes(rows: ArrowStream, column: str, sketch: str) -> bytes:
    """Bytes of Apache DataSketches of a column's sketch, from snapshot rows with one row of that column.

    ``sketch`` is ``hll``, ``kll``, ``tdigest`` or ``frequent``; raises InvalidArgumentError for another one and for one
    that the column's kind does not have, NotFoundError where the column or its KLL sketch is missing.
    """

def check_stream(stream: bytes, max_message_bytes: int) -> None:
    """Refuses an Arrow IPC stream of any types before another reader decodes it, by what it declares.

    Raises LimitExceededError if its compressed buffers grow to more than four times ``max_message_bytes``, or it has more
    rows or batches than a request; InvalidBatchError if it is no stream.
    """

def json_lines(rows: ArrowStream) -> bytes:
    """Rows as JSON, an object a line; nulls are left out, and numbers that JSON does not have are null.

    Raises InvalidArgumentError for a type that JSON cannot show: of time zones only offsets are known.
    """

def infer_roles(schema: pa.Schema, monitor: bytes | None = None) -> list[tuple[str, str, str, str]]:
    """Name, type, role and origin of the role (metadata, configuration, inferred) of each column.

    A type that cannot be taken has the role ``unsupported``, and the reason as its origin.
    """
