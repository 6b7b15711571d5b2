"""CPU, memory, network and disk of the machine, and of some of its processes, by psutil."""

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

from driftline.errors import InvalidArgumentError, MissingExtraError
from driftline.resources.readings import Counter, Reading

_PERCENT = 100


def import_psutil() -> Any:
    """
    The module.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        import psutil
    except ImportError:
        raise MissingExtraError(
            "sampling resources needs psutil: pip install 'driftline[resources]'"
        ) from None
    return psutil


class HostReader:
    """
    Reads the machine.

    Parameters
    ----------
    disk_path
        A path on the disk whose filling is told.
    clock
        Seconds, for rates.
    """

    def __init__(self, disk_path: str = os.sep, clock: Callable[[], float] = time.monotonic) -> None:
        self._psutil = import_psutil()
        self._disk_path = disk_path
        self._clock = clock
        names = ("network_received", "network_sent", "disk_read", "disk_written")
        self._counters = {name: Counter() for name in names}
        # Shares of time and rates are those since the reading before; this is the first.
        self.read()

    def read(self) -> list[Reading]:
        """One reading, of the device ``host``."""
        psutil = self._psutil
        memory = psutil.virtual_memory()
        figures: dict[str, float | None] = {
            "cpu_utilization": psutil.cpu_percent(interval=None) / _PERCENT,
            "cpu_load_1m": psutil.getloadavg()[0],
            "memory_used_bytes": memory.used,
            "memory_available_bytes": memory.available,
            "swap_used_bytes": psutil.swap_memory().used,
            "disk_used_ratio": psutil.disk_usage(self._disk_path).percent / _PERCENT,
        }
        network, disk = psutil.net_io_counters(), psutil.disk_io_counters()
        counts = {
            "network_received": getattr(network, "bytes_recv", None),
            "network_sent": getattr(network, "bytes_sent", None),
            "disk_read": getattr(disk, "read_bytes", None),
            "disk_written": getattr(disk, "write_bytes", None),
        }
        now = self._clock()
        for name, count in counts.items():
            rate = None if count is None else self._counters[name].rate(count, now)
            figures[f"{name}_bytes_per_second"] = rate
        return [Reading("host", figures)]

    def close(self) -> None:
        """Nothing is open."""


class ProcessReader:
    """
    Reads processes; one that has ended is left out from then on.

    Parameters
    ----------
    processes
        Their ids.

    Raises
    ------
    InvalidArgumentError
        If there is no such process, or it is somebody else's.
    """

    def __init__(self, processes: Sequence[int]) -> None:
        self._psutil = import_psutil()
        self._processes = [self._open(process) for process in processes]
        self.read()

    def _open(self, process: int) -> Any:
        try:
            opened = self._psutil.Process(process)
            opened.memory_info()
        except self._psutil.Error as error:
            raise InvalidArgumentError(f"process {process} cannot be read: {error}") from error
        return opened

    def read(self) -> list[Reading]:
        """One reading a process, of the device ``process:`` with its name."""
        readings = []
        for process in list(self._processes):
            try:
                readings.append(self._read(process))
            except self._psutil.Error:
                self._processes.remove(process)
        return readings

    def _read(self, process: Any) -> Reading:
        with process.oneshot():
            figures: dict[str, float | None] = {
                # A process that keeps two cores busy has 2.
                "process_cpu_cores": process.cpu_percent(interval=None) / _PERCENT,
                "process_resident_bytes": process.memory_info().rss,
                "process_threads": process.num_threads(),
            }
            return Reading(f"process:{process.name()}", figures)

    def close(self) -> None:
        """Nothing is open."""
