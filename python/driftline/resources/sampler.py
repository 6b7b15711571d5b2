"""Reads resources now and then, and sends what it reads as records."""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

import pyarrow as pa

from driftline.errors import InvalidArgumentError, MissingExtraError, UnavailableError
from driftline.resources.gpus import GpuReader
from driftline.resources.host import HostReader, ProcessReader
from driftline.resources.readings import Reader, Reading

logger = logging.getLogger("driftline.resources")

_ROLE = b"driftline.role"
_TIME = pa.timestamp("ns", "UTC")


class Sender(Protocol):
    """Takes tables: a `driftline.Client`."""

    def log_table(self, table: Any) -> None:
        """Queue all rows of a table."""
        ...


class Sampler:
    """
    Reads CPU, memory, network, disk and GPUs, and sends a record for each device and moment.

    Records have the columns ``timestamp``, ``host`` and ``device`` and the figures of their kind of device as features:
    see docs/configuration.md. Declare ``device`` as a segment of the model's monitor to have each on its own.

    Parameters
    ----------
    client
        Where records go. Its model is best named after the machine: ``host/NAME``.
    host
        Name of the machine, as in the records.
    interval_seconds
        Time between two readings, at least 0.1.
    processes
        Ids of the processes that are read besides the machine; ``None``: this one.
    gpus
        Whether GPUs are read; ``None``: if there are any.
    disk_path
        A path on the disk whose filling is told.
    clock
        Nanoseconds since 1970.

    Raises
    ------
    MissingExtraError
        If psutil is not installed, or GPUs are asked for and nvidia-ml-py is not; the message names the extra.
    UnavailableError
        If GPUs are asked for and there is no driver.
    InvalidArgumentError
        For a process that cannot be read, or an interval that is too short.

    Examples
    --------
    >>> with driftline.Client(model="host/a") as client, Sampler(client, host="a"):    # doctest: +SKIP
    ...     serve()
    """

    def __init__(
        self,
        client: Sender,
        *,
        host: str,
        interval_seconds: float = 10.0,
        processes: Sequence[int] | None = None,
        gpus: bool | None = None,
        disk_path: str = os.sep,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        if not interval_seconds >= 0.1:
            raise InvalidArgumentError(f"interval_seconds must be at least 0.1, got {interval_seconds}")
        self._client = client
        self._host = host
        self._interval = interval_seconds
        self._clock = clock
        watched = [os.getpid()] if processes is None else processes
        self._readers: list[Reader] = [HostReader(disk_path), ProcessReader(watched)]
        self._readers += _gpus(gpus)
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def sample(self) -> list[Reading]:
        """
        Read all devices once, send what was read, and return it.

        Shares of time and rates are those since the reading before.
        """
        readings = [reading for reader in self._readers for reading in reader.read()]
        for table in tables(readings, self._host, self._clock()):
            self._client.log_table(table)
        return readings

    def run(self, count: int | None = None) -> None:
        """Sample ``count`` times, or until :meth:`close`, an interval before each."""
        # Time that a reading takes does not add up.
        due = time.monotonic()
        while count is None or count > 0:
            due = max(due + self._interval, time.monotonic())
            if self._stopped.wait(due - time.monotonic()):
                return
            try:
                self.sample()
            except OSError as error:
                logger.warning("resources could not be read: %s", error)
            count = None if count is None else count - 1

    def start(self) -> None:
        """Sample in a thread until :meth:`close`; twice does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self.run, name="driftline-resources", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop; twice does nothing. The client stays open."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        for reader in self._readers:
            reader.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _gpus(wanted: bool | None) -> list[Reader]:
    if wanted is False:
        return []
    try:
        return [GpuReader()]
    except (MissingExtraError, UnavailableError):
        if wanted:
            raise
        return []


def tables(readings: Iterable[Reading], host: str, now: int) -> list[pa.Table]:
    """
    Readings as tables of records, one for each set of figures.

    Parameters
    ----------
    readings
        Of any devices.
    host
        Name of the machine.
    now
        Nanoseconds since 1970.
    """
    alike: dict[tuple[str, ...], list[Reading]] = {}
    for reading in readings:
        alike.setdefault(tuple(reading.figures), []).append(reading)
    return [_table(figures, group, host, now) for figures, group in alike.items()]


def _table(figures: Sequence[str], readings: Sequence[Reading], host: str, now: int) -> pa.Table:
    fields = [
        _field("timestamp", _TIME, b"timestamp"),
        _field("host", pa.string(), b"segment"),
        _field("device", pa.string(), b"segment"),
        *(_field(name, pa.float64(), b"feature") for name in figures),
    ]
    rows = [
        {"timestamp": now, "host": host, "device": reading.device, **reading.figures} for reading in readings
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema(fields))


def _field(name: str, kind: pa.DataType, role: bytes) -> "pa.Field[Any]":
    return pa.field(name, kind, metadata={_ROLE: role})
