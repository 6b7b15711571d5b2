"""Answers that need the disk: of windows that have left memory."""

import pyarrow as pa
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    stop_all,
    wait_fixed,
)

from driftline._core import Engine, Question
from driftline.errors import FailedPreconditionError, InvalidBatchError
from driftline.storage.store import ProfileStore
from driftline.storage.tables import FileVanishedError, scan_windows

# A flush or a compaction commits within milliseconds.
_WAIT_SECONDS = 0.005
_PATIENCE_SECONDS = 5.0
# One that has taken that long may be told once that files have moved, and that is no reason to give up.
_LEAST_ATTEMPTS = 5


class _MovedError(FailedPreconditionError):
    """A flush or a roll-up has moved rows between memory and disk while a question was asked."""


class Answers:
    """
    Answers of an engine whose old windows may be in files only.

    A question reads memory at one moment. The rows that it needs from disk are those of the files of that same moment:
    where a flush, a roll-up or a compaction came in between, it is asked anew.

    Parameters
    ----------
    engine
        Is asked.
    store
        Where it is flushed to; ``None``: nowhere.
    """

    def __init__(self, engine: Engine, store: ProfileStore | None = None) -> None:
        self._engine = engine
        self._store = store
        self._writer_id = "" if store is None else store.writer_id()

    def query(self, method: str, request: bytes, now: int) -> bytes:
        """
        Answer a call of ``QueryService``; see :meth:`driftline._core.Engine.query`.

        Raises
        ------
        FailedPreconditionError
            If a file is damaged, or rows are moved all the time.
        """
        if self._store is None:
            return self._engine.query(method, request, now)
        for attempt in Retrying(
            retry=retry_if_exception_type((_MovedError, FileVanishedError)),
            wait=wait_fixed(_WAIT_SECONDS),
            stop=stop_all(stop_after_delay(_PATIENCE_SECONDS), stop_after_attempt(_LEAST_ATTEMPTS)),
            reraise=True,
        ):
            with attempt:
                question = self._engine.ask(method, request, now)
                _read_disk(question, self._store, self._writer_id)
                return question.finish()
        raise AssertionError("the last attempt raises")


def _read_disk(question: Question, store: ProfileStore, writer_id: str) -> None:
    every_wanted = question.wanted()
    if not every_wanted:
        return
    manifest = store.read_manifest(writer_id)
    if manifest is None or not question.agrees(manifest.flush_sequence):
        raise _MovedError("rows were moved from memory to disk all the time while a question was asked")
    for wanted in every_wanted:
        paths = store.files_between(manifest, wanted.first, wanted.last)
        if not paths:
            continue
        try:
            question.add(scan_windows(paths, wanted.first, wanted.last))
        except (InvalidBatchError, pa.ArrowException, OSError) as error:
            gone = [path for path in paths if not path.exists()]
            if gone:
                raise FileVanishedError(f"{gone[0]} was replaced while a question was asked") from error
            raise FailedPreconditionError(f"{store.path} cannot be read: {error}") from error
