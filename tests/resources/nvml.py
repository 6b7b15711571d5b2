"""Stands in for NVML, strictly: what the real library refuses, this does too. No GPU is used."""

import inspect
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pynvml


class NVMLError(Exception):
    pass


@dataclass(frozen=True)
class Gpu:
    """What one GPU tells; ``None``: it does not."""

    use: tuple[int, int] | None
    memory: tuple[int, int]
    celsius: int
    milliwatts: int | None


class Nvml:
    """Functions of NVML over some GPUs. Every one has the name and the parameters that nvidia-ml-py has."""

    NVMLError = NVMLError
    NVML_TEMPERATURE_GPU = pynvml.NVML_TEMPERATURE_GPU

    def __init__(self, gpus: list[Gpu], *, has_driver: bool = True) -> None:
        self._gpus = gpus
        self._has_driver = has_driver
        self._handles = [object() for _ in gpus]
        self.open = 0

    def nvmlInit(self) -> None:  # noqa: N802
        if not self._has_driver:
            raise NVMLError("Driver Not Loaded")
        self.open += 1

    def nvmlShutdown(self) -> None:  # noqa: N802
        self._check()
        self.open -= 1

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        self._check()
        return len(self._gpus)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> object:  # noqa: N802
        self._check()
        return self._handles[index]

    def nvmlDeviceGetUtilizationRates(self, handle: object) -> Any:  # noqa: N802
        use = self._gpu(handle).use
        if use is None:
            raise NVMLError("Not Supported")
        return SimpleNamespace(gpu=use[0], memory=use[1])

    def nvmlDeviceGetMemoryInfo(self, handle: object, version: Any = None) -> Any:  # noqa: N802
        if version is not None:
            raise NVMLError("Invalid Argument")
        used, total = self._gpu(handle).memory
        return SimpleNamespace(used=used, total=total, free=total - used)

    def nvmlDeviceGetTemperature(self, handle: object, sensor: int) -> int:  # noqa: N802
        if sensor != pynvml.NVML_TEMPERATURE_GPU:
            raise NVMLError("Invalid Argument")
        return self._gpu(handle).celsius

    def nvmlDeviceGetPowerUsage(self, handle: object) -> int:  # noqa: N802
        watts = self._gpu(handle).milliwatts
        if watts is None:
            raise NVMLError("Not Supported")
        return watts

    def _check(self) -> None:
        if not self.open:
            raise NVMLError("Uninitialized")

    def _gpu(self, handle: object) -> Gpu:
        self._check()
        if not any(handle is known for known in self._handles):
            raise NVMLError("Invalid Argument")
        return self._gpus[next(index for index, known in enumerate(self._handles) if known is handle)]


def functions() -> dict[str, tuple[list[str], list[str]]]:
    """Parameters of each function that is stood in for: here, and in nvidia-ml-py."""
    names = [name for name in vars(Nvml) if name.startswith("nvml")]
    return {
        name: (
            [each for each in inspect.signature(getattr(Nvml, name)).parameters if each != "self"],
            list(inspect.signature(getattr(pynvml, name)).parameters),
        )
        for name in names
    }
