"""GPUs, on a stand-in of NVML: no real GPU is used here."""

import sys

import pynvml
import pytest
from tests.resources.nvml import Gpu, Nvml, functions

from driftline.errors import MissingExtraError, UnavailableError
from driftline.resources.gpus import GpuReader


def test_the_stand_in_has_the_functions_of_the_library() -> None:
    found = functions()
    assert len(found) == 8
    for name, (here, there) in found.items():
        assert here == there, name


def test_every_gpu_is_read_in_its_units() -> None:
    nvml = Nvml(
        [
            Gpu(use=(75, 40), memory=(10 << 30, 80 << 30), celsius=61, milliwatts=412_500),
            Gpu(use=None, memory=(0, 16 << 30), celsius=35, milliwatts=None),
        ]
    )
    reader = GpuReader(nvml)
    first, second = reader.read()
    assert (first.device, second.device) == ("gpu0", "gpu1")
    assert first.figures == {
        "gpu_utilization": 0.75,
        "gpu_memory_utilization": 0.4,
        "gpu_memory_used_bytes": 10 << 30,
        "gpu_memory_total_bytes": 80 << 30,
        "gpu_temperature_celsius": 61,
        "gpu_power_watts": 412.5,
    }
    assert second.figures["gpu_utilization"] is None
    assert second.figures["gpu_power_watts"] is None
    assert second.figures["gpu_memory_total_bytes"] == 16 << 30
    reader.close()
    assert nvml.open == 0


def test_without_a_driver_it_says_so() -> None:
    with pytest.raises(UnavailableError, match="no GPUs to be read: Driver Not Loaded"):
        GpuReader(Nvml([], has_driver=False))


def test_the_library_itself_is_asked_where_there_is_one() -> None:
    """On a machine without a driver it refuses as the stand-in does."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        with pytest.raises(UnavailableError, match="no GPUs to be read"):
            GpuReader()
    else:
        reader = GpuReader()
        assert len(reader.read()) == pynvml.nvmlDeviceGetCount()
        reader.close()
        pynvml.nvmlShutdown()


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'driftline\[resources,gpu\]'"):
        GpuReader()
