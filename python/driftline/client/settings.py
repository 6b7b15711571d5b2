"""The parameters of a client, checked."""

from dataclasses import dataclass
from pathlib import Path

from driftline.credentials import Credentials
from driftline.errors import InvalidArgumentError

MAX_NAME_BYTES = 256
MAX_PRODUCER_BYTES = 128

LEAST_SPOOL_BYTES = 16 * 1024 * 1024
"""Some batches of the largest size."""


@dataclass(frozen=True, slots=True)
class Settings:
    """
    As :class:`driftline.client.Client` describes them.

    Raises
    ------
    InvalidArgumentError
        For a parameter out of its range.
    """

    target: str
    credentials: Credentials
    model: str
    version: str
    queue_records: int
    batch_records: int
    linger_seconds: float
    on_full: str
    producer_id: str | None
    answer_timeout_seconds: float
    spool_dir: Path | None
    spool_bytes: int
    spool_fsync: bool
    raise_errors: bool

    def __post_init__(self) -> None:
        _check_name("model", self.model, 1, MAX_NAME_BYTES)
        _check_name("version", self.version, 0, MAX_NAME_BYTES)
        if self.producer_id is not None:
            _check_name("producer_id", self.producer_id, 1, MAX_PRODUCER_BYTES)
        _check_at_least("queue_records", self.queue_records, 1)
        _check_at_least("batch_records", self.batch_records, 1)
        _check_at_least("linger_seconds", self.linger_seconds, 0)
        _check_at_least("answer_timeout_seconds", self.answer_timeout_seconds, 0.1)
        _check_at_least("spool_bytes", self.spool_bytes, LEAST_SPOOL_BYTES)
        if self.on_full not in ("drop", "block"):
            raise InvalidArgumentError(f"on_full must be 'drop' or 'block', got {self.on_full!r}")


def _check_name(what: str, name: str, least: int, most: int) -> None:
    size = len(name.encode())
    if not least <= size <= most:
        raise InvalidArgumentError(f"{what} must be {least} to {most} bytes, got {size}")


def _check_at_least(what: str, value: float, least: float) -> None:
    if not value >= least:
        raise InvalidArgumentError(f"{what} must be at least {least}, got {value}")
