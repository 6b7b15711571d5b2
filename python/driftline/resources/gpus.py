"""GPUs of NVIDIA, by NVML."""

from collections.abc import Callable
from typing import Any

from driftline.errors import MissingExtraError, UnavailableError
from driftline.resources.readings import Reading

_PERCENT = 100
_MILLIWATTS = 1_000


def import_nvml() -> Any:
    """
    The module.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        import pynvml
    except ImportError:
        raise MissingExtraError(
            "sampling GPUs needs nvidia-ml-py: pip install 'driftline[resources,gpu]'"
        ) from None
    return pynvml


class GpuReader:
    """
    Reads all GPUs of the machine.

    Parameters
    ----------
    nvml
        The functions of NVML, as nvidia-ml-py has them; ``None``: those.

    Raises
    ------
    MissingExtraError
        If nvidia-ml-py is not installed.
    UnavailableError
        If the machine has no driver of NVIDIA.
    """

    def __init__(self, nvml: Any = None) -> None:
        self._nvml = import_nvml() if nvml is None else nvml
        try:
            self._nvml.nvmlInit()
        except self._nvml.NVMLError as error:
            raise UnavailableError(f"there are no GPUs to be read: {error}") from error
        count = self._nvml.nvmlDeviceGetCount()
        self._devices = [self._nvml.nvmlDeviceGetHandleByIndex(index) for index in range(count)]

    def read(self) -> list[Reading]:
        """One reading a GPU; what a GPU does not tell is ``None``."""
        return [Reading(f"gpu{index}", self._read(device)) for index, device in enumerate(self._devices)]

    def _read(self, device: Any) -> dict[str, float | None]:
        nvml = self._nvml
        use = self._ask(lambda: nvml.nvmlDeviceGetUtilizationRates(device))
        memory = self._ask(lambda: nvml.nvmlDeviceGetMemoryInfo(device))
        power = self._ask(lambda: nvml.nvmlDeviceGetPowerUsage(device))
        heat = self._ask(lambda: nvml.nvmlDeviceGetTemperature(device, nvml.NVML_TEMPERATURE_GPU))
        return {
            "gpu_utilization": None if use is None else use.gpu / _PERCENT,
            "gpu_memory_utilization": None if use is None else use.memory / _PERCENT,
            "gpu_memory_used_bytes": None if memory is None else memory.used,
            "gpu_memory_total_bytes": None if memory is None else memory.total,
            "gpu_temperature_celsius": heat,
            "gpu_power_watts": None if power is None else power / _MILLIWATTS,
        }

    def _ask(self, question: Callable[[], Any]) -> Any:
        """The answer; ``None`` where the device has none, or is lost."""
        try:
            return question()
        except self._nvml.NVMLError:
            return None

    def close(self) -> None:
        """Give the library back."""
        self._nvml.nvmlShutdown()
