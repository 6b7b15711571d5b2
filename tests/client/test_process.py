"""What happens to a client when its process ends or forks."""

import os
import subprocess
import sys
from typing import Any

import pytest

PREAMBLE = """
import os, sys
import driftline.client.process
from driftline.client import Client
# A machine that is busy may take its time.
driftline.client.process.EXIT_SECONDS = driftline.client.process.FORK_SECONDS = 60.0
client = Client(sys.argv[1], model="m")
"""

EXIT = """
client.log({"a": 1})
"""

FORK = """
client.log({"a": 1})
assert client.flush(10)
client.log({"a": 2})
child = os.fork()
if child == 0:
    client.log({"a": 3})
    delivered = client.flush(10)
    client.close()
    os._exit(0 if delivered else 1)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
assert status == 0, f"the child could not deliver: {status}"
assert client.flush(10)
"""

FORK_FIRST = """
child = os.fork()
client.log({"a": 1 if child == 0 else 2})
assert client.flush(10)
client.close()
if child != 0:
    assert os.waitpid(child, 0)[1] == 0
"""

FORK_WITH_SPOOL = """
import pathlib
client.close()
spool = pathlib.Path(sys.argv[2])
client = Client(sys.argv[1], model="m", spool_dir=spool, producer_id="scorer", linger_seconds=0.01)
client.log({"a": 1})
assert client.flush(10)
child = os.fork()
client.log({"a": 2 if child else 3})
assert client.flush(10)
assert len(list(spool.glob("*-*/producer.json"))) >= 1
if child == 0:
    client.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
client.close()
assert Client(sys.argv[1], model="m", spool_dir=spool, producer_id="scorer").stats.adopted == 0
"""

FORK_UNDER_LOAD = """
import threading, time
client.close()
client = Client(sys.argv[1], model="m", linger_seconds=0.0, batch_records=20, queue_records=1_000_000)
loading = True

def load():
    while loading:
        for _ in range(40):
            client.log({"a": 1})
        time.sleep(0.002)

def exit_code(child):
    for _ in range(10_000):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, 9)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

loader = threading.Thread(target=load)
loader.start()
time.sleep(0.2)
slowest = 0.0
try:
    for number in range(int(sys.argv[2])):
        started = time.monotonic()
        child = os.fork()
        if child == 0:
            client.log({"a": 2})
            os._exit(0 if client.flush(60) else 1)
        code = exit_code(child)
        assert code == 0, f"child {number} ended with {code}"
        slowest = max(slowest, time.monotonic() - started)
finally:
    loading = False
    loader.join()
assert client.flush(60), client.stats
assert client.stats.dropped == client.stats.rejected == 0, client.stats
print(slowest)
client.close()
"""


def run(script: str, address: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-c", PREAMBLE + script, address, *arguments],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_what_is_pending_at_exit_is_delivered(scripted: Any) -> None:
    run(EXIT, scripted.address)
    assert [row["a"] for row in scripted.rows()] == [1]


def test_a_forked_child_starts_afresh(scripted: Any) -> None:
    run(FORK, scripted.address)
    assert sorted(row["a"] for row in scripted.rows()) == [1, 2, 3]
    assert len({request.producer_id for stream in scripted.requests for request in stream}) == 2


def test_a_client_made_before_a_fork_serves_both(scripted: Any) -> None:
    run(FORK_FIRST, scripted.address)
    assert sorted(row["a"] for row in scripted.rows()) == [1, 2]
    assert len({request.producer_id for stream in scripted.requests for request in stream}) == 2


def test_parent_and_child_have_a_spool_folder_each(scripted: Any, tmp_path: Any) -> None:
    run(FORK_WITH_SPOOL, scripted.address, str(tmp_path / "spool"))
    assert sorted(row["a"] for row in scripted.rows()) == [1, 2, 3]
    names = [request.producer_id for stream in scripted.requests for request in stream]
    assert sorted(map(names.count, set(names))) == [1, 2]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_forks_while_sending_at_full_speed(scripted: Any) -> None:
    forks = int(os.environ.get("DRIFTLINE_FORKS", "5"))
    done = run(FORK_UNDER_LOAD, scripted.address, str(forks))
    assert "skipping fork() handlers" not in done.stderr
    children = [request for stream in scripted.requests for request in stream if request.producer_id]
    assert len({request.producer_id for request in children}) == forks + 1
    if forks >= 100:
        assert float(done.stdout) < 1.0
