"""What is read of the machine is what psutil says in the same moments."""

import os
import socket
import subprocess
import sys
import threading
import time

import psutil
import pytest

from driftline.errors import InvalidArgumentError, MissingExtraError
from driftline.resources.host import HostReader, ProcessReader
from driftline.resources.readings import Counter


def busy(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def test_the_share_of_busy_time_is_that_of_its_counters() -> None:
    reader = HostReader()
    before = psutil.cpu_times()
    busy(0.5)
    (reading,) = reader.read()
    after = psutil.cpu_times()
    # Guests' time is part of their users' time already.
    left_out = {"guest", "guest_nice"}
    spent = {
        name: getattr(after, name) - getattr(before, name) for name in after._fields if name not in left_out
    }
    idle = spent["idle"] + spent.get("iowait", 0.0)
    assert reading.device == "host"
    assert reading.figures["cpu_utilization"] == pytest.approx(1 - idle / sum(spent.values()), abs=0.15)
    assert 0 < reading.figures["cpu_utilization"] <= 1  # type: ignore[operator]


def test_memory_and_disk_are_in_bytes_and_shares() -> None:
    reader = HostReader()
    memory, disk = psutil.virtual_memory(), psutil.disk_usage("/")
    (reading,) = reader.read()
    figures = reading.figures
    near = 0.05 * memory.total
    assert figures["memory_available_bytes"] == pytest.approx(memory.available, abs=near)
    assert figures["memory_used_bytes"] == pytest.approx(memory.used, abs=near)
    assert figures["disk_used_ratio"] == pytest.approx(disk.percent / 100, abs=0.02)
    assert figures["cpu_load_1m"] == pytest.approx(psutil.getloadavg()[0], abs=5)


def test_network_rates_lie_between_the_counters_around_them() -> None:
    times = iter([0.0, 2.0])
    outer = psutil.net_io_counters()
    reader = HostReader(clock=lambda: next(times))
    inner = psutil.net_io_counters()
    with socket.create_server(("127.0.0.1", 0)) as server:
        received = bytearray()

        def receive() -> None:
            connection, _ = server.accept()
            with connection:
                while part := connection.recv(1 << 16):
                    received.extend(part)

        thread = threading.Thread(target=receive)
        thread.start()
        with socket.create_connection(server.getsockname()) as client:
            client.sendall(b"x" * (8 << 20))
        thread.join()
    least = psutil.net_io_counters().bytes_recv - inner.bytes_recv
    (reading,) = reader.read()
    most = psutil.net_io_counters().bytes_recv - outer.bytes_recv
    rate = reading.figures["network_received_bytes_per_second"]
    assert rate is not None
    assert least <= 2 * rate <= most
    assert 2 * rate >= 8 << 20


def test_a_process_is_read_until_it_ends() -> None:
    child = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        reader = ProcessReader([os.getpid(), child.pid])
        time.sleep(0.5)
        of_this, of_child = reader.read()
        own = psutil.Process()
        assert of_this.device == f"process:{own.name()}"
        assert of_this.figures["process_resident_bytes"] == pytest.approx(own.memory_info().rss, rel=0.05)
        assert of_this.figures["process_threads"] == own.num_threads()
        cores = of_child.figures["process_cpu_cores"]
        assert cores is not None
        assert 0 < cores <= 1.2
    finally:
        child.kill()
        child.wait()
    assert [reading.device for reading in reader.read()] == [of_this.device]
    with pytest.raises(InvalidArgumentError, match=f"process {child.pid} cannot be read"):
        ProcessReader([child.pid])


def test_a_counter_that_starts_again_gives_no_rate_once() -> None:
    counter = Counter()
    rates = [counter.rate(count, now) for count, now in [(10, 0.0), (30, 2.0), (5, 3.0), (6, 4.0), (6, 4.0)]]
    assert rates == [None, 10.0, None, 1.0, None]


def test_without_psutil_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'driftline\[resources\]'"):
        HostReader()
